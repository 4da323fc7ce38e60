//! Objects in an S3 bucket.

mod listing;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::Instant;

use super::{Entry, Object, Put, Seen, Store, StoreError, Tag};
use crate::aws::{Aws, Call};
use crate::client::{SendError, read};
use crate::clock;
use crate::config::Service;

const TRIES: u32 = 3;
/// One try; S3 answers in a tenth of this.
const PATIENCE: Duration = Duration::from_secs(2);
/// A data bucket with more objects than this many pages of a thousand is something else.
const PAGES: usize = 10;

#[derive(Clone, Debug)]
pub struct Bucket {
    aws: Aws,
    name: String,
    url: String,
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Bucket {
    pub fn new(aws: Aws, name: String) -> Self {
        let url = aws.settings().bucket_url(&name);
        Self { aws, name, url }
    }

    fn call(&self, method: Method, key: &str, body: Bytes) -> Call {
        Call::new(Service::S3, method, format!("{}/{key}", self.url), body)
    }

    /// Tries again what may work in a moment.
    async fn send(&self, call: Call) -> Result<Reply, StoreError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let outcome = self.once(call.clone()).await;
            let passing = match &outcome {
                Ok(reply) => reply.status.is_server_error() || reply.status == StatusCode::TOO_MANY_REQUESTS,
                Err(SendError::Timeout | SendError::Connection(_) | SendError::Broken(_)) => true,
                Err(_) => false,
            };
            if !passing || attempt == TRIES {
                return outcome.map_err(|error| StoreError::Bucket(self.name.clone(), error));
            }
            clock::pause_about(Duration::from_millis(60) * attempt).await;
        }
    }

    async fn once(&self, call: Call) -> Result<Reply, SendError> {
        let until = Instant::now() + PATIENCE;
        let response = self.aws.send(call, until).await?;
        let (head, body) = response.into_parts();
        Ok(Reply { status: head.status, headers: head.headers, body: read(body, until).await? })
    }

    fn refused(&self, reply: &Reply) -> StoreError {
        StoreError::Refused {
            bucket: self.name.clone(),
            status: reply.status.as_u16(),
            code: listing::error_code(&reply.body).unwrap_or_default(),
        }
    }
}

#[async_trait]
impl Store for Bucket {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        let reply = self.send(self.call(Method::GET, key, Bytes::new())).await?;
        match reply.status {
            StatusCode::OK => {
                let tag =
                    reply.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
                Ok(Some(Object { tag: Tag(tag.to_owned()), body: reply.body }))
            }
            StatusCode::NOT_FOUND if !reply.is_missing_bucket() => Ok(None),
            _ => Err(self.refused(&reply)),
        }
    }

    async fn put(&self, key: &str, body: Bytes, seen: Seen) -> Result<Put, StoreError> {
        let (name, value) = condition(&seen);
        let call = self
            .call(Method::PUT, key, body)
            .header(name, value)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let reply = self.send(call).await?;
        match reply.status {
            StatusCode::OK => Ok(Put::Written),
            // 409: two conditional writes at once. 404: what we saw is gone.
            StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => Ok(Put::Conflict),
            StatusCode::NOT_FOUND if !reply.is_missing_bucket() => Ok(Put::Conflict),
            _ => Err(self.refused(&reply)),
        }
    }

    async fn list(&self) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        let mut query = "?list-type=2".to_owned();
        for _ in 0..PAGES {
            let reply = self.send(self.call(Method::GET, &query, Bytes::new())).await?;
            if reply.status != StatusCode::OK {
                return Err(self.refused(&reply));
            }
            let page =
                listing::parse(&reply.body).map_err(|error| StoreError::Listing(self.name.clone(), error))?;
            entries.extend(page.entries);
            let Some(token) = page.next else { break };
            query =
                format!("?list-type=2&continuation-token={}", utf8_percent_encode(&token, NON_ALPHANUMERIC));
        }
        Ok(entries)
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let reply = self.send(self.call(Method::DELETE, key, Bytes::new())).await?;
        if reply.status.is_success() { Ok(()) } else { Err(self.refused(&reply)) }
    }
}

impl Reply {
    fn is_missing_bucket(&self) -> bool {
        listing::error_code(&self.body).as_deref() == Some("NoSuchBucket")
    }
}

fn condition(seen: &Seen) -> (HeaderName, HeaderValue) {
    match seen {
        Seen::Nothing => (header::IF_NONE_MATCH, HeaderValue::from_static("*")),
        Seen::Version(Tag(tag)) => {
            // A tag came out of a header, so it goes back into one.
            (header::IF_MATCH, HeaderValue::from_str(tag).unwrap_or(HeaderValue::from_static("\"\"")))
        }
    }
}
