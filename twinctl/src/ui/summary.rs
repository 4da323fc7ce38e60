//! What a run amounts to, on the page of its job.

use std::{
    fmt::Write as _,
    fs::OpenOptions,
    io::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anstream::adapter::strip_str;
use reconcile::{Event, Observer, Outcome, Plan};
use tokio::time::Instant;

use super::{
    diagnostic::Diagnostic,
    exit::Exit,
    github::markdown::{block, code, without_accounts},
    plan_text::{Fitted, PlanView, Verb, markdown},
    words,
};
use crate::system::{clock::spoken, host::variable};

/// GitHub takes a mebibyte from each step and shows nothing of one that is larger; headings and errors need room too.
const LIMIT: usize = (1 << 20) - (64 << 10);
/// No error is so long that more of it helps.
const LONGEST_ERROR: usize = 16 << 10;

/// Collects while the run goes on.
#[derive(Debug)]
pub(crate) struct Summary {
    file: PathBuf,
    begun: Instant,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    plan: Option<Planned>,
    ended: Vec<(&'static str, Outcome, Duration)>,
    address: Option<String>,
    warnings: Vec<String>,
    error: Option<Diagnostic>,
}

/// A plan as it was shown.
#[derive(Debug)]
struct Planned {
    title: String,
    plan: Plan,
    notes: Vec<String>,
    took: Duration,
    verb: Verb,
}

impl Summary {
    /// `None` where nobody asks for one.
    pub(crate) fn of_job() -> Option<Arc<Self>> {
        Some(Self::in_file(variable("GITHUB_STEP_SUMMARY")?.into()))
    }

    fn in_file(file: PathBuf) -> Arc<Self> {
        Arc::new(Self { file, begun: Instant::now(), told: Mutex::default() })
    }

    /// The plan that was shown last is the one that counts.
    pub(crate) fn plan(&self, view: &PlanView<'_>) {
        self.told().plan = Some(Planned {
            title: view.title.clone(),
            plan: view.plan.clone(),
            notes: view.notes.clone(),
            took: view.took,
            verb: view.verb,
        });
    }

    pub(crate) fn address(&self, url: &str) {
        self.told().address = Some(url.to_owned());
    }

    pub(crate) fn warning(&self, text: &str) {
        self.told().warnings.push(text.to_owned());
    }

    pub(crate) fn error(&self, diagnostic: &Diagnostic) {
        self.told().error = Some(diagnostic.clone());
    }

    /// Adds itself to the job's page. What other commands of the same step have written stays.
    pub(crate) fn write(&self, exit: Exit) -> std::io::Result<()> {
        let written = std::fs::metadata(&self.file).map_or(0, |metadata| metadata.len());
        let room = LIMIT.saturating_sub(usize::try_from(written).unwrap_or(usize::MAX));
        let text = self.told().markdown(exit, self.begun.elapsed(), room);
        if text.is_empty() || text.len() > room {
            return Ok(());
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file)?;
        file.write_all(text.as_bytes())
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Summary {
    fn on(&self, event: Event) {
        if let Event::Finished { node, outcome, took } = event {
            self.told().ended.push((node, outcome, took));
        }
    }
}

impl Told {
    /// Nothing where nothing was told that is worth a page.
    fn markdown(&self, exit: Exit, took: Duration, room: usize) -> String {
        if self.plan.is_none() && self.error.is_none() {
            return String::new();
        }
        let (mark, words) = ended(exit);
        let mut text = format!("### {mark} {}\n\n{words} · {}\n\n", self.title(), spoken(took));
        if let Some(address) = &self.address {
            let _ = writeln!(text, "<{address}>\n");
        }
        if let Some(error) = &self.error {
            let error = strip_str(&error.render()).to_string();
            let end = error.floor_char_boundary(LONGEST_ERROR);
            text.push_str(&block(&without_accounts(&error[..end])));
            text.push('\n');
        }
        if !self.warnings.is_empty() {
            let _ = writeln!(text, "Warnings:\n\n{}", block(&without_accounts(&self.warnings.join("\n"))));
        }
        text.push_str(&self.outcomes());
        let planned = self.planned(room.saturating_sub(text.len()));
        text + &planned
    }

    fn title(&self) -> String {
        let Some(planned) = &self.plan else { return "twinctl".to_owned() };
        let verb = match planned.verb {
            Verb::Deploy if self.ended.is_empty() => "Plan",
            Verb::Deploy => "Deploy",
            Verb::Destroy => "Destroy",
            Verb::Status => "Status",
            Verb::Upload => "Upload",
        };
        format!("{verb} of {}", code(&without_accounts(&planned.title)))
    }

    fn outcomes(&self) -> String {
        if self.ended.is_empty() {
            return String::new();
        }
        let mut text = "| | thing | | time |\n|---|---|---|---|\n".to_owned();
        for (node, outcome, took) in &self.ended {
            let done = words::done(outcome);
            let _ = writeln!(text, "| {} | {node} | {} | {} |", done.mark, done.word, spoken(*took));
        }
        text.push('\n');
        text
    }

    fn planned(&self, room: usize) -> String {
        let Some(Planned { title, plan, notes, took, verb }) = &self.plan else { return String::new() };
        let (title, notes) = (title.clone(), notes.clone());
        let view = PlanView { title, plan, notes, took: *took, verb: *verb, details: true };
        let Fitted { text, left_out } = markdown(&view, room.saturating_sub(1 << 10));
        let left_out = match left_out {
            0 => String::new(),
            _ => format!("\n{left_out} lines are left out here; `--json` tells them all.\n"),
        };
        if self.ended.is_empty() {
            return format!("{text}{left_out}\n");
        }
        format!("<details><summary>What was planned</summary>\n\n{text}{left_out}\n</details>\n\n")
    }
}

const fn ended(exit: Exit) -> (char, &'static str) {
    match exit {
        Exit::Done => ('✓', "done"),
        Exit::Pending => ('~', "changes are pending"),
        Exit::Interrupted => ('·', "interrupted"),
        Exit::Locked => ('✗', "somebody else holds the lock"),
        Exit::Access => ('✗', "credentials or rights are missing"),
        Exit::Unhealthy => ('✗', "the twin does not answer as it should"),
        Exit::Unexpected | Exit::Usage | Exit::Environment | Exit::Failed => ('✗', "failed"),
    }
}

#[cfg(test)]
mod tests;
