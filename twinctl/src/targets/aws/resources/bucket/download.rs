//! Downloads the objects of a bucket into a folder. Never writes outside the folder and never overwrites a file.

use std::{
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reconcile::Fault;
use tokio::fs;

use super::contents;
use crate::{
    targets::aws::{Cloud, SdkResult},
    twin::store::with_retries,
};

const CONCURRENCY: usize = 16;

/// Characters with a special meaning in file names on some system, and `%` itself, so that no two keys share a file
/// name.
const UNSAFE: &AsciiSet =
    &CONTROLS.add(b'%').add(b'\\').add(b':').add(b'*').add(b'?').add(b'"').add(b'<').add(b'>').add(b'|');

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Downloaded {
    pub files: u64,
    pub bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error("could not download `{key}`")]
    Object { key: String, source: Fault },
    #[error("could not list the bucket")]
    List(#[source] Fault),
    #[error("could not write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} already exists with different content", path.display())]
    Differs { path: PathBuf },
}

/// Downloads the current version of every object into `to`. Keeps files that exist already with the same content.
///
/// Calls `on_progress` with the number of downloaded files and the total.
pub async fn download(
    cloud: &Cloud,
    bucket: &str,
    to: &Path,
    on_progress: impl Fn(u64, u64) + Sync,
) -> Result<Downloaded, DownloadError> {
    let listed = with_retries(bucket, async || contents::list(cloud, bucket).await).await;
    let objects = listed.map_err(DownloadError::List)?.unwrap_or_default();
    let keys: Vec<_> = objects.into_iter().filter_map(|object| object.key).collect();
    let (total, done) = (keys.len() as u64, AtomicU64::new(0));
    let (done, on_progress) = (&done, &on_progress);
    let files: Vec<_> = keys
        .iter()
        .map(|key| async move {
            let bytes = download_one(cloud, bucket, key, &to.join(file_name(key))).await?;
            on_progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            Ok(bytes)
        })
        .collect();
    let sizes: Vec<u64> = stream::iter(files).buffer_unordered(CONCURRENCY).try_collect().await?;
    Ok(Downloaded { files: total, bytes: sizes.iter().sum() })
}

async fn download_one(cloud: &Cloud, bucket: &str, key: &str, path: &Path) -> Result<u64, DownloadError> {
    let response = with_retries(key, async || {
        let request = cloud.s3.get_object().bucket(bucket).key(key).expected_bucket_owner(&cloud.account);
        request.send().await.fault("s3:GetObject")
    });
    let response = response.await;
    let object = response.map_err(|source| DownloadError::Object { key: key.to_owned(), source })?;
    let failed = |source| DownloadError::Write { path: path.to_owned(), source };
    // No encoded key contains a `%` that is not followed by two hex digits.
    let part = PathBuf::from(format!("{}%part", path.display()));
    let bytes = write(object.body, &part).await.map_err(failed)?;
    if !fs::try_exists(path).await.map_err(failed)? {
        fs::rename(&part, path).await.map_err(failed)?;
        return Ok(bytes);
    }
    let same = same(&part, path).await.map_err(failed)?;
    fs::remove_file(&part).await.map_err(failed)?;
    if same { Ok(bytes) } else { Err(DownloadError::Differs { path: path.to_owned() }) }
}

async fn write(body: aws_sdk_s3::primitives::ByteStream, to: &Path) -> io::Result<u64> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).await?;
    }
    let mut file = fs::File::create(to).await?;
    let bytes = tokio::io::copy(&mut body.into_async_read(), &mut file).await?;
    file.sync_all().await?;
    Ok(bytes)
}

async fn same(a: &Path, b: &Path) -> io::Result<bool> {
    Ok(fs::metadata(a).await?.len() == fs::metadata(b).await?.len()
        && fs::read(a).await? == fs::read(b).await?)
}

/// Returns a relative path that stays inside the folder, for any key.
fn file_name(key: &str) -> PathBuf {
    key.split('/')
        .map(|segment| match segment {
            "" => "%".to_owned(),
            "." => "%2E".to_owned(),
            ".." => "%2E%2E".to_owned(),
            segment => encode_ascii(segment),
        })
        .collect()
}

/// Encodes unsafe ASCII characters. Keeps all other characters, so that other alphabets stay readable.
fn encode_ascii(segment: &str) -> String {
    segment
        .split_inclusive(|_: char| true)
        .map(|c| if c.is_ascii() { utf8_percent_encode(c, UNSAFE).to_string() } else { c.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_key_maps_to_a_path_outside_the_folder() {
        for (key, expected) in [
            ("a.json", "a.json"),
            ("conversations/a.json", "conversations/a.json"),
            ("../x", "%2E%2E/x"),
            ("a/../../x", "a/%2E%2E/%2E%2E/x"),
            ("/etc/passwd", "%/etc/passwd"),
            ("a//b", "a/%/b"),
            ("a/", "a/%"),
            ("C:\\x", "C%3A%5Cx"),
            ("50%", "50%25"),
            ("été.txt", "été.txt"),
        ] {
            assert_eq!(file_name(key), PathBuf::from(expected), "{key}");
        }
    }

    proptest! {
        #[test]
        fn different_keys_map_to_different_paths_inside_the_folder(a in "[./%a\\\\:]{1,8}", b in "[./%a\\\\:]{1,8}") {
            let (path, other) = (file_name(&a), file_name(&b));
            prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{path:?}");
            prop_assert_eq!(a == b, path.as_os_str() == other.as_os_str());
        }
    }
}
