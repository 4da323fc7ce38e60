//! The stored conversations and questions, and how the conversations and questions of a backup compare with them.

use std::collections::BTreeSet;

use contract::key::{Form, is_question};
use reconcile::Fault;
use serde::Serialize;

use super::settings::Difference;
use crate::{
    commands::memory::not_deployed,
    twin::{
        backup::{BackupError, Object},
        store::Store,
    },
    ui::{Diagnostic, Exit, Ui, counted},
};

/// Numbers of conversations and unanswered questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) conversations: usize,
    pub(super) questions: usize,
}

impl Counts {
    pub(super) fn add(&mut self, key: &str) {
        if is_question(key) { self.questions += 1 } else { self.conversations += 1 }
    }

    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }

    pub(super) fn describe(self) -> String {
        let conversations = counted(self.conversations, "conversation");
        format!("{conversations} and {}", counted(self.questions, "unanswered question"))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    Missing,
    Same,
    /// The stored object differs. `None` if the conversation is stored in the other form.
    Differs(Option<Vec<u8>>),
}

pub(super) struct Compared {
    object: Object,
    bytes: Vec<u8>,
    status: Status,
}

/// How the conversations and questions of a backup compare with the stored ones.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    missing: Counts,
    same: usize,
    differing: Vec<String>,
    /// The keys of all objects in the backup.
    keys: BTreeSet<String>,
}

impl Comparison {
    pub(super) fn add(&mut self, compared: Compared) {
        let Compared { object: Object { key, .. }, status, .. } = compared;
        match status {
            Status::Missing => self.missing.add(&key),
            Status::Same => self.same += 1,
            Status::Differs(_) => self.differing.push(key.clone()),
        }
        self.keys.insert(key);
    }

    /// Returns the numbers of objects that will be written.
    pub(super) fn to_write(&self, overwrite: bool) -> Counts {
        let mut counts = self.missing;
        if overwrite {
            self.differing.iter().for_each(|key| counts.add(key));
        }
        counts
    }

    pub(super) fn print(&self, overwrite: bool, ui: &Ui) {
        for key in &self.differing {
            ui.data(key);
        }
        let missing = self.missing.conversations + self.missing.questions;
        let (same, differing) = (self.same, self.differing.len());
        ui.say(&format!("of the conversations and questions, {missing} are missing, {same} are the same, {differing} differ"));
        if differing > 0 {
            ui.say(if overwrite {
                "those that differ are replaced"
            } else {
                "those that differ are kept, because they may be newer; `--overwrite` replaces them"
            });
        }
    }

    pub(super) fn json(
        &self,
        written: Counts,
        data_files_changed: bool,
        settings: &[Difference],
    ) -> serde_json::Value {
        serde_json::json!({
            "written": written,
            "missing": self.missing.conversations + self.missing.questions,
            "same": self.same,
            "differing": self.differing,
            "data_files_changed": data_files_changed,
            "settings": settings.iter().map(Difference::json).collect::<Vec<_>>(),
        })
    }
}

/// The stored conversations and questions.
pub(super) struct Stored<'a> {
    store: &'a dyn Store,
    listed: BTreeSet<String>,
}

impl<'a> Stored<'a> {
    pub(super) async fn list(store: &'a dyn Store, environment: &str) -> Result<Self, Diagnostic> {
        let listed = store.list("").await.map_err(|fault| failed(&fault))?;
        let listed = listed.ok_or_else(|| not_deployed(environment))?;
        Ok(Self { store, listed: listed.into_iter().map(|entry| entry.key).collect() })
    }

    pub(super) async fn compare(&self, object: Object) -> Result<Compared, Diagnostic> {
        let bytes = object.bytes().map_err(|error| damaged(&error))?;
        let status = self.status(&object.key, &bytes).await.map_err(|fault| failed(&fault))?;
        Ok(Compared { object, bytes, status })
    }

    async fn status(&self, key: &str, bytes: &[u8]) -> Result<Status, Fault> {
        let stored = if self.listed.contains(key) { self.store.read(key).await? } else { None };
        Ok(match stored {
            Some(stored) if stored == bytes => Status::Same,
            Some(stored) => Status::Differs(Some(stored)),
            // The twin would read one of the two forms only.
            None if self.other_form(key).is_some() => Status::Differs(None),
            None => Status::Missing,
        })
    }

    /// Returns the key of the same conversation in the other form, if it is stored.
    fn other_form(&self, key: &str) -> Option<String> {
        let (form, id) = Form::parse(key)?;
        let other = Form::ALL.into_iter().find(|other| *other != form)?.key(id);
        self.listed.contains(&other).then_some(other)
    }

    /// Writes one object. Returns its key if it was written.
    pub(super) async fn restore(
        &self,
        object: Object,
        found: &Comparison,
        overwrite: bool,
    ) -> Result<Option<String>, Diagnostic> {
        let Compared { object, bytes, status } = self.compare(object).await?;
        let expected = match status {
            Status::Same => return Ok(None),
            Status::Differs(_) if !overwrite => return Ok(None),
            Status::Missing | Status::Differs(None) => None,
            Status::Differs(Some(stored)) => Some(stored),
        };
        let written = self.store.write(&object.key, &bytes, expected.as_deref()).await;
        if !written.map_err(|fault| failed(&fault))? {
            let message = format!("`{}` was changed meanwhile", object.key);
            return Err(Diagnostic::new(Exit::Failed, message).hint("run the command again to continue"));
        }
        if let Some(at) = object.written {
            self.store.set_written(&object.key, &bytes, at).await.map_err(|fault| failed(&fault))?;
        }
        // A backup with both forms restores both.
        if let Some(other) = self.other_form(&object.key).filter(|other| !found.keys.contains(other)) {
            self.store.erase(&other).await.map_err(|fault| failed(&fault))?;
        }
        Ok(Some(object.key))
    }
}

fn failed(fault: &Fault) -> Diagnostic {
    Diagnostic::fault("could not restore all of the backup", fault).hint("run the command again to continue")
}

pub(super) fn damaged(error: &BackupError) -> Diagnostic {
    let hint = match error {
        BackupError::Version(_) => "update twinctl: see docs/install.md",
        BackupError::NoHeader => {
            "pass a file of `twinctl backup` or a folder of `destroy --backup`; if this is one, its beginning is missing"
        }
        BackupError::Io(_) | BackupError::Line(..) | BackupError::Truncated | BackupError::Key(_) => {
            "copy the file again; a complete one ends with a line of the kind `end`"
        }
    };
    Diagnostic::unexpected("could not read the backup; nothing else was written", error).hint(hint)
}
