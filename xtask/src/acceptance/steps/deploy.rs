//! Step `deploy`: a first deployment.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::acceptance::assumption::Assumption;
use crate::acceptance::calls::{count, statuses};
use crate::acceptance::context::{Context, list};
use crate::acceptance::twinctl::{ENVIRONMENT, Outcome, words};

const MOST_CALLS: usize = 150;
const LONGEST: Duration = Duration::from_mins(15);

pub(super) fn run(context: &mut Context) -> Result<()> {
    context.write_files()?;
    // Builds the function, which is not part of the first deployment's time.
    let plan = [vec!["plan", ENVIRONMENT], words(&context.twinctl.function)].concat();
    context.twinctl.succeed(&plan)?;
    let outcome = context.twinctl.run(&words(&context.twinctl.deployment()))?;
    context.note_address(&outcome);
    let succeeded = outcome.code == Some(0);
    let evidence = if succeeded { outcome.seconds() } else { outcome.failure() };
    context.findings.record(Assumption::FirstDeploy, succeeded, &evidence);
    if !succeeded {
        bail!("the first deployment failed");
    }
    figures(context, &outcome);
    errors(context, &outcome);
    let status = context.twinctl.run(&["status", ENVIRONMENT])?;
    let drift = list(&status.changed_nodes());
    let evidence = format!("`status` exits with {}; different: {drift}", status.exit());
    context.findings.record(Assumption::NoDriftAfterDeploy, status.code == Some(0), &evidence);
    if let Some(reason) = Assumption::LoginProfile.not_emulated() {
        context.findings.not_tested(Assumption::LoginProfile, reason);
    }
    Ok(())
}

fn figures(context: &mut Context, outcome: &Outcome) {
    let (calls, all) = (count(&outcome.calls), outcome.calls.len());
    let evidence = format!("{calls} calls, and {} polls and renewals", all - calls);
    context.findings.record(Assumption::FirstDeployCalls, calls <= MOST_CALLS, &evidence);
    context.findings.record(Assumption::FirstDeployTime, outcome.took <= LONGEST, &outcome.seconds());
}

/// Records the errors that AWS returned and twinctl retried.
fn errors(context: &mut Context, outcome: &Outcome) {
    let aliases: Vec<_> = outcome.calls.iter().filter(|call| call.is_write()).cloned().collect();
    let aliases = statuses(&aliases, "/aliases");
    let texts: Vec<_> = aliases.iter().map(ToString::to_string).collect();
    let accepted = aliases.last().is_some_and(|status| *status < 300);
    let evidence = format!("CreateAlias was answered with {}", list(&texts));
    context.findings.record(Assumption::AliasOfPendingVersion, accepted, &evidence);

    let all = outcome.retries();
    let retried = |parts: &[&str]| {
        let matching = all.iter().filter(|(_, error)| parts.iter().any(|part| error.contains(part)));
        matching.map(|(class, error)| format!("{class}: {error}")).collect::<Vec<_>>()
    };
    let mut stale = retried(&["NoSuchBucket", "NoSuchTagSet"]);
    // A write to a bucket that was just created, which names one of its settings.
    let refused = outcome.calls.iter().filter(|call| call.is_write() && call.status == Some(404));
    stale.extend(
        refused.filter(|call| call.what.starts_with("s3 ")).map(|_| "s3 write refused with 404".to_owned()),
    );
    context.record_if_seen(Assumption::StaleBucket, &stale);
    context.record_if_seen(Assumption::DeniedAfterCreate, &retried(&["AccessDenied"]));
    context.record_if_seen(Assumption::NewRole, &retried(&["assume", "execution role"]));
}
