//! A signed request to an AWS service whose SDK crate twinctl does not link.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use http::{Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::system::{clock, exchange};

const RESERVED_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a segment of a path as AWS's own clients do.
pub(crate) fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, RESERVED_IN_PATHS).to_string()
}

const TIMEOUT: Duration = Duration::from_secs(30);
const LARGEST_BODY: usize = 1 << 20;
const JSON: &str = "application/json";

/// Posts JSON to `url` and returns the status, the error code (empty if there is none) and the body.
pub(crate) async fn post_json(
    config: &SdkConfig,
    service: &str,
    url: &str,
    body: String,
) -> Result<(u16, String, String), String> {
    let request = signed(config, service, url, &body).await?;
    let exchange = async {
        let response = exchange::send(request, body.into_bytes()).await.map_err(|error| error.to_string())?;
        let (status, code) = (response.status, response.header("x-amzn-errortype").to_owned());
        let text = response.text(LARGEST_BODY).await.map_err(|error| error.to_string())?;
        // Some services add a URL after the code.
        Ok((status, code.split(':').next().unwrap_or_default().to_owned(), text))
    };
    let result = tokio::time::timeout(TIMEOUT, exchange).await;
    result.map_err(|_| "no response in time".to_owned())?
}

async fn signed(
    config: &SdkConfig,
    service: &str,
    url: &str,
    body: &str,
) -> Result<http::request::Builder, String> {
    let provider = config.credentials_provider().ok_or("no credentials are configured")?;
    let credentials = provider.provide_credentials().await.map_err(|error| error.to_string())?;
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&region)
        .name(service)
        .time(SystemTime::from(clock::now()))
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| error.to_string())?
        .into();
    let headers = [("content-type", JSON)].into_iter();
    let signable = SignableRequest::new("POST", url, headers, SignableBody::Bytes(body.as_bytes()));
    let signable = signable.map_err(|error| error.to_string())?;
    let (instructions, _) = sign(signable, &params).map_err(|error| error.to_string())?.into_parts();
    let request = http::Request::builder().method(Method::POST).uri(url).header(header::CONTENT_TYPE, JSON);
    Ok(instructions.headers().fold(request, |request, (name, value)| request.header(name, value)))
}
