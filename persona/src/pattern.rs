//! Patterns that are constants of this crate.

use std::sync::LazyLock;

use regex::Regex;

/// Compiled when it is first asked for.
pub(crate) type Pattern = LazyLock<Regex>;

/// One pattern of several parts.
pub(crate) fn pattern(parts: &[&str]) -> Regex {
    #[expect(clippy::expect_used, reason = "every pattern is a constant, and the tests use them all")]
    Regex::new(&parts.concat()).expect("a pattern compiles")
}
