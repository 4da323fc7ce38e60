//! The loader of the data files. It reads them in parallel, caches the system prompt made from them, and checks for changes
//! after a while.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use contract::data::{FOLDERS, File, PDFS};
use contract::limits::LARGE_DATA_TOKENS;
use futures_util::future::try_join_all;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::config::Scope;
use crate::log::{Level, Log, error_chain};
use crate::persona::Persona;
use crate::prompt::SystemPrompt;
use crate::store::{Entry, Store, StoreError};

#[derive(Debug)]
pub struct PersonaLoader {
    store: Arc<dyn Store>,
    /// How long the cache is used without a check for changes.
    cache_time: Duration,
    scope: Scope,
    log: Log,
    cached: Mutex<Option<Cached>>,
}

#[derive(Debug)]
struct Cached {
    prompt: Arc<SystemPrompt>,
    files: BTreeMap<File, Entry>,
    checked: Instant,
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("no data file describes the owner")]
    Missing,
    #[error("failed to read the data files")]
    Store(#[from] StoreError),
}

impl PersonaLoader {
    pub fn new(store: Arc<dyn Store>, cache_time: Duration, scope: Scope, log: Log) -> Self {
        Self { store, cache_time, scope, log, cached: Mutex::new(None) }
    }

    /// Returns the system prompt, and reads the files again if one changed. If reading fails, the cached prompt is used.
    pub async fn load(&self) -> Result<Arc<SystemPrompt>, LoadError> {
        let mut cached = self.cached.lock().await;
        if let Some(cached) = cached.as_ref().filter(|cached| cached.checked.elapsed() < self.cache_time) {
            return Ok(Arc::clone(&cached.prompt));
        }
        match self.refresh(cached.as_ref()).await {
            Ok(fresh) if fresh.prompt.persona.is_empty() => {
                *cached = None;
                Err(LoadError::Missing)
            }
            Ok(fresh) => Ok(Arc::clone(&cached.insert(fresh).prompt)),
            Err(error) => {
                let Some(cached) = cached.as_mut() else {
                    return Err(error.into());
                };
                let detail = error_chain(&error).into();
                self.log.event(Level::Warn, "failed to check the data files for changes", &detail);
                cached.checked = Instant::now();
                Ok(Arc::clone(&cached.prompt))
            }
        }
    }

    async fn refresh(&self, cached: Option<&Cached>) -> Result<Cached, StoreError> {
        let listed = self.store.list().await?;
        let files = select(&listed);
        let checked = Instant::now();
        if let Some(cached) = cached.filter(|cached| cached.files == files) {
            return Ok(Cached { prompt: Arc::clone(&cached.prompt), files, checked });
        }
        let texts = try_join_all(files.iter().map(|(file, entry)| self.read(*file, entry))).await?;
        let prompt = SystemPrompt::new(Persona::new(texts.into_iter().flatten().collect()), self.scope);
        self.report(&prompt, &pdfs_without_text(&listed, &files));
        Ok(Cached { prompt: Arc::new(prompt), files, checked })
    }

    async fn read(&self, file: File, entry: &Entry) -> Result<Option<(File, String)>, StoreError> {
        let object = self.store.get(&entry.key).await?;
        Ok(object.map(|object| (file, decode(&object.body))))
    }

    fn report(&self, prompt: &SystemPrompt, pdfs_without_text: &[String]) {
        if prompt.persona.is_empty() {
            let detail = "add facts.json, summary.txt, me.txt or another data file";
            self.log.event(Level::Error, "no data file describes the owner", &detail.into());
        }
        for problem in prompt.persona.problems().iter().chain(pdfs_without_text) {
            self.log.event(Level::Warn, "a data file is not usable", &problem.as_str().into());
        }
        if prompt.tokens > LARGE_DATA_TOKENS {
            let detail = format!("about {} tokens are sent with every message", prompt.tokens);
            self.log.event(Level::Warn, "the data files are large", &detail.into());
        }
    }
}

/// Returns the object from which each file is read.
fn select(entries: &[Entry]) -> BTreeMap<File, Entry> {
    let by_key: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.key.as_str(), entry)).collect();
    let find = |file: File| file.paths().find_map(|key| by_key.get(key.as_str()).copied()).cloned();
    File::ALL.into_iter().filter_map(|file| Some((file, find(file)?))).collect()
}

/// Returns a message for each PDF that is not used because its text was not extracted.
fn pdfs_without_text(entries: &[Entry], selected: &BTreeMap<File, Entry>) -> Vec<String> {
    let exists = |name: &str| {
        let keys = FOLDERS.map(|folder| format!("{folder}{name}"));
        entries.iter().any(|entry| keys.contains(&entry.key))
    };
    let unused = PDFS.iter().filter(|(file, name)| !selected.contains_key(file) && exists(name));
    unused.map(|(_, name)| format!("{name} is not used, because {name}.txt does not exist")).collect()
}

/// Decodes a file's text and removes the byte order mark, if any.
fn decode(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').trim().to_owned()
}

#[cfg(test)]
mod tests;
