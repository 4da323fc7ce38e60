//! The GitHub Actions job summary of a run.

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
use crate::system::{clock::human_duration, host::variable};

/// The maximum length of the plan in a summary. GitHub drops summaries above 1 MiB; 64 KiB are reserved for headings and
/// errors.
const LIMIT: usize = (1 << 20) - (64 << 10);
/// Longer errors are truncated.
const LONGEST_ERROR: usize = 16 << 10;

/// Collects the events and messages of a run, and writes the summary at its end.
#[derive(Debug)]
pub(crate) struct Summary {
    file: PathBuf,
    begun: Instant,
    collected: Mutex<Collected>,
}

#[derive(Debug, Default)]
struct Collected {
    plan: Option<Planned>,
    ended: Vec<(&'static str, Outcome, Duration)>,
    address: Option<String>,
    warnings: Vec<String>,
    error: Option<Diagnostic>,
}

/// A plan that was printed.
#[derive(Debug)]
struct Planned {
    title: String,
    plan: Plan,
    notes: Vec<String>,
    took: Duration,
    verb: Verb,
}

impl Summary {
    /// Returns `None` if the runner sets no file for the summary.
    pub(crate) fn of_job() -> Option<Arc<Self>> {
        Some(Self::in_file(variable("GITHUB_STEP_SUMMARY")?.into()))
    }

    fn in_file(file: PathBuf) -> Arc<Self> {
        Arc::new(Self { file, begun: Instant::now(), collected: Mutex::default() })
    }

    /// Sets the plan. The last plan replaces earlier ones.
    pub(crate) fn plan(&self, view: &PlanView<'_>) {
        self.collected().plan = Some(Planned {
            title: view.title.clone(),
            plan: view.plan.clone(),
            notes: view.notes.clone(),
            took: view.took,
            verb: view.verb,
        });
    }

    pub(crate) fn address(&self, url: &str) {
        self.collected().address = Some(url.to_owned());
    }

    pub(crate) fn warning(&self, text: &str) {
        self.collected().warnings.push(text.to_owned());
    }

    pub(crate) fn error(&self, diagnostic: &Diagnostic) {
        self.collected().error = Some(diagnostic.clone());
    }

    /// Appends the summary to the runner's file, which may contain summaries of earlier commands in the same step.
    pub(crate) fn write(&self, exit: Exit) -> std::io::Result<()> {
        let written = std::fs::metadata(&self.file).map_or(0, |metadata| metadata.len());
        let room = LIMIT.saturating_sub(usize::try_from(written).unwrap_or(usize::MAX));
        let text = self.collected().markdown(exit, self.begun.elapsed(), room);
        if text.is_empty() || text.len() > room {
            return Ok(());
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file)?;
        file.write_all(text.as_bytes())
    }

    fn collected(&self) -> MutexGuard<'_, Collected> {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Summary {
    fn on(&self, event: Event) {
        if let Event::Finished { node, outcome, took } = event {
            self.collected().ended.push((node, outcome, took));
        }
    }
}

impl Collected {
    /// Renders the summary. Returns an empty text if there was neither a plan nor an error.
    fn markdown(&self, exit: Exit, took: Duration, room: usize) -> String {
        if self.plan.is_none() && self.error.is_none() {
            return String::new();
        }
        let (mark, words) = result(exit);
        let mut text = format!("### {mark} {}\n\n{words} · {}\n\n", self.title(), human_duration(took));
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
            Verb::Rollback => "Rollback",
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
        let mut text = "| | resource | | time |\n|---|---|---|---|\n".to_owned();
        for (node, outcome, took) in &self.ended {
            let done = words::done(outcome);
            let _ = writeln!(text, "| {} | {node} | {} | {} |", done.mark, done.word, human_duration(*took));
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
            _ => format!("\n{left_out} lines are omitted here; `--json` prints all of them.\n"),
        };
        if self.ended.is_empty() {
            return format!("{text}{left_out}\n");
        }
        format!("<details><summary>Plan</summary>\n\n{text}{left_out}\n</details>\n\n")
    }
}

const fn result(exit: Exit) -> (char, &'static str) {
    match exit {
        Exit::Done => ('✓', "done"),
        Exit::Pending => ('~', "changes are pending"),
        Exit::Interrupted => ('·', "interrupted"),
        Exit::Locked => ('✗', "another process holds the lock"),
        Exit::Access => ('✗', "credentials or permissions are missing"),
        Exit::Unhealthy => ('✗', "the twin is unhealthy or does not exist"),
        Exit::Unexpected | Exit::Usage | Exit::Environment | Exit::Failed => ('✗', "failed"),
    }
}

#[cfg(test)]
mod tests;
