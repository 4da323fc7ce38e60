//! Regular expressions that are constants of this crate.

use std::sync::LazyLock;

use regex::Regex;

/// A regular expression that is compiled on first use.
pub(crate) type Pattern = LazyLock<Regex>;

/// Compiles the concatenation of `parts`.
pub(crate) fn pattern(parts: &[&str]) -> Regex {
    #[expect(clippy::expect_used, reason = "every pattern is a constant, and the tests use them all")]
    Regex::new(&parts.concat()).expect("a pattern compiles")
}
