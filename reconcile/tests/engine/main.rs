//! Tests of the engine with a fake cloud.

mod any_graph;
mod crash;
mod failures;
mod fake;
mod stack;
mod walk;
