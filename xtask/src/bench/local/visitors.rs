//! Visitors that reuse connections and send one question after the other.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Number of turns per conversation.
const TURNS: u32 = 5;

#[derive(Clone)]
pub(super) struct Visitors {
    client: Client<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
}

impl Visitors {
    pub(super) fn new(address: SocketAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { client: Client::builder(TokioExecutor::new()).build(connector), address }
    }

    /// Sends one question and returns the milliseconds until its answer is complete.
    pub(super) async fn ask(&self, visitor: &str, turn: u32) -> Result<f64> {
        let body = json!({
            "message": "What is your email?",
            "session_id": format!("{visitor}-{}", turn / TURNS),
        });
        let request = Request::post(format!("http://{}/api/chat", self.address))
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        let started = Instant::now();
        self.send(request).await?;
        Ok(started.elapsed().as_secs_f64() * 1000.0)
    }

    /// Sends questions from concurrent visitors, each in its own conversations, and returns the total duration.
    pub(super) async fn load(&self, requests: u32, at_once: u32) -> Result<Duration> {
        let started = Instant::now();
        let mut visitors = JoinSet::new();
        for number in 0..at_once {
            let turns = requests / at_once + u32::from(number < requests % at_once);
            let visitor = self.clone();
            visitors.spawn(async move {
                for turn in 0..turns {
                    visitor.ask(&format!("load-{number}"), turn).await?;
                }
                Ok::<_, anyhow::Error>(())
            });
        }
        while let Some(ended) = visitors.join_next().await {
            ended??;
        }
        Ok(started.elapsed())
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Value> {
        let response = self.client.request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            bail!("{status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(serde_json::from_slice(&body)?)
    }
}
