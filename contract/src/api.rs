//! Paths and headers of the chat API, and the form of a session id.

/// Path patterns that belong to the API. The public endpoint forwards them to the backend. A pattern that ends in `/*`
/// matches every path below it.
pub const PATHS: [&str; 4] = ["/api/*", "/chat", "/health", "/conversation/*"];

pub const CHAT: &str = "/api/chat";
pub const HEALTH: &str = "/api/health";
/// The path of a response that is sent in two chunks. twinctl uses it to check whether the API streams; see
/// [`stream_check`].
pub const STREAM_CHECK: &str = "/api/stream-check";
/// A session id follows.
pub const HISTORY: &str = "/api/chat/history/";

/// A secret that the public endpoint adds to each request, so that the backend can reject direct requests.
pub const ORIGIN_SECRET_HEADER: &str = "x-origin-secret";
pub const CORRELATION_ID_HEADER: &str = "x-correlation-id";
pub const SESSION_ID_HEADER: &str = "x-session-id";
/// Present if the conversation was not read or not saved; see [`memory`].
pub const MEMORY_HEADER: &str = "x-memory";

/// Values of the `x-memory` header.
pub mod memory {
    pub const NOT_READ: &str = "not-read";
    pub const NOT_SAVED: &str = "not-saved";
}

/// Returns whether a backend accepts this correlation ID from a caller.
pub fn is_correlation_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}

/// The field of the two messages that take the place of a turn until it is stored.
pub const PENDING: &str = "pending";

/// The parts of the response to [`STREAM_CHECK`].
pub mod stream_check {
    use std::time::Duration;

    pub const FIRST: &str = "data: 1\n\n";
    pub const SECOND: &str = "data: 2\n\n";
    /// The time between both parts.
    pub const PAUSE: Duration = Duration::from_millis(300);
}

/// Names of the server-sent events of a streamed answer, in their order. `DONE` or `ERROR` is the last one.
pub mod event {
    pub const SESSION: &str = "session";
    pub const TOKEN: &str = "token";
    pub const DONE: &str = "done";
    pub const ERROR: &str = "error";
}

/// Returns whether a content type is JSON. Browsers send some other types from any site without a preflight request.
pub fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// Returns whether the text can be a session id: 1 to 64 letters, digits, dashes or underscores. Such an id is safe as
/// part of an object key and of a file name.
pub fn is_session_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_ids_of_pages_are_valid() {
        for id in ["2f1f6f0a-5b0c-4f7e-9d5e-0c6c3f5a7b11", "session-1718000000000-a1b2c3d4e", "A", "_"] {
            assert!(is_session_id(id), "{id}");
        }
        assert!(is_session_id(&"a".repeat(64)));
    }

    #[test]
    fn paths_and_long_texts_are_not_session_ids() {
        for id in ["", ".", "..", "a/b", "a.json", "a b", "ä", "a\0", "%2e%2e", "a\n"] {
            assert!(!is_session_id(id), "{id:?}");
        }
        assert!(!is_session_id(&"a".repeat(65)));
    }
}
