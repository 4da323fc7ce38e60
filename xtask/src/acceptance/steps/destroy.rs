//! Step `destroy`: a killed destroy, and the one that completes it.

use std::time::Duration;

use anyhow::Result;

use crate::acceptance::assumption::Assumption;
use crate::acceptance::context::{Context, list};
use crate::acceptance::leftovers::{self, Shared};
use crate::acceptance::twinctl::DESTROY;

/// The number of writes after which the first destroy is killed. The first write takes the lock.
const WRITES: usize = 4;

/// The time after which a log line that was still being delivered would have created the log group again.
const LATE_LOGS: Duration = Duration::from_mins(1);

pub(super) fn run(context: &mut Context, shared: Shared) -> Result<()> {
    let mut running = context.twinctl.start(&DESTROY, None)?;
    let was_killed = running.wait_for_writes(WRITES);
    let first = if was_killed { running.kill()? } else { running.finish()? };
    let second = context.twinctl.run(&DESTROY)?;
    let evidence = format!(
        "killed after {} writes; the next one took {}; {}",
        first.writes(),
        second.seconds(),
        second.failure()
    );
    context.findings.record(Assumption::KilledDestroy, was_killed && second.code == Some(0), &evidence);
    if !context.target.is_emulated() {
        context.interrupt.pause(LATE_LOGS)?;
    }
    let left = leftovers::delete(context, shared);
    let evidence = format!("left: {}", list(&left));
    context.findings.record(Assumption::NothingLeft, left.is_empty(), &evidence);
    Ok(())
}
