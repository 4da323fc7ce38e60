//! Uploads objects concurrently, and lets S3 verify their hashes.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use aws_sdk_s3::{
    config::{Builder, timeout::TimeoutConfig},
    primitives::ByteStream,
};
use aws_smithy_types::base64;
use futures_util::{StreamExt as _, stream};
use reconcile::Fault;

use crate::targets::aws::{Cloud, SdkResult};

const CONCURRENCY: usize = 64;
/// If all uploads together are slower than this, the connection counts as dead.
const MIN_BYTES_PER_SECOND: u64 = 8 * 1024;

/// An object to upload.
#[derive(Debug)]
pub(crate) struct Put<'a> {
    pub(crate) key: &'a str,
    pub(crate) body: ByteStream,
    pub(crate) size: u64,
    /// S3 refuses content with a different hash.
    pub(crate) md5_hex: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) cache_control: Option<&'a str>,
    pub(crate) overwrite: Overwrite<'a>,
}

/// The existing object that a write may replace.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Overwrite<'a> {
    /// Any object.
    Any,
    /// Only the object with this `ETag`, or none.
    Unchanged(Option<&'a str>),
}

impl Overwrite<'_> {
    /// Returns the values of the headers `If-Match` and `If-None-Match`.
    pub(crate) fn conditions(self) -> (Option<String>, Option<String>) {
        match self {
            Self::Any => (None, None),
            Self::Unchanged(Some(etag)) => (Some(format!("\"{etag}\"")), None),
            Self::Unchanged(None) => (None, Some("*".to_owned())),
        }
    }
}

pub(crate) async fn put(cloud: &Cloud, bucket: &str, put: Put<'_>) -> Result<(), Fault> {
    let (if_match, if_none_match) = put.overwrite.conditions();
    let request = cloud
        .s3
        .put_object()
        .bucket(bucket)
        .key(put.key)
        .expected_bucket_owner(&cloud.account)
        .content_type(put.content_type)
        .set_cache_control(put.cache_control.map(ToOwned::to_owned))
        .content_md5(base64::encode(bytes(put.md5_hex)))
        .set_if_match(if_match)
        .set_if_none_match(if_none_match)
        .body(put.body);
    let response = request.customize().config_override(timeout(put.size)).send().await;
    response.fault("s3:PutObject").map(drop)
}

/// Returns the configuration with a timeout that allows for a large file on a slow connection.
fn timeout(size: u64) -> Builder {
    let timeout = Duration::from_mins(2) + Duration::from_secs(size / MIN_BYTES_PER_SECOND);
    Builder::new().timeout_config(TimeoutConfig::builder().operation_attempt_timeout(timeout).build())
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// Many writes that run concurrently, with their progress and whether one has failed.
#[derive(Debug)]
pub(crate) struct ConcurrentWrites<'a> {
    cloud: &'a Cloud,
    node: &'static str,
    done: AtomicUsize,
    total: usize,
    failed: AtomicBool,
}

impl<'a> ConcurrentWrites<'a> {
    pub(crate) fn new(cloud: &'a Cloud, node: &'static str, total: usize) -> Self {
        Self { cloud, node, done: AtomicUsize::new(0), total, failed: AtomicBool::new(false) }
    }

    /// Runs the writes. After a failure, starts no further write but waits for those that have started.
    pub(crate) async fn run<W>(&self, writes: impl IntoIterator<Item = W>) -> Result<(), Fault>
    where
        W: Future<Output = Result<(), Fault>>,
    {
        let writes: Vec<_> = writes.into_iter().map(|write| self.run_one(write)).collect();
        let results: Vec<_> = stream::iter(writes).buffer_unordered(CONCURRENCY).collect().await;
        results.into_iter().collect()
    }

    async fn run_one(&self, write: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
        if self.failed.load(Ordering::Relaxed) {
            return Ok(());
        }
        write.await.inspect_err(|_| self.failed.store(true, Ordering::Relaxed))?;
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.cloud.progress(self.node, format!("{done} of {} files", self.total));
        Ok(())
    }
}
