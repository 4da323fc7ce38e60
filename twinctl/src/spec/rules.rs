//! Rules for names, addresses and colors, and their error messages.

pub(super) mod aws;
pub(super) mod domain;
pub(super) mod web;

use std::ops::RangeInclusive;
use std::time::Duration;

/// Why a value is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: {expected}")]
pub struct InvalidValue {
    /// The error, as a lowercase fragment.
    pub message: String,
    /// The expected form, short enough to be printed next to the underlined text.
    pub expected: String,
    pub help: Option<String>,
}

type Verdict = Result<(), InvalidValue>;

/// Returns an error unless the value is `valid`. `noun` names its kind, without an article.
fn check(valid: bool, text: &str, noun: &str, expected: &str) -> Verdict {
    if valid {
        return Ok(());
    }
    let message =
        if text.is_empty() { format!("the {noun} is empty") } else { format!("invalid {noun} `{text}`") };
    Err(InvalidValue { message, expected: expected.to_owned(), help: None })
}

/// Adds a hint to an error.
fn with_help(verdict: Verdict, help: impl FnOnce() -> Option<String>) -> Verdict {
    verdict.map_err(|error| InvalidValue { help: help(), ..error })
}

/// Whether the text has 1 to `max` characters, all of them allowed.
fn consists_of(text: &str, max: usize, allowed: impl Fn(char) -> bool) -> bool {
    (1..=max).contains(&text.len()) && text.chars().all(allowed)
}

fn is_slug(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

fn is_slug_word(text: &str, max: usize) -> bool {
    consists_of(text, max, is_slug)
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
}

pub(super) fn project(text: &str) -> Verdict {
    let verdict = check(
        is_slug_word(text, 31),
        text,
        "project name",
        "1 to 31 lowercase letters, digits and hyphens, a letter first",
    );
    with_help(verdict, || {
        let slug = slug_of(text);
        is_slug_word(&slug, 31).then(|| format!("write `{slug}`"))
    })
}

pub(super) fn environment(text: &str) -> Verdict {
    check(
        is_slug_word(text, 20),
        text,
        "environment name",
        "1 to 20 lowercase letters, digits and hyphens, a letter first",
    )
}

/// `My Twin` → `my-twin`.
fn slug_of(text: &str) -> String {
    text.to_lowercase().replace([' ', '_', '.'], "-")
}

/// The shortest and the longest time to live.
const TTL: RangeInclusive<Duration> = Duration::from_mins(10)..=Duration::from_hours(365 * 24);

pub(super) fn ttl(text: &str) -> Verdict {
    let valid = ttl_duration(text).is_some_and(|duration| TTL.contains(&duration));
    check(valid, text, "time to live", "minutes, hours or days, from `10m` to `365d`")
}

/// Parses `30m`, `8h` or `2d`.
pub(super) fn ttl_duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 24 * 60,
        _ => return None,
    };
    let number: u32 = number.parse().ok().filter(|_| !number.starts_with('+'))?;
    Some(Duration::from_secs(u64::from(number) * minutes * 60))
}

/// The longest canary. A deploy holds the lock meanwhile, and its credentials have to stay valid.
const LONGEST_CANARY: Duration = Duration::from_mins(30);

pub(super) fn canary(text: &str) -> Verdict {
    let valid = canary_parts(text)
        .is_some_and(|(percent, duration)| (1..=99).contains(&percent) && duration <= LONGEST_CANARY);
    check(valid, text, "canary", "a share and a duration of at most 30 minutes, like `10%:5m`")
}

/// Parses `10%:5m`.
pub(super) fn canary_parts(text: &str) -> Option<(u8, Duration)> {
    let (percent, duration) = text.split_once("%:")?;
    let (number, unit) = duration.split_at_checked(duration.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = number.parse().ok().filter(|_| digits(number) && digits(percent))?;
    Some((percent.parse().ok()?, Duration::from_secs(u64::from(number) * seconds)))
}

pub(super) fn profile(text: &str) -> Verdict {
    check(
        !text.trim().is_empty() && !text.chars().any(char::is_control),
        text,
        "profile name",
        "the name of a profile in ~/.aws/config",
    )
}
