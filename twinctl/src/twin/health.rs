//! Asks the twin from outside whether it answers.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::{
    system::{clock, exchange::Silence},
    twin::endpoint::Front,
};

const TIMEOUT: Duration = Duration::from_secs(10);
/// A page is small, and nothing else is read.
const LARGEST_BODY: usize = 4 << 20;
const BETWEEN: Duration = Duration::from_secs(1);

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Health {
    pub(crate) healthy: bool,
    /// Fits "the twin …".
    pub(crate) finding: String,
}

impl Health {
    fn sick(finding: impl Into<String>) -> Self {
        Self { healthy: false, finding: finding.into() }
    }
}

/// Asks the page and the API once, both at the same time.
pub(crate) async fn ask(front: &Front) -> Health {
    let (page, api) = tokio::join!(get(front, "/"), get(front, "/api/health"));
    match (page, api) {
        (Err(why), _) | (_, Err(why)) => Health::sick(format!("does not answer: {why}")),
        (Ok((200, _)), Ok((200, body))) if body.contains("\"healthy\"") => {
            Health { healthy: true, finding: "answers".to_owned() }
        }
        (Ok((200, _)), Ok((status, body))) => {
            let body: String = body.chars().take(200).collect();
            Health::sick(format!("answers `/api/health` with {status}: {body}"))
        }
        (Ok((status, _)), _) => Health::sick(format!("answers `/` with {status}")),
    }
}

/// Asks until it answers, for as long as `patience` lasts.
pub(crate) async fn ask_until(front: &Front, patience: Duration) -> Health {
    let begun = Instant::now();
    loop {
        let health = ask(front).await;
        if health.healthy || begun.elapsed() > patience {
            return health;
        }
        clock::sleep(BETWEEN).await;
    }
}

async fn get(front: &Front, path: &str) -> Result<(u16, String), String> {
    let exchange = async {
        let answer = front.get(path).await?;
        Ok((answer.status, answer.text(LARGEST_BODY).await?))
    };
    let answered = tokio::time::timeout(TIMEOUT, exchange).await;
    answered.map_err(|_| "no answer in time".to_owned())?.map_err(|silence: Silence| silence.to_string())
}
