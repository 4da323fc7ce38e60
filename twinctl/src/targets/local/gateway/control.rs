//! The control server of the gateway. Clients authenticate with the token in `running.json`.

use std::{path::PathBuf, sync::Arc};

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use super::{
    connections::Connections,
    protocol::{CanaryStep, GatewayError, HandOver, Reload, Reloaded, Token},
    server::Gateway,
};

const LARGEST_REQUEST: usize = 1 << 20;

type Answer = Response<Full<Bytes>>;

/// Serves control requests until the future is dropped.
pub(super) async fn serve(gateway: Arc<Gateway>, listener: TcpListener, connections: &Connections) {
    let serve = |_| {
        let gateway = Arc::clone(&gateway);
        Some(move |request| {
            let gateway = Arc::clone(&gateway);
            async move { respond(&gateway, request).await }
        })
    };
    connections.accept(listener, serve).await;
}

async fn respond(gateway: &Arc<Gateway>, request: Request<Incoming>) -> Answer {
    if !allowed(&request, &gateway.identity.token) {
        return answer(StatusCode::UNAUTHORIZED, &GatewayError::new("invalid token"));
    }
    let result = match (request.method(), request.uri().path()) {
        (&Method::GET, "/status") => status(gateway),
        (&Method::POST, "/reload") => reload(gateway, request).await,
        (&Method::POST, "/canary") => canary(gateway, request).await,
        (&Method::POST, "/hand-over") => hand_over(gateway, request).await,
        (&Method::POST, "/stop") => {
            gateway.stop();
            Ok(answer(StatusCode::OK, &()))
        }
        _ => return answer(StatusCode::NOT_FOUND, &GatewayError::new("unknown control request")),
    };
    result.unwrap_or_else(|error| answer(StatusCode::CONFLICT, &error))
}

/// Returns whether the request has the token. Compares hashes, so that the duration does not reveal how much of a
/// guessed token is correct.
fn allowed(request: &Request<Incoming>, token: &Token) -> bool {
    let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    Sha256::digest(sent) == Sha256::digest(&token.0)
}

fn status(gateway: &Gateway) -> Result<Answer, GatewayError> {
    Ok(answer(StatusCode::OK, &gateway.status()?))
}

async fn reload(gateway: &Arc<Gateway>, request: Request<Incoming>) -> Result<Answer, GatewayError> {
    let reload: Reload = read(request).await?;
    // A task of its own, so that the reload is completed even if the client disconnects.
    let gateway = Arc::clone(gateway);
    let reloaded = tokio::spawn(async move {
        let question = gateway.reload(reload).await?;
        Ok(answer(StatusCode::OK, &Reloaded { status: gateway.status()?, question }))
    });
    reloaded.await.unwrap_or_else(|_| Err(GatewayError::new("internal error: the task panicked")))
}

async fn canary(gateway: &Arc<Gateway>, request: Request<Incoming>) -> Result<Answer, GatewayError> {
    let step: CanaryStep = read(request).await?;
    let gateway = Arc::clone(gateway);
    let done = tokio::spawn(async move { Ok(answer(StatusCode::OK, &gateway.canary(step).await?)) });
    done.await.unwrap_or_else(|_| Err(GatewayError::new("internal error: the task panicked")))
}

async fn hand_over(gateway: &Arc<Gateway>, request: Request<Incoming>) -> Result<Answer, GatewayError> {
    let HandOver { executable } = read::<HandOver>(request).await?;
    let gateway = Arc::clone(gateway);
    let handed_over = tokio::spawn(async move { start_successor(&gateway, executable).await });
    handed_over.await.unwrap_or_else(|_| Err(GatewayError::new("internal error: the task panicked")))
}

async fn start_successor(gateway: &Arc<Gateway>, executable: PathBuf) -> Result<Answer, GatewayError> {
    gateway.hand_over(&executable).await?;
    Ok(answer(StatusCode::OK, &()))
}

async fn read<D: DeserializeOwned>(request: Request<Incoming>) -> Result<D, GatewayError> {
    let invalid = |why: String| GatewayError::new(format!("could not read the control request: {why}"));
    let body = Limited::new(request.into_body(), LARGEST_REQUEST).collect().await;
    let body = body.map_err(|error| invalid(error.to_string()))?.to_bytes();
    serde_json::from_slice(&body).map_err(|error| invalid(error.to_string()))
}

fn answer(status: StatusCode, body: &impl Serialize) -> Answer {
    let mut answer = Response::new(Full::new(serde_json::to_vec(body).unwrap_or_default().into()));
    *answer.status_mut() = status;
    answer
}
