//! Uploads the files of a release, each only once in a run.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use aws_sdk_s3::primitives::ByteStream;
use reconcile::{Class, Fault};

use super::{
    NODE, Site,
    bucket::{ConcurrentWrites, Overwrite, Put, put},
};
use crate::{
    artifacts::{
        Content,
        web::{ManifestEntry, SiteChanges, WebFile},
    },
    targets::aws::Cloud,
    ui::ApiError,
};

/// The files that this run has uploaded.
type Uploaded = BTreeMap<String, ManifestEntry>;

impl Site {
    pub(super) async fn upload(
        &self,
        cloud: &Cloud,
        uploaded: &mut Uploaded,
        changes: &SiteChanges,
        objects: &BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        // In an empty bucket, the order does not matter: there is no page yet that visitors could see.
        let stages =
            if objects.is_empty() { vec![changes.upload.iter().collect()] } else { changes.stages() };
        let uploaded = Mutex::new(uploaded);
        let writes = ConcurrentWrites::new(cloud, NODE, changes.upload.len());
        for stage in stages {
            writes
                .run(stage.into_iter().map(|file| self.upload_one(cloud, &uploaded, file, objects)))
                .await?;
        }
        Ok(())
    }

    async fn upload_one(
        &self,
        cloud: &Cloud,
        uploaded: &Mutex<&mut Uploaded>,
        file: &WebFile,
        objects: &BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        if is_uploaded(&uploaded.lock().unwrap_or_else(PoisonError::into_inner), file, objects) {
            return Ok(());
        }
        self.put(cloud, file).await?;
        let mut uploaded = uploaded.lock().unwrap_or_else(PoisonError::into_inner);
        uploaded.insert(file.key.clone(), file.into());
        Ok(())
    }

    async fn put(&self, cloud: &Cloud, file: &WebFile) -> Result<(), Fault> {
        let changed =
            |source: String| Fault::new(Class::Refused, format!("{} of the page: {source}", file.key));
        let body = match &file.content {
            Content::OnDisk(path) => {
                ByteStream::from_path(path).await.map_err(|error| changed(error.to_string()))?
            }
            Content::InMemory(bytes) => ByteStream::from(bytes.to_vec()),
        };
        let object = Put {
            key: &file.key,
            body,
            size: file.size,
            md5_hex: &file.md5_hex,
            content_type: &file.content_type,
            cache_control: Some(&file.cache_control),
            overwrite: Overwrite::Any,
        };
        put(cloud, &self.bucket, object).await.map_err(|fault| match fault.cause::<ApiError>() {
            Some(error) if error.code == "BadDigest" => changed("changed during the upload".to_owned()),
            _ => fault,
        })
    }
}

/// Returns whether this run has uploaded the file already, and it is still in the bucket unchanged.
fn is_uploaded(uploaded: &Uploaded, file: &WebFile, objects: &BTreeMap<String, String>) -> bool {
    uploaded.get(&file.key) == Some(&ManifestEntry::from(file))
        && objects.get(&file.key) == Some(&file.md5_hex)
}
