//! A run: its steps, the cleanup after them, and the report.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;

use super::assumption::{Assumption, Step};
use super::context::Context;
use super::finding::Verdict;
use super::leftovers::{self, Shared};
use super::report::Report;
use super::steps;
use crate::command::{program, read};

#[derive(Debug)]
pub(super) struct Run {
    pub(super) steps: Vec<Step>,
    /// Whether to keep the twin.
    pub(super) keep: bool,
    pub(super) report: PathBuf,
}

impl Run {
    /// Runs the steps and deletes what they created, also after a failure or a signal. Writes the report. Fails if AWS
    /// contradicted an assumption, or if something is left behind.
    pub(super) fn carry_out(&self, context: &mut Context) -> Result<Report> {
        let started = Instant::now();
        let shared = Shared::read(context)?;
        let prepared = self.prepare(context, shared);
        let mut obstacle = prepared.as_ref().err().map(|error| format!("the preparation failed: {error:#}"));
        for step in Step::value_variants() {
            obstacle = obstacle
                .or_else(|| context.interrupt.check().err().map(|_| "the run was interrupted".to_owned()));
            let reason = obstacle.clone().unwrap_or_else(|| self.step(*step, context, shared));
            context.findings.complete(*step, &reason);
            // The other steps need a twin.
            if *step == Step::Deploy && context.findings.contradict(Assumption::FirstDeploy) {
                obstacle = Some("the first deployment failed".to_owned());
            }
        }
        let was_interrupted = context.interrupt.arrived();
        context.interrupt.clear();
        let left = if self.keep { leftovers::find_all(context, shared) } else { delete(context, shared) };
        for left in &left {
            eprintln!("  left behind: {left}");
        }
        let commit = read(&mut program("git", &["rev-parse", "--short", "HEAD"])).unwrap_or_default();
        let emulator = context.target.emulator.as_ref().map(|_| "emulator".to_owned());
        let report = Report {
            date: read(&mut program("date", &["-u", "+%F"]))?.trim().to_owned(),
            commit: commit.trim().to_owned(),
            place: emulator.unwrap_or_else(|| context.target.region.clone()),
            seconds: started.elapsed().as_secs(),
            left: left.iter().map(|left| context.findings.redactor.redact(left)).collect(),
            findings: context.findings.in_order(),
        };
        self.conclude(&report)?;
        prepared?;
        ensure!(!was_interrupted, "the run was interrupted");
        Ok(report)
    }

    /// Deletes what an earlier run left, or deploys the twin that the first step needs.
    fn prepare(&self, context: &mut Context, shared: Shared) -> Result<()> {
        match self.steps.first() {
            Some(Step::Deploy) if !leftovers::find(context, shared)?.is_empty() => {
                let left = delete(context, shared);
                if !left.is_empty() {
                    bail!("an earlier run left {}", left.join(", "));
                }
                Ok(())
            }
            Some(Step::Deploy | Step::Destroy) | None => context.write_files(),
            Some(_) => {
                eprintln!("\n== preparation");
                context.deploy().map(drop)
            }
        }
    }

    /// Runs a step if it was chosen. Returns the reason for what it did not test.
    fn step(&self, step: Step, context: &mut Context, shared: Shared) -> String {
        let assumptions = Assumption::value_variants().iter().filter(|one| one.step() == step);
        for assumption in assumptions.filter(|_| context.target.is_emulated()) {
            if let Some(reason) = assumption.not_emulated() {
                context.findings.not_tested(*assumption, reason);
            }
        }
        if !self.steps.contains(&step) {
            return "the step was not chosen".to_owned();
        }
        eprintln!("\n== {}", step.name());
        match steps::run(step, context, shared) {
            Ok(()) => "the step found nothing".to_owned(),
            Err(error) => format!("the step failed: {error:#}"),
        }
    }

    fn conclude(&self, report: &Report) -> Result<()> {
        let [markdown, json] = report.write(&self.report)?;
        eprintln!("\n{}\n{} and {}", report.summary(), markdown.display(), json.display());
        if report.count(Verdict::Contradicted) > 0 {
            bail!("AWS contradicted an assumption; see the report");
        }
        if !self.keep && !report.left.is_empty() {
            bail!("not everything was deleted; try again with `cargo xtask acceptance --steps destroy`");
        }
        Ok(())
    }
}

fn delete(context: &mut Context, shared: Shared) -> Vec<String> {
    eprintln!("\n== cleanup");
    leftovers::delete(context, shared)
}
