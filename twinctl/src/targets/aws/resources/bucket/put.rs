//! Puts objects as they were hashed, many at once, and loses nothing of what was done when one of them fails.

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

use crate::targets::aws::{Answer, Cloud};

const AT_ONCE: usize = 64;
/// A line slower than this, shared by all uploads, is taken for a dead one.
const SLOWEST_BYTES_PER_SECOND: u64 = 8 * 1024;

/// One object to put.
#[derive(Debug)]
pub(in crate::targets::aws::resources) struct Put<'a> {
    pub(in crate::targets::aws::resources) key: &'a str,
    pub(in crate::targets::aws::resources) body: ByteStream,
    pub(in crate::targets::aws::resources) size: u64,
    /// What arrives with another hash is refused.
    pub(in crate::targets::aws::resources) md5_hex: &'a str,
    pub(in crate::targets::aws::resources) content_type: &'a str,
    pub(in crate::targets::aws::resources) cache_control: Option<&'a str>,
    pub(in crate::targets::aws::resources) over: Over<'a>,
}

/// What may be written over.
#[derive(Debug, Clone, Copy)]
pub(in crate::targets::aws::resources) enum Over<'a> {
    Anything,
    /// Only what was seen: the object with this `ETag`, or none.
    Seen(Option<&'a str>),
}

impl<'a> Over<'a> {
    /// The values of `If-Match` and of `If-None-Match`.
    pub(in crate::targets::aws::resources) fn conditions(self) -> (Option<&'a str>, Option<&'static str>) {
        match self {
            Self::Anything => (None, None),
            Self::Seen(Some(etag)) => (Some(etag), None),
            Self::Seen(None) => (None, Some("*")),
        }
    }
}

pub(in crate::targets::aws::resources) async fn put(
    cloud: &Cloud,
    bucket: &str,
    put: Put<'_>,
) -> Result<(), Fault> {
    let (matching, absent) = put.over.conditions();
    let request = cloud
        .s3
        .put_object()
        .bucket(bucket)
        .key(put.key)
        .expected_bucket_owner(&cloud.account)
        .content_type(put.content_type)
        .set_cache_control(put.cache_control.map(ToOwned::to_owned))
        .content_md5(base64::encode(bytes(put.md5_hex)))
        .set_if_match(matching.map(|etag| format!("\"{etag}\"")))
        .set_if_none_match(absent.map(ToOwned::to_owned))
        .body(put.body);
    let answer = request.customize().config_override(patience(put.size)).send().await;
    answer.fault("s3:PutObject").map(drop)
}

/// A large file on a slow line may take longer than any other call.
fn patience(size: u64) -> Builder {
    let longest = Duration::from_mins(2) + Duration::from_secs(size / SLOWEST_BYTES_PER_SECOND);
    Builder::new().timeout_config(TimeoutConfig::builder().operation_attempt_timeout(longest).build())
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// How far many writes have come, and whether one has failed.
#[derive(Debug)]
pub(in crate::targets::aws::resources) struct Course<'a> {
    cloud: &'a Cloud,
    node: &'static str,
    done: AtomicUsize,
    total: usize,
    failed: AtomicBool,
}

impl<'a> Course<'a> {
    pub(in crate::targets::aws::resources) fn new(
        cloud: &'a Cloud,
        node: &'static str,
        total: usize,
    ) -> Self {
        Self { cloud, node, done: AtomicUsize::new(0), total, failed: AtomicBool::new(false) }
    }

    /// Starts nothing new after a failure, but lets everything that has begun come to its end.
    pub(in crate::targets::aws::resources) async fn run<W>(
        &self,
        writes: impl IntoIterator<Item = W>,
    ) -> Result<(), Fault>
    where
        W: Future<Output = Result<(), Fault>>,
    {
        let writes: Vec<_> = writes.into_iter().map(|write| self.one(write)).collect();
        let results: Vec<_> = stream::iter(writes).buffer_unordered(AT_ONCE).collect().await;
        results.into_iter().collect()
    }

    async fn one(&self, write: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
        if self.failed.load(Ordering::Relaxed) {
            return Ok(());
        }
        write.await.inspect_err(|_| self.failed.store(true, Ordering::Relaxed))?;
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.cloud.progress(self.node, format!("{done} of {} files", self.total));
        Ok(())
    }
}
