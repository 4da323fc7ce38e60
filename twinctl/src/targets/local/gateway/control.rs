//! The control connection: whoever can read `running.json` may ask the door, and tell it what to do.

use std::{path::PathBuf, sync::Arc};

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use super::{
    connections::Connections,
    door::Door,
    protocol::{HandOver, Refusal, Reload, Token},
};

const LARGEST_ORDER: usize = 1 << 20;

type Answer = Response<Full<Bytes>>;

/// Answers orders until the future is dropped.
pub(super) async fn serve(door: Arc<Door>, listener: TcpListener, connections: &Connections) {
    let serve = |_| {
        let door = Arc::clone(&door);
        move |request| {
            let door = Arc::clone(&door);
            async move { respond(&door, request).await }
        }
    };
    connections.accept(listener, serve).await;
}

async fn respond(door: &Arc<Door>, request: Request<Incoming>) -> Answer {
    if !allowed(&request, &door.identity.token) {
        return answer(StatusCode::UNAUTHORIZED, &Refusal::new("that is not the door's token"));
    }
    let done = match (request.method(), request.uri().path()) {
        (&Method::GET, "/status") => status(door),
        (&Method::POST, "/reload") => reload(door, request).await,
        (&Method::POST, "/hand-over") => hand_over(door, request).await,
        (&Method::POST, "/stop") => {
            door.stop();
            Ok(answer(StatusCode::OK, &()))
        }
        _ => return answer(StatusCode::NOT_FOUND, &Refusal::new("the front door knows no such order")),
    };
    done.unwrap_or_else(|refusal| answer(StatusCode::CONFLICT, &refusal))
}

/// Takes the same time whatever was sent: hashes tell nothing about how much of a guess was right.
fn allowed(request: &Request<Incoming>, token: &Token) -> bool {
    let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    Sha256::digest(sent) == Sha256::digest(&token.0)
}

fn status(door: &Door) -> Result<Answer, Refusal> {
    Ok(answer(StatusCode::OK, &door.status()?))
}

async fn reload(door: &Arc<Door>, request: Request<Incoming>) -> Result<Answer, Refusal> {
    let Reload { secrets } = read(request).await?;
    // Whoever asked may go away: what was begun is brought to its end.
    let door = Arc::clone(door);
    let reloaded = tokio::spawn(async move {
        door.reload(secrets).await?;
        status(&door)
    });
    reloaded.await.unwrap_or_else(|_| Err(Refusal::new("the front door failed")))
}

async fn hand_over(door: &Arc<Door>, request: Request<Incoming>) -> Result<Answer, Refusal> {
    let HandOver { executable } = read::<HandOver>(request).await?;
    let door = Arc::clone(door);
    let handed_over = tokio::spawn(async move { take(&door, executable).await });
    handed_over.await.unwrap_or_else(|_| Err(Refusal::new("the front door failed")))
}

async fn take(door: &Door, executable: PathBuf) -> Result<Answer, Refusal> {
    door.hand_over(&executable).await?;
    Ok(answer(StatusCode::OK, &()))
}

async fn read<D: DeserializeOwned>(request: Request<Incoming>) -> Result<D, Refusal> {
    let refuse = |why: String| Refusal::new(format!("the order cannot be read: {why}"));
    let body = Limited::new(request.into_body(), LARGEST_ORDER).collect().await;
    let body = body.map_err(|error| refuse(error.to_string()))?.to_bytes();
    serde_json::from_slice(&body).map_err(|error| refuse(error.to_string()))
}

fn answer(status: StatusCode, body: &impl Serialize) -> Answer {
    let mut answer = Response::new(Full::new(serde_json::to_vec(body).unwrap_or_default().into()));
    *answer.status_mut() = status;
    answer
}
