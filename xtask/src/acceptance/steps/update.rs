//! Step `update`: a good release, one that does not start, and another origin secret.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::acceptance::assumption::Assumption;
use crate::acceptance::calls::succeeded_before;
use crate::acceptance::context::{Context, waited};
use crate::acceptance::twinctl::ENVIRONMENT;

/// A program that exits at once, so that no version with it can answer.
const BROKEN: &str = "/bin/true";

/// The exit code for an invalid file: the program cannot run on Lambda at all.
const INVALID: i32 = 3;

pub(super) fn run(context: &mut Context) -> Result<()> {
    context.change_function();
    context.settings.page = "Second";
    let outcome = context.deploy()?;
    let in_order = succeeded_before(&outcome.calls, "/invocations", "/aliases/live");
    let evidence = if in_order { "Invoke succeeded before UpdateAlias" } else { "UpdateAlias came first" };
    context.findings.record(Assumption::HealthBeforeLive, in_order, evidence);
    let took = context.wait_for_page("Second page.", Duration::from_mins(1))?;
    context.findings.record(Assumption::NewPage, took.is_some(), &waited(took, "not within a minute"));
    broken(context)?;
    rotation(context)
}

fn rotation(context: &mut Context) -> Result<()> {
    let rotated = context.twinctl.run(&["secret", "rotate", ENVIRONMENT, "origin"])?;
    let (chat, answer, _) = context.chat("What is your email?", None)?;
    let answers = answer.contains(context.settings.email);
    let evidence = format!(
        "{} after {}; then a question had exit code {}",
        rotated.failure(),
        rotated.seconds(),
        chat.exit()
    );
    context.findings.record(Assumption::OriginRotation, rotated.code == Some(0) && answers, &evidence);
    Ok(())
}

fn broken(context: &mut Context) -> Result<()> {
    if !Path::new(BROKEN).exists() {
        context
            .findings
            .not_tested(Assumption::BrokenRelease, "this machine has no program that exits at once");
        return Ok(());
    }
    let outcome = context.twinctl.run(&["deploy", ENVIRONMENT, "--yes", "--lambda-binary", BROKEN])?;
    if outcome.code == Some(INVALID) {
        context.findings.not_tested(Assumption::BrokenRelease, &outcome.failure());
        return Ok(());
    }
    let (chat, answer, _) = context.chat("What is your email?", None)?;
    let answers = answer.contains(context.settings.email);
    let evidence = format!("{}; then a question had exit code {}", outcome.failure(), chat.exit());
    context.findings.record(Assumption::BrokenRelease, outcome.code != Some(0) && answers, &evidence);
    context.deploy().map(drop)
}
