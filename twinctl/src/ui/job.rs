//! What a job of GitHub Actions is told besides its log: annotations, and what its page shows.

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

/// The job that a run is part of.
pub(super) struct Job {
    people: Arc<Stream>,
    /// None where nobody shows a page.
    summary: Option<Arc<Summary>>,
}

impl Job {
    /// `None` where no runner reads what is said to `people`.
    pub(super) fn of(people: &Arc<Stream>, summary: Option<Arc<Summary>>) -> Option<Arc<Self>> {
        let job = || Arc::new(Self { people: Arc::clone(people), summary });
        (people.reader() == Reader::Runner).then(job)
    }

    /// Hears what `show` hears.
    pub(super) fn beside(&self, show: Arc<dyn Show>) -> Arc<dyn Observer> {
        match &self.summary {
            Some(summary) => Arc::new(Both { show, summary: Arc::clone(summary) }),
            None => show,
        }
    }

    pub(super) fn plan(&self, view: &PlanView<'_>) {
        self.page(|page| page.plan(view));
    }

    pub(super) fn address(&self, url: &str) {
        self.page(|page| page.address(url));
    }

    pub(super) fn warning(&self, text: &str) {
        self.people.order(&annotation(Level::Warning, text));
        self.page(|page| page.warning(text));
    }

    /// At its lines of the repository, else with the run.
    pub(super) fn error(&self, diagnostic: &Diagnostic) {
        let spots = diagnostic.spots.iter().map(|spot| annotation_at(Level::Error, spot));
        let sentence = strip_str(&diagnostic.sentence()).to_string();
        let whole = diagnostic.spots.is_empty().then(|| annotation(Level::Error, &sentence));
        for line in spots.chain(whole) {
            self.people.order(&line);
        }
        self.page(|page| page.error(diagnostic));
    }

    /// Nothing more comes. That the page cannot be written is no failure of the run.
    pub(super) fn ended(&self, exit: Exit) {
        let written = self.summary.as_ref().map(|page| page.write(exit));
        if let Some(Err(error)) = written {
            self.people.line(&format!("the summary of the job could not be written: {error}"));
        }
    }

    fn page(&self, tell: impl FnOnce(&Summary)) {
        if let Some(summary) = &self.summary {
            tell(summary);
        }
    }
}

/// Passes on what happens to both.
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
