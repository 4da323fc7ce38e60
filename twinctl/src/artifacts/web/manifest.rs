//! The manifest of a release: its files with their hashes and headers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::WebFile;
use crate::artifacts::{BundleError, version_of};

const VERSION: u32 = 1;

/// The files of a release. The manifest of the same page always has the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    version: u32,
    pub files: BTreeMap<String, ManifestEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEntry {
    pub md5: String,
    pub size: u64,
    pub content_type: String,
    pub cache_control: String,
}

impl Manifest {
    pub fn new<'a>(files: impl IntoIterator<Item = &'a WebFile>) -> Self {
        let files = files.into_iter().map(|file| (file.key.clone(), ManifestEntry::from(file))).collect();
        Self { version: VERSION, files }
    }

    pub fn to_json(&self) -> Result<Vec<u8>, BundleError> {
        serde_json::to_vec_pretty(self).map_err(BundleError::Manifest)
    }

    pub fn from_json(json: &[u8]) -> Result<Self, BundleError> {
        let version = version_of(json).map_err(BundleError::Manifest)?;
        if version != VERSION {
            return Err(BundleError::ManifestVersion { found: version });
        }
        serde_json::from_slice(json).map_err(BundleError::Manifest)
    }
}

impl From<&WebFile> for ManifestEntry {
    fn from(file: &WebFile) -> Self {
        Self {
            md5: file.md5_hex.clone(),
            size: file.size,
            content_type: file.content_type.clone(),
            cache_control: file.cache_control.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, WebFile};
    use crate::artifacts::Content;

    fn manifest() -> Manifest {
        Manifest::new(&[WebFile {
            key: "index.html".to_owned(),
            content: Content::OnDisk("/anywhere/index.html".into()),
            size: 5,
            md5_hex: "5d41402abc4b2a76b9719d911017c592".to_owned(),
            content_type: "text/html; charset=utf-8".to_owned(),
            cache_control: "no-cache".to_owned(),
        }])
    }

    #[test]
    fn the_manifest_is_json() {
        let json = String::from_utf8(manifest().to_json().unwrap()).unwrap();
        insta::assert_snapshot!(json, @r#"
        {
          "version": 1,
          "files": {
            "index.html": {
              "md5": "5d41402abc4b2a76b9719d911017c592",
              "size": 5,
              "content_type": "text/html; charset=utf-8",
              "cache_control": "no-cache"
            }
          }
        }
        "#);
    }

    #[test]
    fn a_manifest_can_be_written_and_read() {
        let json = manifest().to_json().unwrap();
        assert_eq!(Manifest::from_json(&json).unwrap(), manifest());
    }

    #[test]
    fn another_version_is_an_error() {
        let error = Manifest::from_json(br#"{"version": 2, "entries": []}"#).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"the release manifest has version 2, which this version of twinctl does not support"
        );
    }
}
