//! Whether an address can be taken out of the literal that it stands in, or why not.

use std::fmt;
use std::ops::Range;

use contract::api::PATHS;

/// How far back a call or a tag may begin.
const FAR: usize = 1_000;
const QUOTES: [&[u8]; 9] =
    [b"\"", b"'", b"`", b"&quot;", b"&#34;", b"&#x22;", b"&apos;", b"&#39;", b"&#x27;"];
/// After these what is left of a path is known.
const PATH_ENDS: [&[u8]; 3] = [b"?", b"#", b"${"];

/// Why an address has to stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It does not stand at the beginning of a literal of its own.
    InText,
    /// An argument of `new URL(…)`, which takes no empty base and no path alone.
    Base,
    /// The path behind it, which the page's own origin does not have.
    Path(String),
    /// A content security policy in the page names it.
    Policy,
    /// The page is bound to the very bytes of the file.
    Pinned,
}

/// What it is, and the way out.
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InText => f.write_str(
                "it stands inside of a longer text; that is fine if it is only shown, else build the page without it",
            ),
            Self::Base => f.write_str(
                "`new URL(…)` is made from it, which takes no empty address; build the page with `location.origin` instead",
            ),
            Self::Path(path) => write!(
                f,
                "the twin has nothing at `{path}`; build the page to call `/chat`, without a stage before it"
            ),
            Self::Policy => f.write_str(
                "a Content-Security-Policy in the page names it; build the page with `connect-src 'self'` there instead",
            ),
            Self::Pinned => f.write_str(
                "the page holds a hash of these very bytes; build it without `integrity`, and without hashes in its Content-Security-Policy",
            ),
        }
    }
}

pub(super) fn obstacle(text: &[u8], address: &Range<usize>) -> Option<Obstacle> {
    let (before, behind) = (&text[..address.start], &text[address.end..]);
    if is_in_policy(text, address.start) {
        return Some(Obstacle::Policy);
    }
    if !QUOTES.iter().any(|quote| before.ends_with(quote)) {
        return Some(Obstacle::InText);
    }
    match path(behind) {
        None => Some(Obstacle::InText),
        Some(path) if !is_there(&path) => Some(Obstacle::Path(path)),
        Some(_) => is_for_url(before).then_some(Obstacle::Base),
    }
}

/// The path up to the end of the literal or of what is known of it; `None` when something else follows.
fn path(behind: &[u8]) -> Option<String> {
    let is_end =
        |at: &usize| PATH_ENDS.iter().any(|end| behind[*at..].starts_with(end)) || !is_of_path(behind[*at]);
    let end = (0..behind.len()).find(is_end).unwrap_or(behind.len());
    let (path, rest) = behind.split_at(end);
    // A literal inside of a literal ends with an escaped quote.
    let unescaped = &rest[rest.iter().take_while(|byte| **byte == b'\\').count()..];
    let closes = QUOTES.iter().any(|quote| unescaped.starts_with(quote));
    let goes_on = PATH_ENDS.iter().any(|end| rest.starts_with(end)) && (rest[0] == b'$' || !path.is_empty());
    let begins = path.is_empty() || path[0] == b'/';
    (begins && (closes || goes_on)).then(|| String::from_utf8_lossy(path).into_owned())
}

fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~%$@:+!*=,;".contains(&byte)
}

/// Whether the origin of the page has this path, or whatever a page may put behind it.
fn is_there(path: &str) -> bool {
    let is_api = |pattern: &&str| match pattern.strip_suffix("/*") {
        Some(beginning) => {
            path.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        None => path == *pattern,
    };
    path.is_empty() || path == "/" || PATHS.iter().any(is_api)
}

/// Whether what comes next stands between the parentheses of `new URL(…)`.
fn is_for_url(before: &[u8]) -> bool {
    let mut closed = 0_usize;
    for (at, byte) in before.iter().enumerate().rev().take(FAR) {
        let before = &before[..at];
        match byte {
            b')' | b']' | b'}' => closed += 1,
            b'(' | b'[' | b'{' if closed > 0 => closed -= 1,
            b'(' if is_url(before) => return true,
            // In a template a literal may stand between braces.
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

/// Whether the tag around it is a `<meta http-equiv=Content-Security-Policy>`.
fn is_in_policy(text: &[u8], at: usize) -> bool {
    let near = &text[at.saturating_sub(FAR)..at];
    let Some(begin) = near.iter().rposition(|byte| *byte == b'<') else { return false };
    let behind = &text[at..text.len().min(at + FAR)];
    let end = behind.iter().position(|byte| *byte == b'>').unwrap_or(behind.len());
    let tag = [&near[begin..], &behind[..end]].concat().to_ascii_lowercase();
    let tag = String::from_utf8_lossy(&tag);
    tag.starts_with("<meta") && tag.contains("content-security-policy")
}
