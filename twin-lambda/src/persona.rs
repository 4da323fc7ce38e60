//! What the twin knows about its owner: the files of the data folder, read in parallel and looked at again every minute.

mod files;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{ApiError, chain};
use crate::log::{Level, Log};
use crate::store::{Entry, Store, StoreError};

pub use files::{File, Persona, Qna};

const FRESH_FOR: Duration = Duration::from_secs(60);

/// The persona as last read.
#[derive(Debug)]
pub struct Source {
    store: Arc<dyn Store>,
    log: Log,
    known: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    persona: Arc<Persona>,
    tags: BTreeMap<File, Entry>,
    checked: Instant,
}

impl Source {
    pub fn new(store: Arc<dyn Store>, log: Log) -> Self {
        Self { store, log, known: Mutex::new(None) }
    }

    /// The persona, read again only where a file changed. While it cannot be read, the last one stays.
    pub async fn load(&self) -> Result<Arc<Persona>, ApiError> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.checked.elapsed() < FRESH_FOR) {
            return Ok(Arc::clone(&known.persona));
        }
        match self.refresh(known.as_ref()).await {
            Ok(fresh) => {
                let persona = Arc::clone(&fresh.persona);
                *known = (!persona.is_empty()).then_some(fresh);
                if persona.is_empty() { Err(ApiError::NoPersona) } else { Ok(persona) }
            }
            Err(error) => match known.as_mut() {
                Some(known) => {
                    self.log.say(
                        Level::Warn,
                        "the persona could not be looked at again",
                        &chain(&error).into(),
                    );
                    known.checked = Instant::now();
                    Ok(Arc::clone(&known.persona))
                }
                None => Err(ApiError::PersonaUnreadable(error)),
            },
        }
    }

    async fn refresh(&self, known: Option<&Known>) -> Result<Known, StoreError> {
        let tags = files::choose(self.store.list().await?);
        let checked = Instant::now();
        if let Some(known) = known.filter(|known| known.tags == tags) {
            return Ok(Known { persona: Arc::clone(&known.persona), tags, checked });
        }
        let texts = try_join_all(tags.iter().map(|(file, entry)| self.read(*file, entry))).await?;
        let persona = Persona::new(texts.into_iter().flatten().collect());
        self.report(&persona);
        Ok(Known { persona: Arc::new(persona), tags, checked })
    }

    async fn read(&self, file: File, entry: &Entry) -> Result<Option<(File, String)>, StoreError> {
        let object = self.store.get(&entry.key).await?;
        Ok(object.map(|object| (file, String::from_utf8_lossy(&object.body).trim().to_owned())))
    }

    fn report(&self, persona: &Persona) {
        if persona.is_empty() {
            let hint = "none of facts.json, summary.txt, me.txt and the others was found; run upload-data";
            self.log.say(Level::Error, "there is no persona", &hint.into());
        }
        for mistake in persona.mistakes() {
            self.log.say(Level::Warn, "a persona file was not understood", &mistake.as_str().into());
        }
    }
}
