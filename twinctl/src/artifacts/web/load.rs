//! Loads the page: lists and hashes the files of the web folder.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use md5::{Digest, Md5};

use super::{HardcodedFile, Manifest, PageSources, WebFile, csp, headers, stages, walk::walk};
use crate::artifacts::{BundleError, Content, on_thread};
use crate::system::hash::{hex, sha256};

/// The size of read buffers. Files are hashed in chunks, so that pages of any size fit into memory.
const BUFFER: usize = 256 * 1024;

/// The files of the page, sorted by key. Their contents stay on disk until the upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebBundle {
    pub(super) files: Vec<WebFile>,
    /// Hashes of inline scripts, by page.
    pub(super) inline_scripts: BTreeMap<String, Vec<String>>,
    pub(super) sources: PageSources,
}

impl WebBundle {
    /// Lists and hashes the files of the folder, on separate threads.
    pub async fn load(folder: &Path) -> Result<Self, BundleError> {
        let folder = folder.to_owned();
        on_thread(move || Self::read(&folder)).await
    }

    fn read(folder: &Path) -> Result<Self, BundleError> {
        let found = walk(folder)?;
        if found.is_empty() {
            let folder = folder.to_owned();
            return Err(BundleError::EmptyWebFolder { folder });
        }
        if !found.iter().any(|(key, _)| key == "index.html") {
            let folder = folder.to_owned();
            return Err(BundleError::NoIndex { folder });
        }
        let mut read = read_all(&found)?;
        read.sort_by(|(a, ..), (b, ..)| a.key.cmp(&b.key));
        let mut bundle =
            Self { files: Vec::new(), inline_scripts: BTreeMap::new(), sources: PageSources::default() };
        for (file, scripts, sources) in read {
            bundle.inline_scripts.insert(file.key.clone(), scripts);
            bundle.sources.merge(&sources);
            bundle.files.push(file);
        }
        Ok(bundle)
    }

    /// Adds a generated file, unless the page already has one with this key.
    #[must_use]
    pub fn with(mut self, key: &str, bytes: Vec<u8>) -> Self {
        let place = self.files.binary_search_by(|file| file.key.as_str().cmp(key));
        if let (Err(place), Ok((size, md5_hex))) = (place, digest(bytes.as_slice())) {
            self.files.insert(place, file(key, Content::InMemory(bytes.into()), size, md5_hex));
        }
        self
    }

    /// Removes the hard-coded addresses that can be removed, so that the page calls its own origin.
    #[must_use]
    pub fn rewritten(mut self, files: &[HardcodedFile]) -> Self {
        for changed in files.iter().filter(|file| file.is_rewritable()) {
            let bytes = changed.rewritten();
            let place = self.files.binary_search_by(|file| file.key.cmp(&changed.key));
            if let (Ok(place), Ok((size, md5_hex))) = (place, digest(bytes.as_slice())) {
                let file = &mut self.files[place];
                if let Some(scripts) = self.inline_scripts.get_mut(&changed.key).filter(|_| file.is_page()) {
                    *scripts = csp::inline_script_hashes(&bytes);
                }
                (file.size, file.md5_hex, file.content) = (size, md5_hex, Content::InMemory(bytes.into()));
                file.revalidate();
            }
        }
        self
    }

    /// Creates a page without a folder.
    #[cfg(test)]
    pub(crate) fn generated(files: &[(&str, &str)]) -> Self {
        let empty =
            Self { files: Vec::new(), inline_scripts: BTreeMap::new(), sources: PageSources::default() };
        files.iter().fold(empty, |bundle, (key, text)| bundle.with(key, text.as_bytes().to_vec()))
    }

    /// Returns all files, sorted by key.
    pub fn files(&self) -> &[WebFile] {
        &self.files
    }

    /// Returns the upload stages of all files.
    pub fn stages(&self) -> Vec<Vec<&WebFile>> {
        stages(&self.files)
    }

    /// Returns the `'sha256-…'` source expressions for `script-src`, sorted and without duplicates.
    pub fn inline_script_hashes(&self) -> Vec<String> {
        let hashes: BTreeSet<_> = self.inline_scripts.values().flatten().cloned().collect();
        hashes.into_iter().collect()
    }

    /// Returns the page, with directives of its content security policy replaced.
    #[must_use]
    pub(crate) fn with_csp(mut self, directives: &[(String, String)]) -> Self {
        self.sources = self.sources.replacing(directives);
        self
    }

    /// Returns what the page loads besides its own files and scripts.
    pub fn sources(&self) -> PageSources {
        self.sources.allowed()
    }

    /// Returns what the page loads and its content security policy blocks, as directives.
    pub(crate) fn blocked(&self) -> Vec<String> {
        let blocked = self.sources.blocked(&self.inline_script_hashes()).into_iter();
        blocked.map(|(directive, sources)| format!("{directive} {sources}")).collect()
    }

    /// Returns the files that caches must revalidate although their names contain a hash.
    pub fn revalidated(&self) -> BTreeSet<String> {
        self.files.iter().filter(|file| file.is_revalidated()).map(|file| file.key.clone()).collect()
    }

    /// Returns a hash of all files and their headers.
    pub fn hash(&self) -> String {
        sha256(format!("{:?}", self.manifest()))
    }

    pub fn manifest(&self) -> Manifest {
        Manifest::new(&self.files)
    }
}

type Hashed = (WebFile, Vec<String>, PageSources);

/// Reads files in parallel. Each thread takes the next file from a shared counter, so that a large file delays no
/// others.
fn read_all(found: &[(String, Content)]) -> Result<Vec<Hashed>, BundleError> {
    let next = AtomicUsize::new(0);
    let take_files = || {
        std::iter::from_fn(|| found.get(next.fetch_add(1, Ordering::Relaxed)))
            .map(|(key, content)| read_one(key, content))
            .collect::<Result<Vec<_>, _>>()
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(take_files)).collect();
        let parts = threads.into_iter().map(|thread| match thread.join() {
            Ok(part) => part,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        Ok(parts.collect::<Result<Vec<_>, _>>()?.concat())
    })
}

/// Returns the file, the hashes of its inline scripts if it is an HTML page, and what a page or a style sheet loads.
fn read_one(key: &str, content: &Content) -> Result<Hashed, BundleError> {
    let (size, md5_hex) = content.open().and_then(digest).map_err(BundleError::read(content.name(key)))?;
    let file = file(key, content.clone(), size, md5_hex);
    let text = || content.read_blocking().map_err(BundleError::read(content.name(key)));
    let (scripts, sources) = if file.is_page() {
        let html = text()?;
        (csp::inline_script_hashes(&html), PageSources::of_page(&html))
    } else if Path::new(key).extension().is_some_and(|ending| ending == "css") {
        (Vec::new(), PageSources::of_style_sheet(&text()?))
    } else {
        (Vec::new(), PageSources::default())
    };
    Ok((file, scripts, sources))
}

fn file(key: &str, content: Content, size: u64, md5_hex: String) -> WebFile {
    WebFile {
        key: key.to_owned(),
        content,
        size,
        md5_hex,
        content_type: headers::content_type(key),
        cache_control: headers::cache_control(key).to_owned(),
    }
}

fn digest(mut file: impl Read) -> std::io::Result<(u64, String)> {
    let mut buffer = vec![0; BUFFER];
    let mut hash = Md5::new();
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        size += read as u64;
    }
    Ok((size, hex(&hash.finalize())))
}

#[cfg(test)]
mod tests;
