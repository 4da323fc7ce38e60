//! An empty account of the emulated AWS for each test, behind a proxy that counts and loses calls.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{
    retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_sdk_s3::config::Credentials;
use futures_util::future::BoxFuture;
use reconcile::{
    Apply, Choices, Engine, Graph, Halt, Report, Resource, Silent, Waits,
    testing::{LossyCloud, Lost, Then},
};
use testbed::{
    emulator,
    proxy::{Call, Proxy, Selector, Timing},
};
use tokio::sync::oneshot;
use twinctl::targets::aws::{Cloud, Labels};

pub(crate) const REGION: &str = "eu-central-1";

pub(crate) fn labels() -> Labels {
    Labels::new("twin", "dev", &BTreeMap::from([("cost".to_owned(), "me".to_owned())]))
}

pub(crate) fn destroy() -> Choices {
    Choices { destroy: true, ..Choices::default() }
}

/// A graph of one resource, named "resource".
pub(crate) fn only<R: Resource<Cloud = Cloud>>(resource: R, desired: R::Desired) -> Graph<Cloud> {
    let mut graph = Graph::new();
    graph.add("resource", resource, (), move |()| desired.clone());
    graph
}

/// Everything that a test compares in an account, as text.
pub(crate) type Picture = fn(Arc<Cloud>) -> BoxFuture<'static, String>;

/// The calls that a crash test loses, one after the other.
#[derive(Debug, Clone)]
pub(crate) enum Losing {
    Every,
    /// Only writes, by the operations of the first run, because the number of reads depends on the emulator's speed.
    Writes(Arc<Mutex<Vec<String>>>),
}

pub(crate) struct Sandbox {
    pub(crate) account: String,
    /// The clients of the code under test.
    pub(crate) cloud: Arc<Cloud>,
    /// Clients that bypass the proxy, so that their calls are neither counted nor lost.
    pub(crate) by_hand: Arc<Cloud>,
    proxy: Proxy,
    picture: Picture,
    losing: Losing,
    death: Mutex<Option<oneshot::Receiver<Call>>>,
}

impl Sandbox {
    pub(crate) fn new(picture: Picture) -> Self {
        Self::losing(Losing::Every, picture)
    }

    /// Creates a sandbox for a test that compares nothing.
    pub(crate) fn blind() -> Self {
        Self::new(|_| Box::pin(async { String::new() }))
    }

    pub(crate) fn losing(losing: Losing, picture: Picture) -> Self {
        let account = emulator::new_account();
        let endpoint = emulator::of_this_test().endpoint();
        let proxy = Proxy::start(&endpoint, Duration::ZERO).unwrap();
        Self {
            cloud: Arc::new(cloud(&account, &proxy.endpoint())),
            by_hand: Arc::new(cloud(&account, &endpoint)),
            account,
            proxy,
            picture,
            losing,
            death: Mutex::default(),
        }
    }

    fn engine(&self, graph: Graph<Cloud>, choices: Choices) -> Engine<Cloud> {
        Engine::new(graph, Arc::clone(&self.cloud), Arc::new(Silent), Halt::new(), choices)
    }

    /// Observes, plans, applies and verifies. Returns `None` if the plan is refused or the run is killed.
    pub(crate) async fn run(&self, graph: Graph<Cloud>, choices: Choices) -> Option<Report> {
        let death = self.death.lock().unwrap().take();
        let killed = async {
            match death {
                Some(death) => drop(death.await),
                None => pending().await,
            }
        };
        let engine = self.engine(graph, choices);
        let run = async {
            engine.observe().await.ok()?;
            let plan = engine.plan();
            if plan.refusals().next().is_some() {
                return None;
            }
            let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
            Some(engine.verify(&plan, report).await)
        };
        tokio::select! {
            report = run => report,
            () = killed => None,
        }
    }

    /// Whether a run applied its whole plan.
    pub(crate) async fn succeeds(&self, graph: Graph<Cloud>, choices: Choices) -> bool {
        self.run(graph, choices).await.is_some_and(|report| report.complete())
    }

    /// Deploys one resource.
    pub(crate) async fn deploy<R>(&self, resource: R, desired: R::Desired) -> Option<Report>
    where
        R: Resource<Cloud = Cloud>,
    {
        self.run(only(resource, desired), Choices::default()).await
    }

    /// Destroys one resource.
    pub(crate) async fn destroy<R>(&self, resource: R, desired: R::Desired) -> Option<Report>
    where
        R: Resource<Cloud = Cloud>,
    {
        self.run(only(resource, desired), destroy()).await
    }

    /// The fields that a deploy would change.
    pub(crate) async fn changes(&self, graph: Graph<Cloud>) -> Vec<String> {
        changes(Arc::clone(&self.cloud), graph).await
    }

    /// The operations of the writes since the last [`Self::forget_calls`].
    pub(crate) fn operations(&self) -> Vec<String> {
        self.proxy.calls().into_iter().filter(is_write).map(|call| call.operation).collect()
    }

    pub(crate) fn forget_calls(&self) {
        self.proxy.reset();
    }
}

/// The fields that a deploy would change.
pub(crate) async fn changes(cloud: Arc<Cloud>, graph: Graph<Cloud>) -> Vec<String> {
    let engine = Engine::new(graph, cloud, Arc::new(Silent), Halt::new(), Choices::default());
    engine.observe().await.unwrap();
    let nodes = engine.plan().nodes;
    nodes.into_iter().flat_map(|node| node.changes).map(|change| change.field).collect()
}

impl LossyCloud for Sandbox {
    fn calls(&self) -> usize {
        match &self.losing {
            Losing::Every => self.proxy.calls().len(),
            Losing::Writes(known) => {
                let mut known = known.lock().unwrap();
                if known.is_empty() {
                    *known = self.operations();
                }
                known.len()
            }
        }
    }

    fn writes(&self) -> usize {
        self.operations().len()
    }

    fn lose(&self, call: usize, lost: Lost, then: Then) {
        let which = match &self.losing {
            Losing::Every => Selector::Nth(self.proxy.calls().len() + call + 1),
            Losing::Writes(known) => Selector::first(1, &known.lock().unwrap()[call]),
        };
        let moment = match lost {
            Lost::BeforeEffect => Timing::BeforeEffect,
            Lost::AfterEffect => Timing::AfterEffect,
        };
        match then {
            Then::Continue => self.proxy.lose(which, moment),
            Then::Crash => *self.death.lock().unwrap() = Some(self.proxy.hold(which, moment)),
        }
    }

    fn restore(&self) {
        self.forget_calls();
        self.death.lock().unwrap().take();
    }

    async fn snapshot(&self) -> String {
        (self.picture)(Arc::clone(&self.by_hand)).await.replace(&self.account, "ACCOUNT")
    }
}

fn is_write(call: &Call) -> bool {
    !call.is_read() && !call.operation.contains("/invocations")
}

/// Without retries, because the engine repeats calls itself, and without timeouts, which a fast clock would trigger.
fn cloud(account: &str, endpoint: &str) -> Cloud {
    let credentials = Credentials::new(account, "secret", None, None, "test");
    let config = crate::cloud::config(credentials, REGION, endpoint)
        .into_builder()
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    crate::cloud::cloud(&config, account)
}
