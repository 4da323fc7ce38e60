//! The client of a running gateway's control server.

use std::{path::Path, time::Duration};

use http::{Method, Request, header};
use reconcile::Fault;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{net::TcpStream, time::Instant};

use super::{
    protocol::{CanaryStep, GatewayError, GatewayStatus, HandOver, Reload, Reloaded, Running, Secrets},
    twin_folder::TwinFolder,
};
use crate::system::{
    clock,
    exchange::{self, ExchangeError},
};

const TIMEOUT: Duration = Duration::from_secs(5);
/// The timeout of requests that may have to wait for a new backend.
const LONG_TIMEOUT: Duration = Duration::from_mins(1);
const LARGEST_RESPONSE: usize = 4 << 20;
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A client of one running gateway.
#[derive(Debug, Clone)]
pub struct ControlClient {
    running: Running,
}

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("the gateway is not running")]
    NotRunning,
    #[error("the gateway (process {pid}) does not respond: {why}")]
    NotResponding { pid: u32, why: String },
    /// The gateway runs an earlier twinctl, which does not know the request.
    #[error(transparent)]
    Unknown(GatewayError),
    #[error(transparent)]
    Refused(#[from] GatewayError),
    #[error(transparent)]
    Folder(#[from] Fault),
}

impl ControlClient {
    /// Finds the gateway of a twin, without connecting to it.
    pub fn find(folder: &TwinFolder) -> Result<Self, ControlError> {
        let running: Running = folder.read()?.ok_or(ControlError::NotRunning)?;
        if running.process.is_gone() { Err(ControlError::NotRunning) } else { Ok(Self { running }) }
    }

    pub fn running(&self) -> &Running {
        &self.running
    }

    pub async fn status(&self) -> Result<GatewayStatus, ControlError> {
        self.request(Method::GET, "/status", &(), TIMEOUT).await
    }

    /// Makes the gateway read its files again. Returns when it serves the new setup.
    pub async fn reload(&self, secrets: Secrets) -> Result<GatewayStatus, ControlError> {
        self.reload_with(&Reload { secrets, ..Reload::default() }).await.map(|reloaded| reloaded.status)
    }

    /// Like [`Self::reload`]. A new backend must answer a question if `request.ask` is set.
    pub async fn reload_with(&self, request: &Reload) -> Result<Reloaded, ControlError> {
        self.request(Method::POST, "/reload", request, LONG_TIMEOUT).await
    }

    /// Starts, checks or stops a second backend.
    pub async fn canary(&self, step: &CanaryStep) -> Result<Reloaded, ControlError> {
        self.request(Method::POST, "/canary", step, LONG_TIMEOUT).await
    }

    /// Replaces the gateway with one that runs `executable`, and returns the client of the new one.
    pub async fn hand_over(&self, folder: &TwinFolder, executable: &Path) -> Result<Self, ControlError> {
        let body = HandOver { executable: executable.to_owned() };
        let _: serde::de::IgnoredAny = self.request(Method::POST, "/hand-over", &body, LONG_TIMEOUT).await?;
        Self::find(folder)
    }

    /// Stops the gateway and waits until it has exited.
    pub async fn stop(&self) -> Result<(), ControlError> {
        self.begin_stop().await?;
        self.wait_for_exit().await
    }

    /// Asks the gateway to stop.
    pub(crate) async fn begin_stop(&self) -> Result<(), ControlError> {
        let stopped = self.request::<serde::de::IgnoredAny>(Method::POST, "/stop", &(), TIMEOUT).await;
        match stopped {
            Ok(_) | Err(ControlError::NotRunning) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits until a gateway that was asked to stop has exited.
    pub(crate) async fn wait_for_exit(&self) -> Result<(), ControlError> {
        let started = Instant::now();
        while !self.has_exited().await {
            if started.elapsed() > LONG_TIMEOUT {
                return Err(self.not_responding("it was asked to stop and still runs".to_owned()));
            }
            clock::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    /// Returns whether the gateway has exited. If its process is not visible from here, a closed control port counts as
    /// the exit. For a visible process the port is not checked, because it is closed a little before the exit.
    async fn has_exited(&self) -> bool {
        let process = &self.running.process;
        process.is_gone() || !process.is_visible() && TcpStream::connect(self.running.control).await.is_err()
    }

    async fn request<A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        limit: Duration,
    ) -> Result<A, ControlError> {
        let exchange = tokio::time::timeout(limit, self.exchange(method, path, body));
        let timed_out = |_| self.not_responding("the request timed out".to_owned());
        let (status, response) = exchange.await.map_err(timed_out)??;
        if status == 200 {
            let unexpected = |error| self.not_responding(format!("unexpected response: {error}"));
            serde_json::from_str(&response).map_err(unexpected)
        } else if let Ok(error) = serde_json::from_str::<GatewayError>(&response) {
            Err(if status == 404 { ControlError::Unknown(error) } else { error.into() })
        } else {
            Err(self.not_responding(format!("status {status}")))
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<(u16, String), ControlError> {
        let body = serde_json::to_vec(body).map_err(|error| self.not_responding(error.to_string()))?;
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.running.control))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.running.token.0));
        let response = exchange::send(request, body).await.map_err(|error| self.failed(error))?;
        let status = response.status;
        Ok((status, response.text(LARGEST_RESPONSE).await.map_err(|error| self.failed(error))?))
    }

    fn failed(&self, error: ExchangeError) -> ControlError {
        match error {
            // The gateway listens as long as it runs, so a refused connection means that it has exited.
            ExchangeError::Unreachable(_) => ControlError::NotRunning,
            ExchangeError::Lost(why) => self.not_responding(why),
        }
    }

    fn not_responding(&self, why: String) -> ControlError {
        ControlError::NotResponding { pid: self.running.process.pid, why }
    }
}
