//! Uploads the files of a release, and none of them twice in a run.

use std::{collections::BTreeMap, sync::PoisonError};

use aws_sdk_s3::primitives::ByteStream;
use reconcile::{Class, Fault};

use super::{
    NODE, Site,
    bucket::{Course, Over, Put, put},
};
use crate::{
    artifacts::web::{Content, ManifestEntry, SiteChanges, WebFile},
    targets::aws::Cloud,
    ui::ApiError,
};

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
        let course = Course::new(cloud, NODE, changes.upload.len());
        for stage in stages {
            course.run(stage.into_iter().map(|file| self.upload_one(cloud, file, objects))).await?;
        }
        Ok(())
    }

    async fn upload_one(
        &self,
        cloud: &Cloud,
        file: &WebFile,
        objects: &BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        if self.is_written(file, objects) {
            return Ok(());
        }
        self.put(cloud, file).await?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.insert(file.key.clone(), file.into());
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
        let object = Put {
            key: &file.key,
            body,
            size: file.size,
            md5_hex: &file.md5_hex,
            content_type: &file.content_type,
            cache_control: Some(&file.cache_control),
            over: Over::Anything,
        };
        put(cloud, &self.bucket, object).await.map_err(|fault| match fault.cause::<ApiError>() {
            Some(error) if error.code == "BadDigest" => changed("changed during the upload".to_owned()),
            _ => fault,
        })
    }
}
