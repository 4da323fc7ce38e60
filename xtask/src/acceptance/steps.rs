//! The steps of a run. Each records findings; an error ends the step.

mod chat;
mod ci;
mod deploy;
mod destroy;
mod domain;
mod drift;
mod kill;
mod model;
mod pause;
mod unchanged;
mod update;
mod upload;

use anyhow::Result;

use super::assumption::Step;
use super::context::Context;
use super::leftovers::Shared;

pub(super) fn run(step: Step, context: &mut Context, shared: Shared) -> Result<()> {
    match step {
        Step::Deploy => deploy::run(context),
        Step::Chat => chat::run(context),
        Step::Unchanged => unchanged::run(context),
        Step::Update => update::run(context),
        Step::Drift => drift::run(context),
        Step::Kill => kill::run(context),
        Step::Pause => pause::run(context),
        Step::Upload => upload::run(context),
        Step::Model => model::run(context),
        Step::Domain => domain::run(context),
        Step::Ci => ci::run(context),
        Step::Destroy => destroy::run(context, shared),
    }
}
