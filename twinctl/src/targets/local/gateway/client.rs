//! Speaks with a front door that runs: what it does now, and what it should do next.

use std::{path::Path, time::Duration};

use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{net::TcpStream, time::Instant};

use super::{
    place::{Place, PlaceError},
    protocol::{DoorStatus, HandOver, Refusal, Reload, Running, Secrets},
};
use crate::system::clock;

const QUICKLY: Duration = Duration::from_secs(5);
/// A new backend may have to be waited for.
const PATIENTLY: Duration = Duration::from_mins(1);
const LARGEST_ANSWER: usize = 4 << 20;
const BETWEEN: Duration = Duration::from_millis(20);

/// The connection to a front door that runs.
#[derive(Debug, Clone)]
pub struct Control {
    running: Running,
}

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("the front door is not running")]
    NotRunning,
    #[error("the front door (process {pid}) does not answer: {why}")]
    NotAnswering { pid: u32, why: String },
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl Control {
    /// The front door of a place. It is asked nothing yet.
    pub fn find(place: &Place) -> Result<Self, ControlError> {
        let running: Running = place.read()?.ok_or(ControlError::NotRunning)?;
        if running.process.is_gone() { Err(ControlError::NotRunning) } else { Ok(Self { running }) }
    }

    pub fn running(&self) -> &Running {
        &self.running
    }

    pub async fn status(&self) -> Result<DoorStatus, ControlError> {
        self.ask(Method::GET, "/status", &(), QUICKLY).await
    }

    /// Makes it read its files again, and answers when what they say is served.
    pub async fn reload(&self, secrets: Secrets) -> Result<DoorStatus, ControlError> {
        self.ask(Method::POST, "/reload", &Reload { secrets }, PATIENTLY).await
    }

    /// Lets another executable take its place, and answers with the new door.
    pub async fn hand_over(&self, place: &Place, executable: &Path) -> Result<Self, ControlError> {
        let order = HandOver { executable: executable.to_owned() };
        let _taken: serde::de::IgnoredAny = self.ask(Method::POST, "/hand-over", &order, PATIENTLY).await?;
        Self::find(place)
    }

    /// Ends it, and waits until it is gone.
    pub async fn stop(&self) -> Result<(), ControlError> {
        let begun = Instant::now();
        let stopped = self.ask::<serde::de::IgnoredAny>(Method::POST, "/stop", &(), QUICKLY).await;
        match stopped {
            Ok(_) => {}
            Err(ControlError::NotRunning) => return Ok(()),
            Err(error) => return Err(error),
        }
        while !self.is_gone().await {
            if begun.elapsed() > PATIENTLY {
                return Err(self.silent("it was told to end, and has not".to_owned()));
            }
            clock::sleep(BETWEEN).await;
        }
        Ok(())
    }

    /// Where processes cannot be looked at, it is gone when nobody listens any more.
    async fn is_gone(&self) -> bool {
        self.running.process.is_gone() || TcpStream::connect(self.running.control).await.is_err()
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        patience: Duration,
    ) -> Result<A, ControlError> {
        let exchange = tokio::time::timeout(patience, self.exchange(method, path, body));
        let (status, answer) = exchange.await.map_err(|_| self.silent("no answer in time".to_owned()))??;
        if status.is_success() {
            serde_json::from_slice(&answer).map_err(|error| self.silent(format!("it says {error}")))
        } else if let Ok(refusal) = serde_json::from_slice::<Refusal>(&answer) {
            Err(refusal.into())
        } else {
            Err(self.silent(format!("it says {status}")))
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<(StatusCode, Bytes), ControlError> {
        // It listens for as long as it lives: where nobody listens there is nobody.
        let stream = TcpStream::connect(self.running.control).await.map_err(|_| ControlError::NotRunning)?;
        let strange = |error: &dyn std::error::Error| self.silent(error.to_string());
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| strange(&e))?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.running.control.to_string())
            .header(header::AUTHORIZATION, format!("Bearer {}", self.running.token.0))
            .body(Full::new(Bytes::from(serde_json::to_vec(body).map_err(|e| strange(&e))?)))
            .map_err(|e| strange(&e))?;
        // The sender goes with it: that closes the connection.
        let answer = async move {
            let response = sender.send_request(request).await.map_err(|e| strange(&e))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await;
            Ok((status, body.map_err(|error| self.silent(error.to_string()))?.to_bytes()))
        };
        let (answer, _closed) = tokio::join!(answer, connection);
        answer
    }

    fn silent(&self, why: String) -> ControlError {
        ControlError::NotAnswering { pid: self.running.process.pid, why }
    }
}
