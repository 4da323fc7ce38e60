//! Observe, plan and converge a graph of resources: no cloud, no terminal, no YAML.
//!
//! A [`Resource`] says how one thing is found, compared, pushed and deleted. A [`Graph`] says which things there are
//! and which output feeds which. The engine does the rest: it observes everything in parallel, works out a [`Plan`]
//! that is plain data, and walks it, starting whatever is free. Nothing is remembered between runs.

mod cadence;
mod change;
mod engine;
mod event;
mod fault;
mod graph;
mod halt;
mod inputs;
mod node;
mod plan;
mod report;
mod resource;
mod settle;
pub mod testing;
mod walk;

pub use cadence::Cadence;
pub use change::{Change, Changes};
pub use engine::{Apply, Engine, Waits};
pub use event::{Event, Observer, Silent};
pub use fault::{Class, Fault};
pub use graph::Graph;
pub use halt::{Halt, HaltReason};
pub use inputs::{After, Early, Handle, Inputs};
pub use plan::{Action, Choices, Plan, Planned};
pub use report::{Failure, Outcome, Phase, Problem, Report};
pub use resource::{Ownership, Pushed, Removed, Resource, Status, Wait};
