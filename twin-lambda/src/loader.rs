//! The loader of the data files. It reads them in parallel, caches the system prompt made from them, and checks for changes
//! after a while.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contract::data::{FOLDERS, File, PDFS};
use contract::limits::LARGE_DATA_TOKENS;
use contract::pause;
use futures_util::future::try_join_all;
use serde_json::Value;
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
    /// Whether the owner had paused the twin at the last check.
    is_paused: AtomicBool,
}

#[derive(Debug)]
struct Cached {
    prompt: Arc<SystemPrompt>,
    files: BTreeMap<File, Entry>,
    pause: Option<Pause>,
    checked: Instant,
}

/// The owner's pause of the chat.
#[derive(Clone, Debug)]
struct Pause {
    mark: Entry,
    /// The owner's sentence for visitors, if any.
    message: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("no data file describes the owner")]
    Missing,
    #[error("the owner has paused the chat")]
    Paused { message: Option<String> },
    #[error("failed to read the data files")]
    Store(#[from] StoreError),
}

impl PersonaLoader {
    pub fn new(store: Arc<dyn Store>, cache_time: Duration, scope: Scope, log: Log) -> Self {
        Self { store, cache_time, scope, log, cached: Mutex::new(None), is_paused: AtomicBool::new(false) }
    }

    /// Returns the system prompt, and reads the files again if one changed. If reading fails, the cached prompt is used.
    pub async fn load(&self) -> Result<Arc<SystemPrompt>, LoadError> {
        let (prompt, _) = self.check().await?;
        if prompt.persona.is_empty() { Err(LoadError::Missing) } else { Ok(prompt) }
    }

    /// Returns the system prompt like [`Self::load`], unless the chat is paused.
    pub async fn load_for_visitor(&self) -> Result<Arc<SystemPrompt>, LoadError> {
        match self.check().await? {
            (_, Some(Pause { message, .. })) => Err(LoadError::Paused { message }),
            (prompt, None) if prompt.persona.is_empty() => Err(LoadError::Missing),
            (prompt, None) => Ok(prompt),
        }
    }

    /// Returns whether the chat was paused at the last check. Makes no check.
    pub fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Relaxed)
    }

    async fn check(&self) -> Result<(Arc<SystemPrompt>, Option<Pause>), StoreError> {
        let mut cached = self.cached.lock().await;
        let current = |cached: &Cached| (Arc::clone(&cached.prompt), cached.pause.clone());
        if let Some(cached) = cached.as_ref().filter(|cached| cached.checked.elapsed() < self.cache_time) {
            return Ok(current(cached));
        }
        match self.refresh(cached.as_ref()).await {
            Ok(fresh) => {
                self.is_paused.store(fresh.pause.is_some(), Ordering::Relaxed);
                let current = current(&fresh);
                // The next message searches again for a persona that is missing.
                *cached = Some(fresh).filter(|fresh| !fresh.prompt.persona.is_empty());
                Ok(current)
            }
            Err(error) => {
                let Some(cached) = cached.as_mut() else {
                    return Err(error);
                };
                let detail = error_chain(&error).into();
                self.log.event(Level::Warn, "failed to check the data files for changes", &detail);
                cached.checked = Instant::now();
                Ok(current(cached))
            }
        }
    }

    async fn refresh(&self, cached: Option<&Cached>) -> Result<Cached, StoreError> {
        let listed = self.store.list().await?;
        let files = select(&listed);
        let checked = Instant::now();
        let pause = self.read_pause(&listed, cached).await?;
        if let Some(cached) = cached.filter(|cached| cached.files == files) {
            return Ok(Cached { prompt: Arc::clone(&cached.prompt), files, pause, checked });
        }
        let texts = try_join_all(files.iter().map(|(file, entry)| self.read(*file, entry))).await?;
        let prompt = SystemPrompt::new(Persona::new(texts.into_iter().flatten().collect()), self.scope);
        self.report(&prompt, &pdfs_without_text(&listed, &files));
        Ok(Cached { prompt: Arc::new(prompt), files, pause, checked })
    }

    /// Reads the mark that pauses the chat, if it exists and has changed. An invalid mark pauses the chat, too.
    async fn read_pause(
        &self,
        listed: &[Entry],
        cached: Option<&Cached>,
    ) -> Result<Option<Pause>, StoreError> {
        let Some(mark) = listed.iter().find(|entry| entry.key == pause::MARK) else { return Ok(None) };
        let known = cached.and_then(|cached| cached.pause.clone()).filter(|known| known.mark == *mark);
        if known.is_some() {
            return Ok(known);
        }
        let Some(object) = self.store.get(pause::MARK).await? else { return Ok(None) };
        let json: Value = serde_json::from_slice(&object.body).unwrap_or_default();
        let message = json[pause::MESSAGE].as_str().map(ToOwned::to_owned);
        Ok(Some(Pause { mark: mark.clone(), message }))
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
