//! Checks for keys of services in texts, which visitors could read.

use std::sync::LazyLock;

use crate::{
    finding::Finding,
    pattern::{Pattern, pattern},
};

/// Keys of OpenAI and Anthropic, AWS, GitHub, Google and Slack, and private keys.
static KEY: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\b(?:sk-[A-Za-z0-9_-]{32}|(?:AKIA|ASIA)[0-9A-Z]{16}\b|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50}",
        r"|AIza[0-9A-Za-z_-]{35}|xox[abpr]-[0-9A-Za-z-]{20})|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----",
    ])
});

pub(super) fn check(file: &str, text: &str) -> Option<Finding> {
    // The key in the documentation of AWS.
    let found = KEY.find_iter(text).find(|found| !found.as_str().ends_with("EXAMPLE"))?;
    let line = text[..found.start()].matches('\n').count() + 1;
    let hint = "remove it, and replace the key if the file was ever uploaded: visitors could read it";
    Some(Finding::error(file, Some(line), "contains a key of a service", hint))
}
