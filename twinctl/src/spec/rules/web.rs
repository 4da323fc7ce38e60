//! What a page can be told: colours, addresses, paths and images.

use super::{Verdict, advise, allow, is_slug, spelled};

pub(in crate::spec) fn colour(text: &str) -> Verdict {
    let is_hex =
        |digits: &str| matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let fine = text.strip_prefix('#').is_some_and(is_hex);
    let verdict = allow(fine, text, "a colour", "a colour like `\"#3366cc\"`");
    advise(verdict, || is_hex(text).then(|| format!("write `\"#{text}\"`")))
}

pub(in crate::spec) fn origin(text: &str) -> Verdict {
    let verdict = allow(
        ["https://", "http://"].iter().any(|scheme| is_host_after(text, scheme)),
        text,
        "an origin",
        "scheme, host and perhaps a port, like `https://example.com`",
    );
    advise(verdict, || match text {
        "*" => Some("name each page that may call the API; `*` would be every page".to_owned()),
        _ => origin_in(text, text),
    })
}

pub(in crate::spec) fn https_origin(text: &str) -> Verdict {
    let verdict = allow(
        is_host_after(text, "https://"),
        text,
        "a site",
        "`https://` and a host, like `https://example.com`",
    );
    advise(verdict, || origin_in(&text.replacen("http://", "https://", 1), text))
}

/// What is left of `address` when its path is cut off, when that differs from what was `written`.
fn origin_in(address: &str, written: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://").unwrap_or(("https", address));
    let host = rest.split(['/', '?', '#']).next()?.to_lowercase();
    let short = format!("{scheme}://{host}");
    (host.contains(['.', ':']) && short != written && origin(&short).is_ok())
        .then(|| format!("write `{short}`"))
}

pub(in crate::spec) fn language(text: &str) -> Verdict {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let fine = matches!(first.len(), 2 | 3)
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    allow(fine, text, "a language", "a code like `en` or `pt-BR`")
}

/// Where a link of the page may lead.
pub(in crate::spec) fn link(text: &str) -> Verdict {
    let fine = ["https://", "http://", "mailto:"].iter().any(|scheme| {
        text.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic()))
    });
    let verdict = allow(fine, text, "a link", "an address like `https://example.com/me`");
    advise(verdict, || {
        let meant = if text.contains('@') { format!("mailto:{text}") } else { format!("https://{text}") };
        (text.contains('.') && link(&meant).is_ok()).then(|| format!("write `{meant}`"))
    })
}

/// A name without scheme and port.
pub(in crate::spec) fn host(text: &str) -> Verdict {
    let fine = is_host_after(text, "") && !text.contains(':');
    let verdict = allow(fine, text, "a host name", "a name like `twin.example.com`");
    advise(verdict, || {
        let bare =
            text.split_once("://").map_or(text, |(_, rest)| rest).split(['/', ':', '?', '#']).next()?;
        let bare = bare.to_lowercase();
        (bare != text && host(&bare).is_ok()).then(|| format!("write `{bare}`"))
    })
}

/// The address of a server whose paths begin behind it.
pub(in crate::spec) fn server(text: &str) -> Verdict {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme));
    let fine = scheme.is_some_and(|scheme| {
        let (authority, path) = text[scheme.len()..].split_once('/').unwrap_or((&text[scheme.len()..], ""));
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '\\');
        is_host_after(&format!("{scheme}{authority}"), scheme) && path.chars().all(plain)
    });
    let verdict = allow(fine, text, "a model server", "an address like `http://localhost:11434/v1`");
    advise(verdict, || {
        let meant = format!("http://{text}");
        (scheme.is_none() && server(&meant).is_ok()).then(|| format!("write `{meant}`"))
    })
}

fn is_host_after(text: &str, scheme: &str) -> bool {
    let Some(authority) = text.strip_prefix(scheme) else {
        return false;
    };
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let labels = host
        .split('.')
        .all(|label| spelled(label, 63, is_slug) && !label.starts_with('-') && !label.ends_with('-'));
    host.len() <= 253 && labels && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|p| p > 0))
}

/// A path below the project's folder, the same on every system.
pub(in crate::spec) fn path(text: &str) -> Verdict {
    let fine = !text.trim().is_empty() && !text.contains('\\') && !text.chars().any(char::is_control);
    allow(fine, text, "a path", "a path with `/` between folders")
}

pub(in crate::spec) fn image(text: &str) -> Verdict {
    path(text)?;
    let lower = text.to_lowercase();
    let known = [".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".svg"];
    let fine = known.iter().any(|ending| lower.ends_with(ending));
    allow(fine, text, "an avatar", "an image file: png, jpg, webp, avif, gif or svg")
}
