//! Routing of request paths to the API or to a file of the page, as in the CloudFront distribution.

use std::{borrow::Cow, collections::BTreeMap};

use percent_encoding::percent_decode_str;

use contract::api::PATHS;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    Api,
    /// The key of the file. `None` if the path is not valid.
    Page(Option<String>),
}

pub(super) fn route(path: &str, exceptions: &BTreeMap<String, String>) -> Route {
    if PATHS.iter().any(|pattern| matches(pattern, path)) {
        return Route::Api;
    }
    let path = percent_decode_str(path).decode_utf8().ok();
    Route::Page(path.and_then(|path| key(&path, exceptions)))
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning),
        None => path == pattern,
    }
}

/// Returns the key of the file for a path. Keep the rules and their order in sync with the distribution's function.
fn key(path: &str, exceptions: &BTreeMap<String, String>) -> Option<String> {
    let file: Cow<'_, str> = if let Some(file) = exceptions.get(path) {
        file.into()
    } else if path.ends_with('/') {
        format!("{path}index.html").into()
    } else if path.rfind('.') < path.rfind('/') {
        format!("{path}.html").into()
    } else {
        path.into()
    };
    file.strip_prefix('/').map(ToOwned::to_owned)
}

/// Returns the path for the log, without ids, because the id of a conversation gives access to it.
pub(super) fn without_ids(path: &str) -> String {
    let known = |part: &&str| ["", "api", "chat", "conversation", "health", "history", "stop"].contains(part);
    let parts = path.split('/').map(|part| if known(&part) { part } else { "*" });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_routed_as_in_the_distribution() {
        let exceptions = [("/docs", "/docs/index.html"), ("/LICENSE", "/LICENSE")];
        let exceptions = exceptions.map(|(path, file)| (path.to_owned(), file.to_owned())).into();
        let page = |key: &str| Route::Page(Some(key.to_owned()));
        for (path, expected) in [
            ("/", page("index.html")),
            ("/about", page("about.html")),
            ("/about/", page("about/index.html")),
            ("/docs", page("docs/index.html")),
            ("/LICENSE", page("LICENSE")),
            ("/v1.2/about", page("v1.2/about.html")),
            ("/assets/index-BbHh1234.js", page("assets/index-BbHh1234.js")),
            ("/caf%C3%A9", page("café.html")),
            ("/%ff", Route::Page(None)),
            ("*", Route::Page(None)),
            ("/api", page("api.html")),
            ("/api/", Route::Api),
            ("/api/chat", Route::Api),
            ("/chat", Route::Api),
            ("/chats", page("chats.html")),
            ("/chat/", page("chat/index.html")),
            ("/health", Route::Api),
            ("/conversation/abc", Route::Api),
        ] {
            assert_eq!(route(path, &exceptions), expected, "{path}");
        }
    }

    #[test]
    fn session_ids_are_removed_for_the_log() {
        for (path, expected) in [
            ("/api/chat/history/secret-1", "/api/chat/history/*"),
            ("/conversation/secret-1", "/conversation/*"),
            ("/api/chat", "/api/chat"),
            ("/api/chat/stop", "/api/chat/stop"),
            ("/health", "/health"),
        ] {
            assert_eq!(without_ids(path), expected);
        }
    }
}
