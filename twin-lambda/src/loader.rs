//! The loader of the data files. It reads them in parallel, caches the system prompt made from them, and checks for changes
//! after a while.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contract::data::{FOLDERS, File, PDFS};
use contract::limits::LARGE_DATA_TOKENS;
use contract::{block, pause};
use futures_util::future::try_join_all;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::config::Scope;
use crate::log::{Level, Log, error_chain};
use crate::persona::Persona;
use crate::prompt::SystemPrompt;
use crate::session::SessionId;
use crate::store::{Entry, Store, StoreError};
use crate::visitor::{Visitor, is_blocked};

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
    /// Whether there was a list of blocks at the last check.
    has_blocks: AtomicBool,
}

#[derive(Debug)]
struct Cached {
    current: Current,
    files: BTreeMap<File, Entry>,
    checked: Instant,
}

/// The results of the last check.
#[derive(Clone, Debug)]
struct Current {
    prompt: Arc<SystemPrompt>,
    /// The mark that pauses the chat.
    pause: Option<Arc<Mark>>,
    /// The list of blocked conversations and visitors.
    blocks: Option<Arc<Mark>>,
}

/// A JSON file of the owner that changes what the twin does for visitors.
#[derive(Debug)]
struct Mark {
    entry: Entry,
    /// Null if the file is not valid JSON.
    json: Value,
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("no data file describes the owner")]
    Missing,
    #[error("the owner has paused the chat")]
    Paused { message: Option<String> },
    #[error("the owner has blocked this conversation or visitor")]
    Blocked,
    #[error("failed to read the data files")]
    Store(#[from] StoreError),
}

impl PersonaLoader {
    pub fn new(store: Arc<dyn Store>, cache_time: Duration, scope: Scope, log: Log) -> Self {
        let (is_paused, has_blocks) = <(AtomicBool, AtomicBool)>::default();
        Self { store, cache_time, scope, log, cached: Mutex::new(None), is_paused, has_blocks }
    }

    /// Returns the system prompt, and reads the files again if one changed. If reading fails, the cached prompt is used.
    pub async fn load(&self) -> Result<Arc<SystemPrompt>, LoadError> {
        let Current { prompt, .. } = self.check().await?;
        if prompt.persona.is_empty() { Err(LoadError::Missing) } else { Ok(prompt) }
    }

    /// Returns the system prompt like [`Self::load`], unless the chat is paused or closed to this visitor.
    pub async fn load_for_visitor(
        &self,
        session: Option<&SessionId>,
        visitor: Option<&Visitor>,
    ) -> Result<Arc<SystemPrompt>, LoadError> {
        let current = self.check().await?;
        if let Some(mark) = current.pause {
            return Err(LoadError::Paused {
                message: mark.json[pause::MESSAGE].as_str().map(ToOwned::to_owned),
            });
        }
        if current.blocks.is_some_and(|list| is_blocked(&list.json, session, visitor)) {
            return Err(LoadError::Blocked);
        }
        if current.prompt.persona.is_empty() { Err(LoadError::Missing) } else { Ok(current.prompt) }
    }

    /// Returns whether the chat was paused at the last check. Makes no check.
    pub fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Relaxed)
    }

    /// Returns whether the owner had blocked a conversation or a visitor at the last check. Makes no check.
    pub fn has_blocks(&self) -> bool {
        self.has_blocks.load(Ordering::Relaxed)
    }

    async fn check(&self) -> Result<Current, StoreError> {
        let mut cached = self.cached.lock().await;
        if let Some(cached) = cached.as_ref().filter(|cached| cached.checked.elapsed() < self.cache_time) {
            return Ok(cached.current.clone());
        }
        match self.refresh(cached.as_ref()).await {
            Ok(fresh) => {
                let current = fresh.current.clone();
                self.is_paused.store(current.pause.is_some(), Ordering::Relaxed);
                self.has_blocks.store(current.blocks.is_some(), Ordering::Relaxed);
                // If there are no data files, the next message searches for them again.
                *cached = Some(fresh).filter(|_| !current.prompt.persona.is_empty());
                Ok(current)
            }
            Err(error) => {
                let Some(cached) = cached.as_mut() else {
                    return Err(error);
                };
                let detail = error_chain(&error).into();
                self.log.event(Level::Warn, "failed to check the data files for changes", &detail);
                cached.checked = Instant::now();
                Ok(cached.current.clone())
            }
        }
    }

    async fn refresh(&self, cached: Option<&Cached>) -> Result<Cached, StoreError> {
        let listed = self.store.list().await?;
        let files = select(&listed);
        let checked = Instant::now();
        let known = cached.map(|cached| &cached.current);
        // An invalid mark pauses the chat, too. An invalid list blocks nobody.
        let (pause, blocks) = tokio::try_join!(
            self.read_mark(pause::MARK, &listed, known.and_then(|known| known.pause.as_ref())),
            self.read_mark(block::LIST, &listed, known.and_then(|known| known.blocks.as_ref())),
        )?;
        if let Some(cached) = cached.filter(|cached| cached.files == files) {
            let prompt = Arc::clone(&cached.current.prompt);
            return Ok(Cached { current: Current { prompt, pause, blocks }, files, checked });
        }
        let texts = try_join_all(files.iter().map(|(file, entry)| self.read(*file, entry))).await?;
        let prompt = SystemPrompt::new(Persona::new(texts.into_iter().flatten().collect()), self.scope);
        self.report(&prompt, &pdfs_without_text(&listed, &files));
        Ok(Cached { current: Current { prompt: Arc::new(prompt), pause, blocks }, files, checked })
    }

    /// Reads one of the owner's marks, if it exists and has changed.
    async fn read_mark(
        &self,
        key: &str,
        listed: &[Entry],
        known: Option<&Arc<Mark>>,
    ) -> Result<Option<Arc<Mark>>, StoreError> {
        let Some(entry) = listed.iter().find(|entry| entry.key == key) else { return Ok(None) };
        if let Some(known) = known.filter(|known| known.entry == *entry) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(object) = self.store.get(key).await? else { return Ok(None) };
        let json = serde_json::from_slice(&object.body).unwrap_or_default();
        Ok(Some(Arc::new(Mark { entry: entry.clone(), json })))
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
