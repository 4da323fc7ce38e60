//! Decides whether an address can be removed from the literal that contains it.

use std::fmt;
use std::ops::Range;

use contract::api::PATHS;

/// The number of bytes to search for the call or the tag that contains an address.
const SEARCH_LENGTH: usize = 1_000;
const QUOTES: [&[u8]; 9] =
    [b"\"", b"'", b"`", b"&quot;", b"&#34;", b"&#x22;", b"&apos;", b"&#39;", b"&#x27;"];
/// The constant part of a path ends before a query, a fragment or an inserted expression.
const PATH_ENDS: [&[u8]; 3] = [b"?", b"#", b"${"];

/// The reason why an address cannot be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The address is not at the beginning of a string literal.
    InText,
    /// The address is an argument of `new URL(…)`, which rejects an empty base and a path without a base.
    Base,
    /// The twin does not serve the path after the address.
    Path(String),
    /// The address is in a content security policy of the page.
    Policy,
    /// The page contains a hash of the file or script.
    Pinned,
}

/// The reason, and how to build the page instead.
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InText => f.write_str(
                "it is inside a longer text; if the page calls it, build the page with a string literal that begins with the address",
            ),
            Self::Base => f.write_str(
                "it is used in `new URL(…)`; build the page with `location.origin` as the base",
            ),
            Self::Path(path) => write!(
                f,
                "the twin has nothing at `{path}`; build the page to call `/chat`, without a stage name"
            ),
            Self::Policy => f.write_str(
                "a Content-Security-Policy in the page contains it; build the page with `connect-src 'self'` in the policy",
            ),
            Self::Pinned => f.write_str(
                "the page contains a hash of the file; build it without `integrity` attributes, and without hashes in its Content-Security-Policy",
            ),
        }
    }
}

/// Returns the reason why an address cannot be removed, if there is one.
pub(super) fn obstacle(text: &[u8], address: &Range<usize>) -> Option<Obstacle> {
    let (before, after) = (&text[..address.start], &text[address.end..]);
    if is_in_policy(text, address.start) {
        return Some(Obstacle::Policy);
    }
    if !QUOTES.iter().any(|quote| before.ends_with(quote)) {
        return Some(Obstacle::InText);
    }
    match path(after) {
        None => Some(Obstacle::InText),
        Some(path) if !is_served(&path) => Some(Obstacle::Path(path)),
        Some(_) => is_for_url(before).then_some(Obstacle::Base),
    }
}

/// Returns the path after an address, up to the end of the literal or of its constant part. Returns `None` if
/// something else follows the address.
fn path(after: &[u8]) -> Option<String> {
    let is_end = |at: &usize| {
        PATH_ENDS.iter().any(|end| after[*at..].starts_with(end)) || !is_path_character(after[*at])
    };
    let end = (0..after.len()).find(is_end).unwrap_or(after.len());
    let (path, rest) = after.split_at(end);
    // A literal inside another literal ends with an escaped quote.
    let unescaped = &rest[rest.iter().take_while(|byte| **byte == b'\\').count()..];
    let closes = QUOTES.iter().any(|quote| unescaped.starts_with(quote));
    let continues =
        PATH_ENDS.iter().any(|end| rest.starts_with(end)) && (rest[0] == b'$' || !path.is_empty());
    let begins = path.is_empty() || path[0] == b'/';
    (begins && (closes || continues)).then(|| String::from_utf8_lossy(path).into_owned())
}

fn is_path_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~%$@:+!*=,;".contains(&byte)
}

/// Returns whether the twin serves this path, or paths that the page creates from it.
fn is_served(path: &str) -> bool {
    let is_api = |pattern: &&str| match pattern.strip_suffix("/*") {
        Some(beginning) => {
            path.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        None => path == *pattern,
    };
    path.is_empty() || path == "/" || PATHS.iter().any(is_api)
}

/// Returns whether the next position is between the parentheses of `new URL(…)`.
fn is_for_url(before: &[u8]) -> bool {
    let mut closed = 0_usize;
    for (at, byte) in before.iter().enumerate().rev().take(SEARCH_LENGTH) {
        let before = &before[..at];
        match byte {
            b')' | b']' | b'}' => closed += 1,
            b'(' | b'[' | b'{' if closed > 0 => closed -= 1,
            b'(' if is_url(before) => return true,
            // `${` in a template literal may contain another literal.
            b'{' if !before.ends_with(b"$") => return false,
            b';' if closed == 0 => return false,
            _ => {}
        }
    }
    false
}

fn is_url(callee: &[u8]) -> bool {
    let name = callee.trim_ascii_end().strip_suffix(b"URL");
    name.and_then(<[u8]>::last).is_some_and(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'.'))
}

/// Returns whether the position is in a `<meta http-equiv=Content-Security-Policy>` tag.
fn is_in_policy(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(SEARCH_LENGTH)..at];
    let Some(begin) = before.iter().rposition(|byte| *byte == b'<') else { return false };
    let after = &text[at..text.len().min(at + SEARCH_LENGTH)];
    let end = after.iter().position(|byte| *byte == b'>').unwrap_or(after.len());
    let tag = [&before[begin..], &after[..end]].concat().to_ascii_lowercase();
    let tag = String::from_utf8_lossy(&tag);
    tag.starts_with("<meta") && tag.contains("content-security-policy")
}
