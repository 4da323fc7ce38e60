//! Clients of the emulated AWS.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use reconcile::Silent;
use twinctl::targets::aws::{Cloud, Login, http_client};

pub(crate) fn config(credentials: Credentials, region: &str, endpoint: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http_client(None))
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

pub(crate) fn cloud(config: &SdkConfig, account: &str) -> Cloud {
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    let endpoint_url = config.endpoint_url().map(ToOwned::to_owned);
    let login = Login { region, endpoint_url, ..Login::default() };
    Cloud::new(config, &login, account.to_owned(), Arc::new(Silent))
}
