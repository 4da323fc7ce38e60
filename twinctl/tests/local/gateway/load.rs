//! Visitors that send requests continuously during other events.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::task::JoinSet;

use super::visitor::Visitor;

pub(crate) struct Load {
    visitors: JoinSet<()>,
    stop: Arc<AtomicBool>,
    outcomes: Arc<Mutex<BTreeMap<String, usize>>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Chat,
    Health,
}

impl Load {
    pub(crate) fn start(visitor: &Visitor, kind: Kind, visitors: usize) -> Self {
        let (stop, outcomes) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::default()));
        let mut load = Self { visitors: JoinSet::new(), stop, outcomes };
        for number in 0..visitors {
            let (visitor, stop) = (visitor.clone(), Arc::clone(&load.stop));
            let outcomes = Arc::clone(&load.outcomes);
            load.visitors.spawn(async move {
                let session = format!("visitor-{number}");
                while !stop.load(Ordering::Relaxed) {
                    let outcome = outcome(&visitor, kind, &session).await;
                    *outcomes.lock().unwrap().entry(outcome).or_insert(0) += 1;
                }
            });
        }
        load
    }

    pub(crate) fn answered(&self) -> usize {
        self.outcomes.lock().unwrap().get("200").copied().unwrap_or_default()
    }

    /// Stops the visitors. Returns how often each status or error occurred.
    pub(crate) async fn stop(mut self) -> BTreeMap<String, usize> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.visitors.join_next().await {
            ended.unwrap();
        }
        self.outcomes.lock().unwrap().clone()
    }
}

async fn outcome(visitor: &Visitor, kind: Kind, session: &str) -> String {
    match kind {
        Kind::Chat => match visitor.chat("What is your email?", session).await {
            Ok(answer) => answer.status.as_u16().to_string(),
            Err(error) => error,
        },
        Kind::Health => {
            let sent = visitor.send(http::Method::GET, "/api/health", &[], String::new()).await;
            sent.map_or_else(|error| format!("{error:?}"), |answer| answer.status().as_u16().to_string())
        }
    }
}
