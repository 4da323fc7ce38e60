//! A store that keeps objects in an S3 bucket.

mod listing;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use contract::expiry;
use contract::key::{Form, is_deleted};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use tokio::time::Instant;

use super::{Counted, Entry, Object, Precondition, PutResult, Store, StoreError, Version};
use crate::aws::{Aws, AwsRequest, encode_key, encode_segment};
use crate::client::{SendError, read_body};
use crate::clock;
use crate::config::{Expiry, Service};
use crate::log::{Level, Log};

const ATTEMPTS: u32 = 3;
/// The time limit of one attempt. S3 usually responds in a tenth of it.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 120 } else { 2 });
const TAGGING: HeaderName = HeaderName::from_static("x-amz-tagging");
const EXPIRES: HeaderValue = HeaderValue::from_static(expiry::TAGGING);
const EMPTY: HeaderValue = HeaderValue::from_static(expiry::EMPTY_TAGGING);
/// Pages of a listing that are read, of a thousand objects each. No data bucket has more.
const MAX_PAGES: usize = 10;

#[derive(Clone, Debug)]
pub struct Bucket {
    aws: Aws,
    name: String,
    url: String,
    expiry: Expiry,
    log: Log,
}

struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Bucket {
    pub fn new(aws: Aws, name: String, expiry: Expiry, log: Log) -> Self {
        let url = aws.settings().bucket_url(&name);
        Self { aws, name, url, expiry, log }
    }

    fn request(&self, method: Method, key: &str, body: Bytes) -> AwsRequest {
        AwsRequest::new(Service::S3, method, format!("{}/{}", self.url, encode_key(key)), body)
    }

    /// Sends a request, and retries it after a transient error.
    async fn send(&self, request: AwsRequest) -> Result<Response, StoreError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let outcome = self.attempt(request.clone()).await;
            let is_transient = match &outcome {
                Ok(response) => {
                    response.status.is_server_error() || response.status == StatusCode::TOO_MANY_REQUESTS
                }
                Err(error) => error.is_transient(),
            };
            if !is_transient || attempt == ATTEMPTS {
                return outcome.map_err(|error| StoreError::Unreachable(self.name.clone(), error));
            }
            clock::sleep_with_jitter(Duration::from_millis(60) * attempt).await;
        }
    }

    async fn attempt(&self, request: AwsRequest) -> Result<Response, SendError> {
        let until = Instant::now() + ATTEMPT_TIMEOUT;
        let (head, body) = self.aws.send(request, until).await?.into_parts();
        Ok(Response { status: head.status, headers: head.headers, body: read_body(body, until).await? })
    }

    fn rejected(&self, response: &Response) -> StoreError {
        StoreError::Rejected {
            bucket: self.name.clone(),
            status: response.status.as_u16(),
            code: listing::error_code(&response.body).unwrap_or_default(),
        }
    }
}

#[async_trait]
impl Store for Bucket {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        let response = self.send(self.request(Method::GET, key, Bytes::new())).await?;
        match response.status {
            StatusCode::OK => {
                let version = response
                    .headers
                    .get(header::ETAG)
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default();
                Ok(Some(Object { version: Version(version.to_owned()), body: response.body }))
            }
            StatusCode::NOT_FOUND if !response.is_missing_bucket() => Ok(None),
            _ => Err(self.rejected(&response)),
        }
    }

    async fn put(
        &self,
        key: &str,
        body: Bytes,
        precondition: Precondition,
        counted: Counted,
    ) -> Result<PutResult, StoreError> {
        let is_empty = counted == Counted::Placeholder || is_tombstone(key, body.len());
        let request = self
            .request(Method::PUT, key, body)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = match condition(&precondition) {
            Some((name, value)) => request.header(name, value),
            None => request,
        };
        let tag = match self.expiry {
            _ if is_empty => Some(EMPTY),
            Expiry::On => Some(EXPIRES),
            Expiry::Off => None,
        };
        let is_tagged = tag.is_some();
        let tagged = match tag {
            Some(tag) => request.clone().header(TAGGING, tag),
            None => request.clone(),
        };
        let mut response = self.send(tagged).await?;
        if response.status == StatusCode::FORBIDDEN && is_tagged {
            // A role or permissions boundary may not allow tags (yet). An object that never expires is better than a lost one.
            let bucket = json!({"bucket": self.name});
            self.log.event(Level::Warn, "an object could not be tagged, so it does not expire", &bucket);
            response = self.send(request).await?;
        }
        match response.status {
            StatusCode::OK => Ok(PutResult::Written),
            // 409: two conditional writes at the same time. 404: the object was deleted after it was read.
            StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => Ok(PutResult::Conflict),
            StatusCode::NOT_FOUND if !response.is_missing_bucket() => Ok(PutResult::Conflict),
            _ => Err(self.rejected(&response)),
        }
    }

    async fn list(&self) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        let mut query = "list-type=2".to_owned();
        for _ in 0..MAX_PAGES {
            let url = format!("{}/?{query}", self.url);
            let response = self.send(AwsRequest::new(Service::S3, Method::GET, url, Bytes::new())).await?;
            if response.status != StatusCode::OK {
                return Err(self.rejected(&response));
            }
            let page = listing::parse(&response.body)
                .map_err(|error| StoreError::Listing(self.name.clone(), error))?;
            entries.extend(page.entries);
            let Some(token) = page.next else { break };
            query = format!("continuation-token={}&list-type=2", encode_segment(&token));
        }
        Ok(entries)
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let response = self.send(self.request(Method::DELETE, key, Bytes::new())).await?;
        if response.status.is_success() { Ok(()) } else { Err(self.rejected(&response)) }
    }
}

impl Response {
    fn is_missing_bucket(&self) -> bool {
        listing::error_code(&self.body).as_deref() == Some("NoSuchBucket")
    }
}

/// Returns whether an object is the tombstone of a deleted conversation.
fn is_tombstone(key: &str, size: usize) -> bool {
    is_deleted(size as u64) && Form::parse(key).is_some()
}

fn condition(precondition: &Precondition) -> Option<(HeaderName, HeaderValue)> {
    match precondition {
        Precondition::Any => None,
        Precondition::Absent => Some((header::IF_NONE_MATCH, HeaderValue::from_static("*"))),
        Precondition::Unchanged(Version(etag)) => {
            // The ETag came from a header, so it is a valid header value.
            Some((header::IF_MATCH, HeaderValue::from_str(etag).unwrap_or(HeaderValue::from_static("\"\""))))
        }
    }
}

#[cfg(test)]
mod tests;
