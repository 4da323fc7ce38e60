//! The engine on the fake cloud.

mod any_graph;
mod crash;
mod failures;
mod place;
mod walk;
