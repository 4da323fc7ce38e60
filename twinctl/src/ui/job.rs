//! Output for a GitHub Actions job besides its log: annotations and the job summary.

use std::sync::Arc;

use anstream::adapter::strip_str;
use reconcile::{Event, Observer};

use super::{
    diagnostic::Diagnostic,
    exit::Exit,
    github::annotations::{Level, annotation, annotation_at},
    plan_text::PlanView,
    show::Show,
    stream::{Reader, Stream},
    summary::Summary,
};

/// The GitHub Actions job that this command is part of.
pub(super) struct Job {
    people: Arc<Stream>,
    /// `None` if the runner sets no file for the summary.
    summary: Option<Arc<Summary>>,
}

impl Job {
    /// Returns `None` if twinctl does not run in GitHub Actions.
    pub(super) fn of(people: &Arc<Stream>, summary: Option<Arc<Summary>>) -> Option<Arc<Self>> {
        let job = || Arc::new(Self { people: Arc::clone(people), summary });
        (people.reader() == Reader::Runner).then(job)
    }

    /// Returns an observer that passes each event to `show` and to the summary.
    pub(super) fn beside(&self, show: Arc<dyn Show>) -> Arc<dyn Observer> {
        match &self.summary {
            Some(summary) => Arc::new(Both { show, summary: Arc::clone(summary) }),
            None => show,
        }
    }

    pub(super) fn plan(&self, view: &PlanView<'_>) {
        self.collect(|summary| summary.plan(view));
    }

    pub(super) fn address(&self, url: &str) {
        self.collect(|summary| summary.address(url));
    }

    pub(super) fn warning(&self, text: &str) {
        self.people.workflow_command(&annotation(Level::Warning, text));
        self.collect(|summary| summary.warning(text));
    }

    /// Annotates the lines of the repository that caused the error, or else the run.
    pub(super) fn error(&self, diagnostic: &Diagnostic) {
        let locations = diagnostic.locations.iter().map(|location| annotation_at(Level::Error, location));
        let sentence = strip_str(&diagnostic.sentence()).to_string();
        let whole = diagnostic.locations.is_empty().then(|| annotation(Level::Error, &sentence));
        for line in locations.chain(whole) {
            self.people.workflow_command(&line);
        }
        self.collect(|summary| summary.error(diagnostic));
    }

    /// Writes the summary. A failure to write it does not fail the run.
    pub(super) fn write_summary(&self, exit: Exit) {
        let written = self.summary.as_ref().map(|summary| summary.write(exit));
        if let Some(Err(error)) = written {
            self.people.line(&format!("could not write the job summary: {error}"));
        }
    }

    fn collect(&self, add: impl FnOnce(&Summary)) {
        if let Some(summary) = &self.summary {
            add(summary);
        }
    }
}

/// Passes events to two observers.
struct Both {
    show: Arc<dyn Show>,
    summary: Arc<Summary>,
}

impl Observer for Both {
    fn on(&self, event: Event) {
        self.summary.on(event.clone());
        self.show.on(event);
    }
}
