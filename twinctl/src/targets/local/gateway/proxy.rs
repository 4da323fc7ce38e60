//! Passes a request on to the backend, and its answer back, both as they come.

use std::{error::Error as _, net::IpAddr, sync::Arc, time::Duration};

use http::{HeaderValue, Method, Request, Response, header, request::Parts};
use http_body_util::{BodyExt as _, Either, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper_util::client::legacy::Error;
use tokio::time::{Instant, timeout};

use super::{
    answer::{CORRELATION, Trouble},
    backend::{Backend, Upstream},
    body::Content,
    headers,
};
use crate::system::clock;

/// As long as a process that was killed needs to be there again, and then some.
const BACKEND_WITHIN: Duration = Duration::from_secs(5);
const BODY_WITHIN: Duration = Duration::from_secs(30);
/// What the gateway of AWS takes.
const LARGEST_BODY: usize = 10 << 20;
/// Every message fits. What is read whole can be sent again when it did not get there.
const READ_WHOLE: usize = 64 << 10;
const BETWEEN: Duration = Duration::from_millis(20);

pub(super) type Passed = (Response<Content>, Arc<Upstream>);

pub(super) async fn pass(
    backend: &Backend,
    request: Request<Incoming>,
    visitor: IpAddr,
    correlation: &HeaderValue,
) -> Result<Passed, Trouble> {
    let (mut head, body) = request.into_parts();
    headers::drop_hop_by_hop(&mut head.headers);
    headers::forward(&mut head.headers, visitor);
    head.headers.insert(CORRELATION, correlation.clone());
    // The connection to the backend is another one.
    head.version = http::Version::HTTP_11;
    let (response, upstream) = match body.size_hint().exact() {
        Some(size) if size > LARGEST_BODY as u64 => return Err(Trouble::TooLarge),
        Some(size) if size <= READ_WHOLE as u64 => {
            let body = timeout(BODY_WITHIN, body.collect()).await.map_err(|_| Trouble::TooSlow)?;
            let body = body.map_err(|_| Trouble::TooSlow)?.to_bytes();
            send_whole(backend, &head, &body).await?
        }
        _ => {
            // How long it is, is then ours to say.
            head.headers.remove(header::TRANSFER_ENCODING);
            send_once(backend, head, body).await?
        }
    };
    let mut response = response.map(Either::Right);
    headers::drop_hop_by_hop(response.headers_mut());
    Ok((response, upstream))
}

/// What did not get there is sent again; what may have had an effect is not.
async fn send_whole(
    backend: &Backend,
    head: &Parts,
    body: &Bytes,
) -> Result<(Response<Incoming>, Arc<Upstream>), Trouble> {
    let until = Instant::now() + BACKEND_WITHIN;
    let mut may_repeat = head.method == Method::GET || head.method == Method::HEAD;
    loop {
        let upstream = backend.upstream(until).await.ok_or(Trouble::Starting)?;
        if upstream.has_ended() && Instant::now() < until {
            drop(upstream);
            // Whoever keeps it running is about to notice.
            clock::sleep(BETWEEN).await;
            continue;
        }
        let request = Request::from_parts(head.clone(), Either::Left(Full::new(body.clone())));
        match upstream.ask(request).await {
            Ok(response) => return Ok((response, upstream)),
            Err(error) if error.is_connect() && Instant::now() < until => {
                drop(upstream);
                // It has ended, and whoever keeps it running is about to notice.
                clock::sleep(BETWEEN).await;
            }
            Err(_) if may_repeat => may_repeat = false,
            Err(error) => return Err(trouble(&error)),
        }
    }
}

async fn send_once(
    backend: &Backend,
    head: Parts,
    body: Incoming,
) -> Result<(Response<Incoming>, Arc<Upstream>), Trouble> {
    let upstream = backend.upstream(Instant::now() + BACKEND_WITHIN).await.ok_or(Trouble::Starting)?;
    let request = Request::from_parts(head, Either::Right(Limited::new(body, LARGEST_BODY)));
    let response = upstream.ask(request).await.map_err(|error| trouble(&error))?;
    Ok((response, upstream))
}

fn trouble(error: &Error) -> Trouble {
    let mut causes = std::iter::successors(error.source(), |error| (*error).source());
    match () {
        () if causes.any(<dyn std::error::Error>::is::<LengthLimitError>) => Trouble::TooLarge,
        () if error.is_connect() => Trouble::Starting,
        () => Trouble::CutOff,
    }
}
