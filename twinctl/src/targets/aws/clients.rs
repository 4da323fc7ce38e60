//! The clients of an AWS account.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use reconcile::{Event, Observer};

use super::{
    Login,
    dns::{NameServers, NoResolver, Resolver},
    json_calls::JsonClient,
};

/// The region of certificates that CloudFront can use.
pub const CERTIFICATE_REGION: &str = "us-east-1";

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
    pub(super) budgets: JsonClient,
    pub cloudfront: aws_sdk_cloudfront::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub iam: aws_sdk_iam::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// Sends calls about alarms and dashboards.
    pub(super) monitoring: JsonClient,
    pub route53: aws_sdk_route53::Client,
    pub s3: aws_sdk_s3::Client,
    pub secrets: aws_sdk_secretsmanager::Client,
    pub sns: aws_sdk_sns::Client,
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
            budgets: JsonClient::budgets(config, login.endpoint_url.as_deref()),
            cloudfront: aws_sdk_cloudfront::Client::new(config),
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            monitoring: JsonClient::monitoring(config, &login.region, login.endpoint_url.as_deref()),
            route53: aws_sdk_route53::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            secrets: aws_sdk_secretsmanager::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            dns,
            observer,
        }
    }

    /// Reports the progress of `node`.
    pub fn progress(&self, node: &'static str, text: String) {
        self.observer.on(Event::Progress { node, text });
    }
}
