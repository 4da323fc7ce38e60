//! The contract by table.

use serde_json::json;

use super::*;
use crate::testing::{api, request};

#[tokio::test]
async fn every_route_answers_with_and_without_the_prefix() {
    let twin = api(&[]);
    let table = [
        (Method::GET, "", 200),
        (Method::GET, "/health", 200),
        (Method::HEAD, "/health", 200),
        (Method::GET, "/conversation/unknown", 200),
        (Method::GET, "/chat/history/unknown", 200),
        (Method::DELETE, "/chat/history/unknown", 204),
        (Method::OPTIONS, "/chat", 204),
        (Method::GET, "/chat", 405),
        (Method::POST, "/health", 405),
        (Method::DELETE, "/conversation/unknown", 405),
        (Method::GET, "/conversation", 404),
        (Method::GET, "/conversations", 404),
        (Method::GET, "/chat/history", 404),
        (Method::GET, "/chat/history/a.b", 400),
        (Method::GET, "/nothing", 404),
        (Method::POST, "/chat", 422),
    ];
    for (method, path, status) in table {
        for prefix in ["", "/api"] {
            let path = format!("{prefix}{path}");
            let path = if path.is_empty() { "/" } else { &path };
            let answered = twin.send(request(method.clone(), path, "")).await;
            assert_eq!(answered.status, status, "{method} {path}");
            assert!(answered.headers.contains_key("x-correlation-id"));
        }
    }
}
