//! A health check of page and API over the public endpoint.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::{
    system::{clock, exchange::ExchangeError},
    twin::endpoint::Endpoint,
};

/// How long an existing public endpoint may take to answer after a change.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
const TIMEOUT: Duration = Duration::from_secs(10);
const LARGEST_BODY: usize = 4 << 20;
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The result of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Health {
    pub(crate) healthy: bool,
    /// A phrase that fits "the twin …".
    pub(crate) finding: String,
    /// Whether the twin itself answered. If not, the network of this machine or the requests of others may be the cause.
    #[serde(skip)]
    pub(crate) reached: bool,
}

impl Health {
    /// Describes the result for `status`. Nobody asked the model.
    pub(crate) fn note(&self) -> String {
        if self.healthy {
            "the page and the API answer; the model was not asked".to_owned()
        } else {
            format!("the twin {}", self.finding)
        }
    }

    fn unhealthy(finding: impl Into<String>) -> Self {
        Self { healthy: false, finding: finding.into(), reached: true }
    }
}

/// Checks page and API once, in parallel.
pub(crate) async fn check(endpoint: &Endpoint) -> Health {
    let (page, api) = tokio::join!(get(endpoint, "/"), get(endpoint, contract::api::HEALTH));
    match (page, api) {
        (Err(error), _) | (_, Err(error)) => Health {
            reached: !matches!(error, ExchangeError::Unreachable(_)),
            ..Health::unhealthy(format!("does not answer: {error}"))
        },
        (Ok((429, _)), _) | (_, Ok((429, _))) => {
            Health { reached: false, ..Health::unhealthy("has too many requests (429)") }
        }
        (Ok((200, _)), Ok((200, body))) if body.contains("\"healthy\"") => {
            Health { healthy: true, finding: "answers".to_owned(), reached: true }
        }
        (Ok((200, _)), Ok((status, body))) => {
            let body: String = body.chars().take(200).collect();
            Health::unhealthy(format!("answers `/api/health` with {status}: {body}"))
        }
        (Ok((status, _)), _) => Health::unhealthy(format!("answers `/` with {status}")),
    }
}

/// Repeats the check until it succeeds or `limit` has passed.
pub(crate) async fn check_until(endpoint: &Endpoint, limit: Duration) -> Health {
    let started = Instant::now();
    loop {
        let health = check(endpoint).await;
        if health.healthy || started.elapsed() > limit {
            return health;
        }
        clock::sleep(RETRY_INTERVAL).await;
    }
}

async fn get(endpoint: &Endpoint, path: &str) -> Result<(u16, String), ExchangeError> {
    let exchange = async {
        let answer = endpoint.get(path).await?;
        Ok((answer.status, answer.text(LARGEST_BODY).await?))
    };
    let result = tokio::time::timeout(TIMEOUT, exchange).await;
    result.map_err(|_| ExchangeError::Lost("no answer in time".to_owned()))?
}
