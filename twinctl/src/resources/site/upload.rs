//! Uploads the files of a release, many at once, and loses nothing of what was done when one of them fails.

use std::{
    collections::BTreeMap,
    sync::{
        PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_sdk_s3::{
    config::{Builder, timeout::TimeoutConfig},
    primitives::ByteStream,
};
use aws_smithy_types::base64;
use futures_util::{StreamExt as _, stream};
use reconcile::{Class, Fault};

use super::{NODE, Site};
use crate::{
    aws::{Answer, ApiError, Cloud},
    bundle::web::{Content, ManifestEntry, SiteChanges, WebFile},
};

const AT_ONCE: usize = 64;
/// A line slower than this, shared by all uploads, is taken for a dead one.
const SLOWEST_BYTES_PER_SECOND: u64 = 8 * 1024;

/// How far the uploads have come, and whether one has failed.
struct Course<'a> {
    cloud: &'a Cloud,
    done: AtomicUsize,
    total: usize,
    failed: AtomicBool,
}

impl Site {
    pub(super) async fn upload(
        &self,
        cloud: &Cloud,
        changes: &SiteChanges,
        objects: &BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        // Where there is no page yet, none can show too early.
        let stages =
            if objects.is_empty() { vec![changes.upload.iter().collect()] } else { changes.stages() };
        let total = changes.upload.len();
        let course = Course { cloud, done: AtomicUsize::new(0), total, failed: AtomicBool::new(false) };
        for stage in stages {
            self.upload_stage(&course, stage, objects).await?;
        }
        Ok(())
    }

    /// Starts nothing new after a failure, but lets everything that has begun come to its end.
    async fn upload_stage(
        &self,
        course: &Course<'_>,
        files: Vec<&WebFile>,
        objects: &BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        let uploads: Vec<_> = files.into_iter().map(|file| self.upload_one(course, file, objects)).collect();
        let results: Vec<_> = stream::iter(uploads).buffer_unordered(AT_ONCE).collect().await;
        results.into_iter().collect()
    }

    async fn upload_one(
        &self,
        course: &Course<'_>,
        file: &WebFile,
        objects: &BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        if course.failed.load(Ordering::Relaxed) {
            return Ok(());
        }
        if !self.is_written(file, objects) {
            let put = self.put(course.cloud, file).await;
            put.inspect_err(|_| course.failed.store(true, Ordering::Relaxed))?;
        }
        let done = course.done.fetch_add(1, Ordering::Relaxed) + 1;
        course.cloud.progress(NODE, format!("{done} of {} files", course.total));
        Ok(())
    }

    /// Whether this run has uploaded the file already, and it still is as it was.
    fn is_written(&self, file: &WebFile, objects: &BTreeMap<String, String>) -> bool {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.get(&file.key) == Some(&ManifestEntry::from(file))
            && objects.get(&file.key) == Some(&file.md5_hex)
    }

    async fn put(&self, cloud: &Cloud, file: &WebFile) -> Result<(), Fault> {
        let changed =
            |source: String| Fault::new(Class::Refused, format!("{} of the page: {source}", file.key));
        let body = match &file.content {
            Content::OnDisk(path) => {
                ByteStream::from_path(path).await.map_err(|error| changed(error.to_string()))?
            }
            Content::Made(bytes) => ByteStream::from(bytes.to_vec()),
        };
        let request = cloud
            .s3
            .put_object()
            .bucket(&self.bucket)
            .key(&file.key)
            .expected_bucket_owner(&cloud.account)
            .content_type(&file.content_type)
            .cache_control(&file.cache_control)
            .content_md5(base64::encode(bytes(&file.md5_hex)))
            .body(body);
        let answer = request.customize().config_override(patience(file.size)).send().await;
        let put = answer.fault("s3:PutObject");
        put.map_err(|fault| match fault.cause::<ApiError>() {
            Some(error) if error.code == "BadDigest" => changed("changed during the upload".to_owned()),
            _ => fault,
        })?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.insert(file.key.clone(), file.into());
        Ok(())
    }
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
