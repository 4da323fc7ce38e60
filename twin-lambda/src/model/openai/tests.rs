//! Events at every split, whole answers, refusals.

use std::collections::VecDeque;

use super::*;
use crate::model::Decode;

const ANSWER: &str = concat!(
    ": a comment\n\n",
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"Gr\u{fc}\u{df}e \"}}]}\r\n\r\n",
    "data:{\"choices\":[{\"delta\":{\"content\":\"\u{65e5}\u{672c}\"},\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3}}\n\n",
    "data: [DONE]\n\n",
);

fn expected() -> Vec<Piece> {
    vec![
        Piece::Text("Grüße ".to_owned()),
        Piece::Text("日本".to_owned()),
        Piece::Stop(Stop::Done),
        Piece::Usage {
            input: 12,
            output: 3,
        },
    ]
}

fn decode(parts: &[&[u8]]) -> Result<Vec<Piece>, ModelError> {
    let (mut events, mut pieces) = (Events::default(), VecDeque::new());
    for part in parts {
        events.decode(part, &mut pieces)?;
    }
    if events.is_complete() {
        Ok(pieces.into())
    } else {
        Err(ModelError::CutOff)
    }
}

#[test]
fn events_are_read_at_every_split() {
    let bytes = ANSWER.as_bytes();
    for at in 0..=bytes.len() {
        let (before, after) = bytes.split_at(at);
        assert_eq!(
            decode(&[before, after]).unwrap(),
            expected(),
            "split at {at}"
        );
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(decode(&single).unwrap(), expected());
}

#[test]
fn an_answer_that_ends_early_is_not_taken_for_whole() {
    let end = ANSWER.find("\"stop\"").unwrap();
    assert!(matches!(
        decode(&[&ANSWER.as_bytes()[..end]]),
        Err(ModelError::CutOff)
    ));
}

#[test]
fn an_error_in_the_stream_is_an_error() {
    let error = decode(&[b"data: {\"error\":{\"message\":\"overloaded\"}}\n\n"]).unwrap_err();
    assert_eq!(error.code(), "model_unavailable");
}

#[test]
fn refusals_say_whether_to_try_again() {
    let cases = [
        (401, "{}", "model_key", true),
        (429, "{}", "model_throttled", true),
        (
            429,
            r#"{"error":{"code":"insufficient_quota","message":"pay"}}"#,
            "model_refused",
            false,
        ),
        (500, "oops", "model_unavailable", true),
        (
            400,
            r#"{"error":{"message":"bad"}}"#,
            "model_refused",
            false,
        ),
        (
            404,
            r#"{"error":"model not found"}"#,
            "model_refused",
            false,
        ),
    ];
    for (status, body, code, passing) in cases {
        let error = refusal(StatusCode::from_u16(status).unwrap(), body.as_bytes());
        assert_eq!(
            (error.code(), error.is_passing()),
            (code, passing),
            "{status} {body}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(0u8.., 0..300), text in "data: .{0,80}\n") {
        drop(decode(&[&bytes, text.as_bytes()]));
        drop(whole(&bytes, Deadline::after(std::time::Duration::ZERO)));
    }
}
