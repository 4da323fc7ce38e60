//! Signed requests to AWS, or to a custom endpoint.

pub mod secret;

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde_json::Value;
use tokio::time::Instant;

use crate::client::{HttpClient, SendError};
use crate::clock;
use crate::config::{AwsSettings, Service};

/// Characters that are percent-encoded in one segment of a path: all but the unreserved ones of RFC 3986, as in AWS's
/// own clients. A service that normalizes other escapes would compute another signature.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// In the key of an object, `/` separates segments.
const RESERVED_IN_KEYS: &AsciiSet = &RESERVED.remove(b'/');

/// Encodes one segment of a path, or a value in a query.
pub fn encode_segment(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

/// Encodes the key of an object in S3.
pub fn encode_key(key: &str) -> PercentEncode<'_> {
    utf8_percent_encode(key, RESERVED_IN_KEYS)
}

/// A client with credentials and endpoints.
#[derive(Clone, Debug)]
pub struct Aws {
    client: HttpClient,
    settings: Arc<AwsSettings>,
}

/// A request before it is signed.
#[derive(Clone, Debug)]
pub struct AwsRequest {
    pub service: Service,
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl AwsRequest {
    pub fn new(service: Service, method: Method, url: String, body: impl Into<Bytes>) -> Self {
        Self { service, method, url, headers: HeaderMap::new(), body: body.into() }
    }

    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl Aws {
    pub fn new(client: HttpClient, settings: AwsSettings) -> Self {
        Self { client, settings: Arc::new(settings) }
    }

    pub fn settings(&self) -> &AwsSettings {
        &self.settings
    }

    /// Returns a request of AWS's JSON protocol.
    pub fn json(
        &self,
        service: Service,
        content_type: &'static str,
        target: &'static str,
        body: &Value,
    ) -> AwsRequest {
        let url = format!("{}/", self.settings.endpoint(service));
        AwsRequest::new(service, Method::POST, url, body.to_string())
            .header(header::CONTENT_TYPE, HeaderValue::from_static(content_type))
            .header(HeaderName::from_static("x-amz-target"), HeaderValue::from_static(target))
    }

    pub async fn send(&self, request: AwsRequest, until: Instant) -> Result<Response<Incoming>, SendError> {
        self.client.send(self.sign(request, clock::system_now())?, until).await
    }

    pub(crate) fn sign(
        &self,
        request: AwsRequest,
        now: SystemTime,
    ) -> Result<Request<Full<Bytes>>, SendError> {
        let AwsRequest { service, method, url, headers, body } = request;
        let credentials = self.settings.credentials.as_ref().ok_or(SendError::NoCredentials)?;
        let token = credentials.session_token.clone();
        let identity = Credentials::new(
            &*credentials.access_key_id,
            &*credentials.secret_access_key,
            token,
            None,
            "environment",
        )
        .into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.settings.region)
            .name(service.signing_name())
            .time(now)
            .settings(signing_settings(service))
            .build()
            .map_err(|error| SendError::Signature(error.into()))?
            .into();
        let header_texts =
            headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable =
            SignableRequest::new(method.as_str(), url.as_str(), header_texts, SignableBody::Bytes(&body))
                .map_err(|error| SendError::Signature(error.into()))?;
        let signed = sign(signable, &params).map_err(|error| SendError::Signature(error.into()))?;
        let mut request =
            Request::builder().method(method).uri(url).body(Full::new(body)).map_err(SendError::Request)?;
        *request.headers_mut() = headers;
        signed.into_parts().0.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// Returns how a service expects requests to be signed. Unlike other services, S3 requires an unchanged path and the body's
/// hash in a header.
fn signing_settings(service: Service) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if service == Service::S3 {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}
