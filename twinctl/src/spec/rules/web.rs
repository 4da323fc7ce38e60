//! The rules for settings of the page: colors, addresses, languages, paths and images.

use super::{Verdict, check, consists_of, is_slug, with_help};

pub(in crate::spec) fn color(text: &str) -> Verdict {
    let is_hex =
        |digits: &str| matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let valid = text.strip_prefix('#').is_some_and(is_hex);
    let verdict = check(valid, text, "color", "a color like `\"#3366cc\"`");
    with_help(verdict, || is_hex(text).then(|| format!("write `\"#{text}\"`")))
}

pub(in crate::spec) fn origin(text: &str) -> Verdict {
    let verdict = check(
        ["https://", "http://"].iter().any(|scheme| is_host_after(text, scheme)),
        text,
        "origin",
        "scheme, host and optional port, like `https://example.com`",
    );
    with_help(verdict, || match text {
        "*" => Some("list each origin that may call the API; `*` would allow all pages".to_owned()),
        _ => origin_in(text, text),
    })
}

pub(in crate::spec) fn https_origin(text: &str) -> Verdict {
    let verdict = check(
        is_host_after(text, "https://"),
        text,
        "site",
        "`https://` and a host, like `https://example.com`",
    );
    with_help(verdict, || origin_in(&text.replacen("http://", "https://", 1), text))
}

pub(in crate::spec) fn https_url(text: &str) -> Verdict {
    let valid = text.strip_prefix("https://").is_some_and(|rest| {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        is_host_after(authority, "") && rest.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '#' | '\\'))
    });
    check(valid, text, "webhook", "an address like `https://example.com/alarms`")
}

pub(in crate::spec) fn email(text: &str) -> Verdict {
    let valid = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_graphic() && !"@,;:<>()[]\"\\".contains(c))
            && host.contains('.')
            && is_host_after(&host.to_lowercase(), "")
            && !host.contains(':')
    });
    check(valid, text, "email address", "an address like `ada@example.com`")
}

/// Suggests `address` without its path, if that differs from the text in the file.
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
    let valid = matches!(first.len(), 2 | 3)
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    check(valid, text, "language code", "a code like `en` or `pt-BR`")
}

/// The directives of a content security policy that a file can set. `frame-ancestors` has a setting of its own, and the others
/// only restrict what a page of a twin never needs.
pub(in crate::spec) const DIRECTIVES: [&str; 13] = [
    "connect-src",
    "default-src",
    "font-src",
    "form-action",
    "frame-src",
    "img-src",
    "manifest-src",
    "media-src",
    "script-src",
    "script-src-attr",
    "style-src",
    "style-src-attr",
    "worker-src",
];

pub(in crate::spec) fn directive(text: &str) -> Verdict {
    let is_known = DIRECTIVES.contains(&text);
    let verdict = check(is_known, text, "directive", "a directive like `script-src` or `img-src`");
    with_help(verdict, || (text == "frame-ancestors").then(|| "set `web.frame_ancestors` instead".to_owned()))
}

/// Checks the sources of a directive.
pub(in crate::spec) fn sources(text: &str) -> Verdict {
    let is_valid = |c: char| c == ' ' || (c.is_ascii_graphic() && !";,".contains(c));
    let valid = !text.trim().is_empty() && text.chars().all(is_valid);
    check(
        valid,
        text,
        "list of sources",
        "sources separated by spaces, like `\"'self' https://cdn.example\"`",
    )
}

/// Checks the address of a link on the page.
pub(in crate::spec) fn link(text: &str) -> Verdict {
    let valid = ["https://", "http://", "mailto:"].iter().any(|scheme| {
        text.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic()))
    });
    let verdict = check(valid, text, "link", "an address like `https://example.com/me`");
    with_help(verdict, || {
        let meant = if text.contains('@') { format!("mailto:{text}") } else { format!("https://{text}") };
        (text.contains('.') && link(&meant).is_ok()).then(|| format!("write `{meant}`"))
    })
}

/// Checks a hostname, without scheme and port.
pub(in crate::spec) fn host(text: &str) -> Verdict {
    let valid = is_host_after(text, "") && !text.contains(':');
    let verdict = check(valid, text, "hostname", "a name like `twin.example.com`");
    with_help(verdict, || {
        let bare =
            text.split_once("://").map_or(text, |(_, rest)| rest).split(['/', ':', '?', '#']).next()?;
        let bare = bare.to_lowercase();
        (bare != text && host(&bare).is_ok()).then(|| format!("write `{bare}`"))
    })
}

/// Checks the base URL of a server.
pub(in crate::spec) fn server(text: &str) -> Verdict {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme));
    let valid = scheme.is_some_and(|scheme| {
        let (authority, path) = text[scheme.len()..].split_once('/').unwrap_or((&text[scheme.len()..], ""));
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '\\');
        is_host_after(&format!("{scheme}{authority}"), scheme) && path.chars().all(plain)
    });
    let verdict = check(valid, text, "model server URL", "an address like `http://localhost:11434/v1`");
    with_help(verdict, || {
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
        .all(|label| consists_of(label, 63, is_slug) && !label.starts_with('-') && !label.ends_with('-'));
    host.len() <= 253 && labels && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|p| p > 0))
}

/// A path below the project's folder, the same on every system.
pub(in crate::spec) fn path(text: &str) -> Verdict {
    let valid = !text.trim().is_empty() && !text.contains('\\') && !text.chars().any(char::is_control);
    check(valid, text, "path", "a path with `/` between folders")
}

pub(in crate::spec) fn image(text: &str) -> Verdict {
    path(text)?;
    let lower = text.to_lowercase();
    let known = [".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".svg"];
    let valid = known.iter().any(|ending| lower.ends_with(ending));
    check(valid, text, "avatar", "an image file: png, jpg, webp, avif, gif or svg")
}
