//! Step `pause`: a deployment is stopped, as a suspended laptop is, while another one takes over.

use anyhow::{Result, bail};

use crate::acceptance::assumption::Assumption;
use crate::acceptance::calls::Call;
use crate::acceptance::context::Context;
use crate::acceptance::twinctl::{ENVIRONMENT, words};

/// The number of writes after which it is stopped. The first write takes the lock.
const WRITES: usize = 2;

pub(super) fn run(context: &mut Context) -> Result<()> {
    context.change_function();
    context.settings.page = "Fourth";
    context.write_files()?;
    let mut stopped = context.twinctl.start(&words(&context.twinctl.deployment()), None)?;
    if !stopped.wait_for_writes(WRITES) {
        bail!("the deployment made less than {WRITES} writes");
    }
    stopped.signal("-STOP")?;
    let deployment = context.twinctl.deployment();
    let other = context.twinctl.run(&[words(&deployment), vec!["--lock-wait", "5m"]].concat());
    let before = stopped.printed_lines();
    stopped.signal("-CONT")?;
    let (other, first) = (other?, stopped.finish()?);
    // Calls that took minutes were already in progress when the process was stopped. Writes to the lock table are
    // conditional. Neither counts.
    let is_late = |call: &&Call| {
        call.is_write() && call.succeeded() && !call.took_minutes && !call.what.starts_with("dynamodb")
    };
    let late = Call::all(&first.lines[before..]).iter().filter(is_late).count();
    let evidence = format!(
        "the other deployment took over and exited with {} after {}; the stopped one made {late} writes, and then: {}",
        other.exit(),
        other.seconds(),
        first.failure()
    );
    context.findings.record(Assumption::PausedDeploy, other.code == Some(0) && late == 0, &evidence);
    let status = context.twinctl.run(&["status", ENVIRONMENT])?;
    if status.code != Some(0) {
        bail!("after the pause, `status` exits with {}", status.exit());
    }
    Ok(())
}
