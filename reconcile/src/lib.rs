//! Observes, plans and converges a graph of resources. Knows no particular cloud, terminal or file format.
//!
//! A [`Resource`] implements how one kind of resource is read, compared, written and deleted. A [`Graph`] lists the
//! resources and the outputs they take from each other. The [`Engine`] observes all of them in parallel, computes a
//! [`Plan`], which is plain data, and applies it in parallel. Nothing is stored between runs.

mod backoff;
mod change;
mod converge;
mod engine;
mod entry;
mod event;
mod fault;
mod graph;
mod halt;
mod inputs;
mod node;
mod plan;
mod report;
mod resource;
mod run;
pub mod testing;
mod walk;

pub use backoff::Backoff;
pub use change::{Change, Changes};
pub use engine::{Apply, Engine};
pub use event::{Event, Observer, Silent};
pub use fault::{Class, Fault};
pub use graph::Graph;
pub use halt::{Halt, HaltReason};
pub use inputs::{After, Early, Handle, Inputs};
pub use plan::{Action, Choices, Plan, Planned};
pub use report::{Failure, Outcome, Phase, Problem, Report};
pub use resource::{Ownership, Pushed, Removed, Resource, Status, Wait};
pub use run::Waits;
