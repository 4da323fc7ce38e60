//! Step `kill`: deployments that are killed after some of their writes.

use anyhow::Result;

use crate::acceptance::assumption::Assumption;
use crate::acceptance::context::{Context, list};
use crate::acceptance::twinctl::{ENVIRONMENT, words};

/// Each deployment is killed after this number of writes. The first write takes the lock.
const WRITES: [usize; 3] = [1, 3, 5];

pub(super) fn run(context: &mut Context) -> Result<()> {
    let (mut killed, mut completed) = (0, 0);
    let mut failures = Vec::new();
    for writes in WRITES {
        context.change_function();
        context.settings.page = if context.settings.page == "Second" { "Third" } else { "Second" };
        context.write_files()?;
        let mut running = context.twinctl.start(&words(&context.twinctl.deployment()), None)?;
        if !running.wait_for_writes(writes) {
            running.finish()?;
            continue;
        }
        running.kill()?;
        killed += 1;
        // It does not wait for the lock, so it fails if it cannot take the lock over at once.
        match context.deploy() {
            Ok(_) => completed += 1,
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    let status = context.twinctl.run(&["status", ENVIRONMENT])?;
    let holds = killed > 0 && completed == killed && status.code == Some(0);
    let evidence = format!(
        "{completed} of {killed} were completed; `status` exits with {}; failures: {}",
        status.exit(),
        list(&failures)
    );
    context.findings.record(Assumption::KilledDeploy, holds, &evidence);
    context.findings.record(Assumption::KilledLock, killed > 0 && completed == killed, &evidence);
    Ok(())
}
