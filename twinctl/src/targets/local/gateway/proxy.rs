//! Forwards requests to the backend. Request and response bodies are streamed.

use std::{error::Error as _, net::IpAddr, sync::Arc, time::Duration};

use contract::{api, limits::ANSWER_TIMEOUT};
use http::{HeaderValue, Method, Request, Response, header, request::Parts};
use http_body_util::{BodyExt as _, Either, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper_util::client::legacy::Error;
use serde::Deserialize;
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    backend::{Backend, Lot, Upstream},
    error_response::{CORRELATION_ID, ErrorResponse},
    headers,
    request_record::ResponseBody,
    timed_body::TimedBody,
};
use crate::system::clock;

/// Time for a complete response. Longer than the backend itself waits for its model.
const RESPONSE_TIMEOUT: Duration = ANSWER_TIMEOUT.saturating_add(Duration::from_secs(30));
/// Time to wait for a backend. Longer than the restart of a killed process takes.
const BACKEND_TIMEOUT: Duration = Duration::from_secs(5);
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// The limit of API Gateway.
const LARGEST_BODY: usize = 10 << 20;
/// Bodies up to this size are buffered, so that they can be sent again. Every chat message fits.
const LARGEST_BUFFERED_BODY: usize = 64 << 10;
const RETRY_INTERVAL: Duration = Duration::from_millis(20);
/// A process that is being killed loses its connections one by one before it counts as exited, so one repeat is not enough.
const REPEATS: u32 = 10;

/// The field of a message that identifies its conversation.
#[derive(Deserialize)]
struct Conversation {
    session_id: Option<String>,
}

pub(super) type Forwarded = (Response<ResponseBody>, Arc<Upstream>);

pub(super) async fn forward(
    backend: &Backend,
    request: Request<Incoming>,
    visitor: IpAddr,
    correlation_id: &HeaderValue,
) -> Result<Forwarded, ErrorResponse> {
    let (mut head, body) = request.into_parts();
    headers::remove_hop_by_hop(&mut head.headers);
    headers::add_forwarded(&mut head.headers, visitor);
    head.headers.insert(CORRELATION_ID, correlation_id.clone());
    // The visitor's HTTP version does not apply to the connection to the backend.
    head.version = http::Version::HTTP_11;
    let until = Instant::now() + RESPONSE_TIMEOUT;
    let (response, upstream) = match body.size_hint().exact() {
        Some(size) if size > LARGEST_BODY as u64 => return Err(ErrorResponse::BodyTooLarge),
        Some(size) if size <= LARGEST_BUFFERED_BODY as u64 => {
            let body = timeout(BODY_TIMEOUT, body.collect()).await.map_err(|_| ErrorResponse::BodyTooSlow)?;
            let body = body.map_err(|_| ErrorResponse::BodyTooSlow)?.to_bytes();
            let lot = backend.has_canary().then(|| lot(&head, &body));
            limited(until, send_buffered(backend, lot, &head, &body)).await?
        }
        _ => {
            // The HTTP client sets this header itself when it streams the body.
            head.headers.remove(header::TRANSFER_ENCODING);
            let lot = backend.has_canary().then(|| lot(&head, &Bytes::new()));
            limited(until, send_streamed(backend, lot, head, body)).await?
        }
    };
    let mut response = response.map(|body| Either::Right(TimedBody::new(body, until)));
    headers::remove_hop_by_hop(response.headers_mut());
    Ok((response, upstream))
}

/// Returns the number of a request's conversation, whose ID is in the body or at the end of the path. Other requests are spread.
fn lot(head: &Parts, body: &Bytes) -> Lot {
    let path = head.uri.path();
    let prefixes = [api::HISTORY, "/api/conversation/", "/conversation/"];
    let in_path = prefixes.iter().find_map(|prefix| path.strip_prefix(prefix)).map(|id| id.trim_matches('/'));
    let in_body =
        || serde_json::from_slice::<Conversation>(body).ok()?.session_id.filter(|id| !id.is_empty());
    match in_path.map(ToOwned::to_owned).or_else(in_body) {
        Some(id) => Lot::of(id),
        None => Lot::of(clock::unique_id()),
    }
}

async fn limited<T>(
    until: Instant,
    sent: impl Future<Output = Result<T, ErrorResponse>>,
) -> Result<T, ErrorResponse> {
    timeout_at(until, sent).await.unwrap_or(Err(ErrorResponse::TooSlow))
}

/// Sends a request, and repeats it if it did not reach the backend. A request that may have been processed is repeated
/// only if it is a GET or HEAD.
async fn send_buffered(
    backend: &Backend,
    lot: Option<Lot>,
    head: &Parts,
    body: &Bytes,
) -> Result<(Response<Incoming>, Arc<Upstream>), ErrorResponse> {
    let until = Instant::now() + BACKEND_TIMEOUT;
    let may_repeat = head.method == Method::GET || head.method == Method::HEAD;
    let mut repeats = if may_repeat { REPEATS } else { 0 };
    loop {
        let upstream = running_upstream(backend, lot, until).await?;
        let request = Request::from_parts(head.clone(), Either::Left(Full::new(body.clone())));
        match upstream.send(request).await {
            Ok(response) => return Ok((response, upstream)),
            Err(error) if error.is_connect() && Instant::now() < until => {
                drop(upstream);
                // The process has exited, and the supervisor is about to notice it.
                clock::sleep(RETRY_INTERVAL).await;
            }
            Err(_) if repeats > 0 => {
                repeats -= 1;
                drop(upstream);
                clock::sleep(RETRY_INTERVAL).await;
            }
            Err(error) => return Err(error_response(&error)),
        }
    }
}

/// Waits for a healthy process. Skips one that has exited, which the supervisor is about to notice.
async fn running_upstream(
    backend: &Backend,
    lot: Option<Lot>,
    until: Instant,
) -> Result<Arc<Upstream>, ErrorResponse> {
    loop {
        let upstream = backend.upstream(lot, until).await.ok_or(ErrorResponse::Starting)?;
        if !upstream.is_ending() || Instant::now() >= until {
            return Ok(upstream);
        }
        drop(upstream);
        clock::sleep(RETRY_INTERVAL).await;
    }
}

/// Sends a request whose body cannot be sent again, so it is never repeated.
async fn send_streamed(
    backend: &Backend,
    lot: Option<Lot>,
    head: Parts,
    body: Incoming,
) -> Result<(Response<Incoming>, Arc<Upstream>), ErrorResponse> {
    let upstream = running_upstream(backend, lot, Instant::now() + BACKEND_TIMEOUT).await?;
    let request = Request::from_parts(head, Either::Right(Limited::new(body, LARGEST_BODY)));
    let response = upstream.send(request).await.map_err(|error| error_response(&error))?;
    Ok((response, upstream))
}

fn error_response(error: &Error) -> ErrorResponse {
    let mut causes = std::iter::successors(error.source(), |error| (*error).source());
    match () {
        () if causes.any(<dyn std::error::Error>::is::<LengthLimitError>) => ErrorResponse::BodyTooLarge,
        () if error.is_connect() => ErrorResponse::Starting,
        () => ErrorResponse::Interrupted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_requests_of_a_conversation_have_its_number() {
        for (path, body) in [
            ("/api/chat", r#"{"message": "Who are you?", "session_id": "abc"}"#),
            ("/api/chat/history/abc", ""),
            ("/api/conversation/abc", ""),
            ("/conversation/abc/", ""),
        ] {
            let (head, ()) = Request::get(path).body(()).unwrap().into_parts();
            assert_eq!(lot(&head, &Bytes::from_static(body.as_bytes())), Lot::of("abc"), "{path}");
        }
    }
}
