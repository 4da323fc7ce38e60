//! Step `unchanged`: a deployment that changes nothing.

use anyhow::Result;

use crate::acceptance::assumption::Assumption;
use crate::acceptance::calls::count;
use crate::acceptance::context::Context;

const MOST_CALLS: usize = 50;

pub(super) fn run(context: &mut Context) -> Result<()> {
    let outcome = context.deploy()?;
    let (writes, calls) = (outcome.writes(), count(&outcome.calls));
    let evidence = format!("{writes} writes in {}", outcome.seconds());
    context.findings.record(Assumption::UnchangedWritesNothing, writes == 0, &evidence);
    context.findings.record(Assumption::UnchangedCalls, calls <= MOST_CALLS, &format!("{calls} calls"));
    Ok(())
}
