//! The AWS account that a run works on: who we are there, and one client for each service.

use std::{sync::Arc, time::Duration};

use aws_config::{
    BehaviorVersion, SdkConfig, retry::RetryConfig, sts::AssumeRoleProvider, timeout::TimeoutConfig,
};
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use reconcile::{Event, Fault, Observer};

use super::{Answer, http_client};
use crate::{
    targets::aws::dns::{Resolver, Servers, Unasked},
    ui::{CallLog, Diagnostic},
};

/// Where a certificate has to be for CloudFront to use it.
pub const CERTIFICATES_IN: &str = "us-east-1";

/// How to get in.
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
    /// Where everything is reached instead of AWS, if not AWS.
    pub endpoint_url: Option<String>,
    /// In the one region that CloudFront takes certificates from, whatever the environment's is.
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
    /// What the world knows of names.
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

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("no credentials could be used")]
    Refused(#[source] Fault),
}

impl From<LoginError> for Diagnostic {
    fn from(error: LoginError) -> Self {
        let LoginError::Refused(fault) = error;
        Diagnostic::fault("could not authenticate with AWS", &fault)
    }
}

/// Whose credentials they are.
#[derive(Debug, Clone)]
pub struct Caller {
    pub account: String,
    pub arn: String,
}

/// Asks AWS whose the credentials are.
pub async fn identity(config: &SdkConfig) -> Result<Caller, LoginError> {
    let answer = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let caller = answer.fault("sts:GetCallerIdentity").map_err(LoginError::Refused)?;
    Ok(Caller { account: caller.account.unwrap_or_default(), arn: caller.arn.unwrap_or_default() })
}

impl Cloud {
    /// One client for each service.
    pub fn new(config: &SdkConfig, login: &Login, account: String, observer: Arc<dyn Observer>) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config)
            .force_path_style(login.endpoint_url.is_some())
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        let acm = aws_sdk_acm::config::Builder::from(config)
            .region(aws_sdk_acm::config::Region::from_static(CERTIFICATES_IN))
            .build();
        let dns: Arc<dyn Resolver> = match login.endpoint_url {
            Some(_) => Arc::new(Unasked),
            None => Arc::new(Servers::of_this_machine()),
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

    /// Says how far a long push of `node` has come.
    pub fn progress(&self, node: &'static str, text: String) {
        self.observer.on(Event::Progress { node, text });
    }
}

/// The SDK's configuration with its retries off: whether a call may be repeated is the engine's decision, which looks
/// first. A `CreateApi` that is repeated because its answer was lost makes a second API.
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
