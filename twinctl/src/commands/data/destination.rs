//! Input and output files of `encrypt` and `decrypt`. All files are checked before any is written.

use std::{
    fs,
    path::{Path, PathBuf},
};

use persona::{Finding, Severity};

use super::super::arguments::Writing;
use crate::{
    system::files,
    ui::{Diagnostic, Exit, Ui},
};

/// One input file and its output path.
pub(super) struct Job {
    pub(super) from: PathBuf,
    pub(super) to: PathBuf,
    pub(super) bytes: Vec<u8>,
}

impl Job {
    pub(super) fn load(from: &Path, to: PathBuf, writing: &Writing) -> Result<Self, Finding> {
        if to.exists() && !writing.force {
            let what = format!("{} already exists", to.display());
            return Err(finding(from, what, "overwrite it with `--force`"));
        }
        let bytes = fs::read(from)
            .map_err(|error| finding(from, format!("could not be read: {error}"), "check the path"))?;
        Ok(Self { from: from.to_owned(), to, bytes })
    }

    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), Diagnostic> {
        files::replace(&self.to, bytes).map_err(|error| {
            Diagnostic::new(Exit::Unexpected, format!("could not write {}", self.to.display()))
                .cause(error.to_string())
        })
    }

    /// Prints what a run without `--dry-run` would write.
    pub(super) fn preview(&self, ui: &Ui) {
        ui.say(&format!("{} would become {}", self.from.display(), self.to.display()));
        ui.object("would_write", serde_json::json!({ "from": self.from, "to": self.to }));
    }
}

pub(super) fn finding(file: &Path, what: impl Into<String>, hint: &str) -> Finding {
    Finding {
        file: file.display().to_string(),
        line: None,
        severity: Severity::Error,
        message: what.into(),
        hint: Some(hint.to_owned()),
    }
}

/// Returns all results, or the errors of all files.
pub(super) fn all<T>(each: impl Iterator<Item = Result<T, Finding>>) -> Result<Vec<T>, Diagnostic> {
    let (mut good, mut findings) = (Vec::new(), Vec::new());
    for one in each {
        match one {
            Ok(one) => good.push(one),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() { Ok(good) } else { Err(Diagnostic::data_files("nothing was written", &findings)) }
}
