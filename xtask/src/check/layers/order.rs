//! The one table of fixed orders.

/// This file, for messages.
pub(super) const TABLE: &str = file!();

/// The top modules of twinctl, from top to bottom. ARCHITECTURE.md explains them.
const TWINCTL: [&str; 13] = [
    "main",
    "lib",
    "commands",
    "doctor",
    "ci",
    "init",
    "run",
    "targets",
    "twin",
    "artifacts",
    "spec",
    "ui",
    "system",
];

/// The fixed order of a crate's top modules, if it has one. Elsewhere any order without a cycle will do.
pub(super) fn of(name: &str) -> Option<&'static [&'static str]> {
    (name == "twinctl").then_some(TWINCTL.as_slice())
}
