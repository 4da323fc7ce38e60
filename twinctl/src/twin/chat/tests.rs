//! Conversations with a scripted twin, over a socket.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{
    script::{json, streamed, twin},
    *,
};
use crate::twin::endpoint::Endpoint;

fn history(messages: &str) -> Vec<String> {
    json("200 OK", "", &format!(r#"{{"messages":[{messages}]}}"#))
}

const DONE: &str =
    "event: done\ndata: {\"response\":\"Hello there\",\"session_id\":\"s1\",\"timestamp\":\"t\"}\n\n";
const REMEMBERED: &str = r#"{"role":"user","content":"Hi","timestamp":"t0"},{"role":"assistant","content":"Hello there","timestamp":"t1"}"#;

/// Asks the question `Hi`. Returns the result, the notices and the requests.
async fn ask(answers: Vec<Vec<String>>) -> (Result<Reply, ChatError>, Vec<String>, Vec<String>) {
    let (endpoint, serving) = twin(answers).await;
    let mut conversation = Conversation::new(&endpoint, "s1".parse().ok());
    let mut notices = Vec::new();
    let mut notify = |notice: Notice<'_>| {
        notices.push(match notice {
            Notice::Text(text) => text.to_owned(),
            other => format!("<{other:?}>"),
        });
    };
    let result = conversation.ask("Hi", &mut notify).await;
    (result, notices, serving.await.unwrap())
}

#[tokio::test]
async fn a_streamed_answer_arrives_in_parts() {
    let chunks = [
        "event: session\ndata: {\"session_id\":\"s1\"}\n\nevent: tok",
        "en\ndata: {\"delta\":\"Hello\"}\n\n: still here\n\n",
        "event: later\ndata: ?\n\nevent: token\r\ndata: {\"delta\":\r\ndata:  \" there\"}\r\n\r\n",
        DONE,
    ];
    let (result, notices, requests) = ask(vec![streamed(&chunks)]).await;
    assert_eq!(result.unwrap().response, "Hello there");
    assert_eq!(notices, ["Hello", " there"]);
    assert_eq!(requests, [r#"POST /api/chat HTTP/1.1 {"message":"Hi","session_id":"s1"}"#]);
}

#[tokio::test]
async fn a_json_answer_arrives_as_a_whole() {
    let body = r#"{"response":"Hello there","session_id":"s1","timestamp":"t"}"#;
    let (result, notices, _) = ask(vec![json("200 OK", "x-memory: not-read\r\n", body)]).await;
    assert_eq!(result.unwrap().timestamp, "t");
    assert_eq!(notices, ["<MemoryUnavailable>", "Hello there"]);
}

#[tokio::test]
async fn the_final_answer_completes_or_replaces_the_parts() {
    let token = |delta: &str| format!("event: token\ndata: {{\"delta\":\"{delta}\"}}\n\n");
    let (_, notices, _) = ask(vec![streamed(&[&token("Hello"), DONE])]).await;
    assert_eq!(notices, ["Hello", " there"]);
    let (_, notices, _) = ask(vec![streamed(&[&token("Help"), DONE])]).await;
    assert_eq!(notices, ["Help", "\nHello there"]);
}

#[tokio::test]
async fn a_lost_answer_is_read_from_the_conversation() {
    let token = "event: token\ndata: {\"delta\":\"Hello\"}\n\n";
    let chunked = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let torn = [streamed(&[token]), vec![chunked.to_owned(), format!("{:x}\r\n{token}\r\n", token.len())]];
    for torn in torn {
        let (result, notices, requests) = ask(vec![torn, history(""), history(REMEMBERED)]).await;
        assert_eq!(result.unwrap().timestamp, "t1");
        assert_eq!(notices, ["Hello", "<Recovered>", " there"]);
        assert_eq!(requests[2], "GET /api/chat/history/s1 HTTP/1.1 ");
    }
    let unfinished =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{".to_owned();
    let (result, notices, _) = ask(vec![vec![unfinished], history(REMEMBERED)]).await;
    assert_eq!(result.unwrap().response, "Hello there");
    assert_eq!(notices, ["<Recovered>", "Hello there"]);
}

#[tokio::test]
async fn an_answer_that_was_not_saved_is_lost() {
    let other = REMEMBERED.replace("\"Hi\"", "\"Another question\"");
    let reads = [history(&other), json("503 Service Unavailable", "", "{}"), vec!["what?".to_owned()]];
    let answers = [vec![streamed(&[])], reads.to_vec()].concat();
    let (result, notices, requests) = ask(answers).await;
    assert_eq!(result, Err(ChatError::Lost("the connection was closed too early".to_owned())));
    assert_eq!((notices.len(), requests.len()), (0, 4));
}

#[tokio::test]
async fn a_question_is_repeated_after_a_short_wait_only() {
    let refused = r#"{"detail":"Please wait a little.","code":"throttled","correlation_id":"c"}"#;
    let busy = |after: &str| json("429 Too Many Requests", &format!("retry-after: {after}\r\n"), refused);
    let (result, notices, _) = ask(vec![busy("1"), streamed(&[DONE])]).await;
    assert!(result.is_ok());
    assert_eq!(notices, ["<Waiting(1s)>", "Hello there"]);

    let (result, notices, _) = ask(vec![busy("11")]).await;
    let Err(ChatError::Refused(response)) = result else { panic!("{result:?}") };
    assert_eq!((response.code.as_str(), response.detail.as_str()), ("throttled", "Please wait a little."));
    assert_eq!(notices, [""; 0]);

    let (result, notices, requests) = ask(vec![busy("0"), busy("0"), busy("0")]).await;
    assert!(matches!(result, Err(ChatError::Refused(_))));
    assert_eq!((notices.len(), requests.len()), (2, 3));
}

#[tokio::test]
async fn other_responses_are_unexpected() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>".to_owned();
    let broken =
        ["event: token\ndata: nonsense\n\n", "event: done\ndata: {}\n\n", "event: error\ndata: []\n\n"];
    let answers = [vec![page]].into_iter().chain(broken.map(|one| streamed(&[one])));
    for answer in answers {
        assert_eq!(ask(vec![answer.clone()]).await.0, Err(ChatError::Unexpected), "{answer:?}");
    }
}

#[tokio::test]
async fn errors_are_described_with_a_hint() {
    let stream_error = "event: error\ndata: {\"status_code\":503,\"detail\":\"The twin cannot answer \\u001b[31mright now.\",\"code\":\"model_busy\"}\n\n";
    let html =
        "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>".to_owned();
    let error = |status: &str, detail: &str, code: &str| {
        json(status, "", &serde_json::json!({ "detail": detail, "code": code }).to_string())
    };
    let answers = [
        streamed(&[stream_error]),
        error("503 Service Unavailable", "Its persona files are missing.", "persona_missing"),
        error("403 Forbidden", "Back on Monday.", "paused"),
        error(
            "413 Payload Too Large",
            "The message is too long: at most 4,000 characters.",
            "message_too_long",
        ),
        json("429 Too Many Requests", "retry-after: 30\r\n", r#"{"message":"Too Many Requests"}"#),
        error("403 Forbidden", "This address does not answer directly.", "forbidden"),
        vec![html],
    ];
    let mut described = Vec::new();
    let mut describe = |error: &ChatError| {
        let diagnostic = error.diagnostic("dev", &"s1".parse().unwrap());
        let text = anstream::adapter::strip_str(&diagnostic.render()).to_string();
        described.push(format!("{text}\nexit {}", diagnostic.exit as u8));
    };
    for answer in answers {
        describe(&ask(vec![answer]).await.0.unwrap_err());
    }
    describe(&ChatError::Unreachable("Connection refused".to_owned()));
    describe(&ChatError::Lost("the connection was closed too early".to_owned()));
    describe(&ChatError::Unexpected);
    insta::assert_snapshot!(described.join("\n\n"));
}

#[tokio::test]
async fn a_custom_endpoint_gets_the_host_header_and_a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let domain = listener.local_addr().unwrap().to_string();
    let endpoint =
        Endpoint::of_distribution("d1.cloudfront.net".to_owned(), None, Some(format!("http://{domain}/")));
    let answer = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 1000];
        let read = stream.read(&mut head).await.unwrap();
        stream.write_all(json("200 OK", "", "{}")[0].as_bytes()).await.unwrap();
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    assert_eq!(endpoint.get("/x").await.unwrap().text(10).await.as_deref(), Ok("{}"));
    let head = answer.await.unwrap();
    assert!(
        head.starts_with("GET /x HTTP/1.1\r\n") && head.contains("host: d1.cloudfront.net\r\n"),
        "{head}"
    );
    let result = Conversation::new(&endpoint, None).ask("Hi", &mut |_| {}).await;
    assert!(matches!(result, Err(ChatError::Unreachable(_))), "{result:?}");
}
