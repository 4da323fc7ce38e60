//! What the twin knows about its owner: the files of the data folder, read in parallel, and looked at again after a while.

mod files;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use contract::limits::LARGE_DATA_TOKENS;
use futures_util::future::try_join_all;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{ApiError, chain};
use crate::log::{Level, Log};
use crate::prompt::Brief;
use crate::store::{Entry, Store, StoreError};

pub use files::{File, Persona, Qna, title};

/// The persona as last read.
#[derive(Debug)]
pub struct Source {
    store: Arc<dyn Store>,
    /// How long what was read is not looked at again.
    fresh_for: Duration,
    log: Log,
    known: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    brief: Arc<Brief>,
    files: BTreeMap<File, Entry>,
    checked: Instant,
}

impl Source {
    pub fn new(store: Arc<dyn Store>, fresh_for: Duration, log: Log) -> Self {
        Self { store, fresh_for, log, known: Mutex::new(None) }
    }

    /// Read again only where a file changed. While it cannot be read, the last one stays.
    pub async fn load(&self) -> Result<Arc<Brief>, ApiError> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.checked.elapsed() < self.fresh_for) {
            return Ok(Arc::clone(&known.brief));
        }
        match self.refresh(known.as_ref()).await {
            Ok(fresh) if fresh.brief.persona.is_empty() => {
                *known = None;
                Err(ApiError::NoPersona)
            }
            Ok(fresh) => Ok(Arc::clone(&known.insert(fresh).brief)),
            Err(error) => {
                let Some(known) = known.as_mut() else {
                    return Err(ApiError::PersonaUnreadable(error));
                };
                self.log.say(Level::Warn, "the persona could not be looked at again", &chain(&error).into());
                known.checked = Instant::now();
                Ok(Arc::clone(&known.brief))
            }
        }
    }

    async fn refresh(&self, known: Option<&Known>) -> Result<Known, StoreError> {
        let listed = self.store.list().await?;
        let files = files::choose(&listed);
        let checked = Instant::now();
        if let Some(known) = known.filter(|known| known.files == files) {
            return Ok(Known { brief: Arc::clone(&known.brief), files, checked });
        }
        let texts = try_join_all(files.iter().map(|(file, entry)| self.read(*file, entry))).await?;
        let brief = Brief::new(Persona::new(texts.into_iter().flatten().collect()));
        self.report(&brief, &files::unread(&listed, &files));
        Ok(Known { brief: Arc::new(brief), files, checked })
    }

    async fn read(&self, file: File, entry: &Entry) -> Result<Option<(File, String)>, StoreError> {
        let object = self.store.get(&entry.key).await?;
        Ok(object.map(|object| (file, files::as_text(&object.body))))
    }

    fn report(&self, brief: &Brief, unread: &[String]) {
        if brief.persona.is_empty() {
            let hint = "none of facts.json, summary.txt, me.txt and the others was found";
            self.log.say(Level::Error, "there is no persona", &hint.into());
        }
        for mistake in brief.persona.mistakes().iter().chain(unread) {
            self.log.say(Level::Warn, "a persona file was not understood", &mistake.as_str().into());
        }
        if brief.tokens > LARGE_DATA_TOKENS {
            let size = format!("about {} tokens are sent with every message", brief.tokens);
            self.log.say(Level::Warn, "the persona is large", &size.into());
        }
    }
}

#[cfg(test)]
mod tests;
