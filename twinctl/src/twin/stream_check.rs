//! Checks whether the stream API passes on a response while the function is still sending it.

use std::time::Duration;

use contract::api::{
    ORIGIN_SECRET_HEADER, STREAM_CHECK,
    stream_check::{FIRST, SECOND},
};
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::time::Instant;

use crate::{system::clock, twin::endpoint::Endpoint};

/// A smaller distance between the two events means that something held back the first one.
const LEAST_DISTANCE: Duration = Duration::from_millis(100);
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a new deployment, or a new permission, may be unknown to API Gateway.
const PATIENCE: Duration = Duration::from_secs(15);
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
const REPEATS: u32 = 2;

/// The result of a check. Without streams, the twin answers in one piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct StreamCheck {
    pub(crate) streams: bool,
    /// A sentence fragment.
    pub(crate) finding: String,
}

impl StreamCheck {
    fn failed(finding: impl Into<String>) -> Self {
        Self { streams: false, finding: finding.into() }
    }

    /// Returns a sentence about the result.
    pub(crate) fn note(&self) -> String {
        if self.streams {
            return self.finding.clone();
        }
        format!("answers may not appear word by word: {}; the chat works nevertheless", self.finding)
    }
}

/// The address of the stream API, and the secret without which the function refuses requests.
pub(crate) struct StreamAddress {
    pub(crate) endpoint: Endpoint,
    pub(crate) stage: &'static str,
    pub(crate) origin_secret: String,
}

/// Checks once.
pub(crate) async fn check(api: &StreamAddress) -> StreamCheck {
    attempt(api).await.unwrap_or_else(|(_, finding)| StreamCheck::failed(finding))
}

/// Repeats the check while API Gateway may not know the API or its permission yet.
pub(crate) async fn check_new(api: &StreamAddress) -> StreamCheck {
    let started = Instant::now();
    loop {
        match attempt(api).await {
            Err((Retry::Yes, _)) if started.elapsed() < PATIENCE => clock::sleep(RETRY_INTERVAL).await,
            Err((_, finding)) => return StreamCheck::failed(finding),
            Ok(check) => return check,
        }
    }
}

/// Whether an error may pass by itself.
enum Retry {
    Yes,
    No,
}

/// Repeats a check that found no stream: a busy machine can receive both events late, and thus at once.
async fn attempt(api: &StreamAddress) -> Result<StreamCheck, (Retry, String)> {
    for _ in 0..REPEATS {
        match receive_in_time(api).await {
            Ok(check) if !check.streams => {}
            result => return result,
        }
    }
    receive_in_time(api).await
}

async fn receive_in_time(api: &StreamAddress) -> Result<StreamCheck, (Retry, String)> {
    let result = tokio::time::timeout(TIMEOUT, receive(api)).await;
    result.unwrap_or_else(|_| Err((Retry::Yes, "the stream API does not answer in time".to_owned())))
}

async fn receive(api: &StreamAddress) -> Result<StreamCheck, (Retry, String)> {
    let lost = |error| (Retry::Yes, format!("the stream API does not answer: {error}"));
    let (path, secret) =
        (format!("/{}{STREAM_CHECK}", api.stage), (ORIGIN_SECRET_HEADER, api.origin_secret.as_str()));
    let mut response = api.endpoint.get_with(&path, secret).await.map_err(lost)?;
    match response.status {
        200 => {}
        404 => {
            let why = "this version of the function is too old to check the stream";
            return Err((Retry::No, why.to_owned()));
        }
        status => return Err((Retry::Yes, format!("the stream API answers with {status}"))),
    }
    let (mut text, mut first) = (Vec::new(), None);
    while let Some(chunk) = response.body.next().await {
        text.extend(chunk.map_err(lost)?);
        let received = String::from_utf8_lossy(&text);
        if received.contains(SECOND) {
            let distance = first.map_or(Duration::ZERO, |first: Instant| first.elapsed());
            if distance >= LEAST_DISTANCE {
                return Ok(StreamCheck { streams: true, finding: "answers appear word by word".to_owned() });
            }
            return Ok(StreamCheck::failed("the response of the stream API arrives in one piece"));
        }
        if received.contains(FIRST) {
            first.get_or_insert_with(Instant::now);
        }
    }
    Err((Retry::Yes, "the response of the stream API is not complete".to_owned()))
}
