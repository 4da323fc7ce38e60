//! The clients of an AWS account, and the credentials that they use.

use std::{sync::Arc, time::Duration};

use aws_config::{
    BehaviorVersion, SdkConfig, retry::RetryConfig, sts::AssumeRoleProvider, timeout::TimeoutConfig,
};
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use reconcile::{Event, Fault, Observer};

use super::{SdkResult, http_client};
use crate::{
    targets::aws::dns::{NameServers, NoResolver, Resolver},
    ui::{CallLog, Diagnostic},
};

/// The region of certificates that CloudFront can use.
pub const CERTIFICATE_REGION: &str = "us-east-1";

/// How to authenticate.
#[derive(Debug, Clone, Default)]
pub struct Login {
    pub profile: Option<String>,
    pub region: String,
    pub assume_role: Option<String>,
    pub endpoint_url: Option<String>,
}

/// The clients of one account and region.
#[derive(Clone)]
pub struct Cloud {
    pub account: String,
    pub region: String,
    /// Custom endpoint of all services. `None` means AWS.
    pub endpoint_url: Option<String>,
    /// Always in [`CERTIFICATE_REGION`].
    pub acm: aws_sdk_acm::Client,
    pub api: aws_sdk_apigatewayv2::Client,
    pub bedrock: aws_sdk_bedrock::Client,
    pub cloudfront: aws_sdk_cloudfront::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub iam: aws_sdk_iam::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub route53: aws_sdk_route53::Client,
    pub s3: aws_sdk_s3::Client,
    pub secrets: aws_sdk_secretsmanager::Client,
    /// Public DNS.
    pub dns: Arc<dyn Resolver>,
    observer: Arc<dyn Observer>,
}

impl std::fmt::Debug for Cloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cloud")
            .field("account", &self.account)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// An authentication error.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("the credentials were rejected")]
    Refused(#[source] Fault),
}

impl From<LoginError> for Diagnostic {
    fn from(error: LoginError) -> Self {
        let LoginError::Refused(fault) = error;
        Diagnostic::fault("could not authenticate with AWS", &fault)
    }
}

/// The identity of the credentials.
#[derive(Debug, Clone)]
pub struct Caller {
    pub account: String,
    pub arn: String,
}

/// Returns the identity of the credentials.
pub async fn identity(config: &SdkConfig) -> Result<Caller, LoginError> {
    let response = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let caller = response.fault("sts:GetCallerIdentity").map_err(LoginError::Refused)?;
    Ok(Caller { account: caller.account.unwrap_or_default(), arn: caller.arn.unwrap_or_default() })
}

impl Cloud {
    /// Creates one client for each service.
    pub fn new(config: &SdkConfig, login: &Login, account: String, observer: Arc<dyn Observer>) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config)
            .force_path_style(login.endpoint_url.is_some())
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        let acm = aws_sdk_acm::config::Builder::from(config)
            .region(aws_sdk_acm::config::Region::from_static(CERTIFICATE_REGION))
            .build();
        let dns: Arc<dyn Resolver> = match login.endpoint_url {
            Some(_) => Arc::new(NoResolver),
            None => Arc::new(NameServers::of_this_machine()),
        };
        Self {
            account,
            region: login.region.clone(),
            endpoint_url: login.endpoint_url.clone(),
            acm: aws_sdk_acm::Client::from_conf(acm),
            api: aws_sdk_apigatewayv2::Client::new(config),
            bedrock: aws_sdk_bedrock::Client::new(config),
            cloudfront: aws_sdk_cloudfront::Client::new(config),
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            route53: aws_sdk_route53::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            secrets: aws_sdk_secretsmanager::Client::new(config),
            dns,
            observer,
        }
    }

    /// Reports the progress of `node`.
    pub fn progress(&self, node: &'static str, text: String) {
        self.observer.on(Event::Progress { node, text });
    }
}

/// Loads the SDK's configuration. `calls` receives a line for each call. The SDK's retries are disabled, because the
/// engine reads the actual state before it repeats a call. A `CreateApi` that is repeated because its response was lost
/// would create a second API.
pub async fn configuration(login: &Login, calls: Option<CallLog>) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_mins(2))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client(calls))
        .region(aws_config::Region::new(login.region.clone()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    if let Some(profile) = &login.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &login.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    let Some(role) = &login.assume_role else {
        return config;
    };
    let assumed = AssumeRoleProvider::builder(role).session_name("twinctl").configure(&config).build().await;
    config
        .into_builder()
        .credentials_provider(aws_sdk_s3::config::SharedCredentialsProvider::new(assumed))
        .build()
}
