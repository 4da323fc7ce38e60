//! An account of an emulated AWS behind a proxy that counts calls and loses those it is told to.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::config::{Credentials, StalledStreamProtectionConfig};
use reconcile::{
    Apply, Choices, Engine, Graph, Halt, Report, Resource, Silent, Waits,
    testing::{LossyCloud, Lost, Then},
};
use tokio::sync::oneshot;
use twinctl::targets::aws::{Cloud, Labels, Login};
use xtask::{
    emulator,
    proxy::{Call, Moment, Proxy, Which},
};

pub(crate) const REGION: &str = "eu-central-1";

pub(crate) fn labels() -> Labels {
    Labels::new("twin", "dev", &BTreeMap::from([("cost".to_owned(), "me".to_owned())]))
}

/// Which calls are lost in turn.
#[derive(Debug, Clone)]
pub(crate) enum Losing {
    Every,
    /// By operation, as the first run called them: how many reads there are depends on the emulator's pace.
    Writes(Arc<Mutex<Vec<String>>>),
}

pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) cloud: Arc<Cloud>,
    /// Not through the proxy: for what somebody does by hand.
    pub(crate) by_hand: Cloud,
    pub(crate) losing: Losing,
    proxy: Proxy,
    death: tokio::sync::Mutex<Option<oneshot::Receiver<Call>>>,
    draw: Draw,
}

/// Draws everything there is, as text.
pub(crate) type Draw = fn(&Cloud) -> std::pin::Pin<Box<dyn Future<Output = String> + '_>>;

impl Place {
    pub(crate) async fn new() -> Self {
        Self::with(|_| Box::pin(async { String::new() }), Losing::Every).await
    }

    pub(crate) async fn with(draw: Draw, losing: Losing) -> Self {
        let endpoint = emulator::shared().endpoint();
        let account = emulator::new_account();
        let proxy = Proxy::start(&endpoint, Duration::ZERO).unwrap();
        Self {
            cloud: Arc::new(cloud(&account, &proxy.endpoint()).await),
            by_hand: cloud(&account, &endpoint).await,
            account,
            losing,
            proxy,
            death: tokio::sync::Mutex::default(),
            draw,
        }
    }

    /// Deploys one thing, unless the run is killed first.
    pub(crate) async fn deploy<R: Resource<Cloud = Cloud>>(
        &self,
        resource: R,
        desired: R::Desired,
    ) -> Option<Report> {
        self.run(resource, desired, Choices::default()).await
    }

    pub(crate) async fn destroy<R: Resource<Cloud = Cloud>>(
        &self,
        resource: R,
        desired: R::Desired,
    ) -> Option<Report> {
        self.run(resource, desired, Choices { destroy: true, ..Choices::default() }).await
    }

    /// The fields that a plan says will change.
    pub(crate) async fn changes<R: Resource<Cloud = Cloud>>(
        &self,
        resource: R,
        desired: R::Desired,
    ) -> Vec<String> {
        let engine = self.engine(resource, desired, Choices::default());
        engine.observe().await.unwrap();
        let changes = engine.plan().nodes.remove(0).changes;
        changes.into_iter().map(|change| change.field).collect()
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.proxy.calls().into_iter().filter(is_write).map(|call| call.operation).collect()
    }

    pub(crate) fn forget_calls(&self) {
        self.proxy.reset();
    }

    fn engine<R>(&self, resource: R, desired: R::Desired, choices: Choices) -> Engine<Cloud>
    where
        R: Resource<Cloud = Cloud>,
    {
        let mut graph = Graph::new();
        graph.add("thing", resource, (), move |()| desired.clone());
        Engine::new(graph, Arc::clone(&self.cloud), Arc::new(Silent), Halt::new(), choices)
    }

    async fn run<R>(&self, resource: R, desired: R::Desired, choices: Choices) -> Option<Report>
    where
        R: Resource<Cloud = Cloud>,
    {
        let engine = self.engine(resource, desired, choices);
        let work = async {
            engine.observe().await.ok()?;
            let plan = engine.plan();
            let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
            Some(engine.verify(&plan, report).await)
        };
        let death = async {
            match self.death.lock().await.as_mut() {
                Some(death) => drop(death.await),
                None => pending().await,
            }
        };
        tokio::select! {
            report = work => report,
            () = death => None,
        }
    }
}

impl LossyCloud for Place {
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
            Losing::Every => Which::Nth(call + 1),
            Losing::Writes(known) => Which::first(1, &known.lock().unwrap()[call]),
        };
        let moment = match lost {
            Lost::BeforeEffect => Moment::BeforeEffect,
            Lost::AfterEffect => Moment::AfterEffect,
        };
        match then {
            Then::Continue => self.proxy.lose(which, moment),
            Then::Crash => *self.death.try_lock().unwrap() = Some(self.proxy.hold(which, moment)),
        }
    }

    fn restore(&self) {
        *self.death.try_lock().unwrap() = None;
    }

    fn snapshot(&self) -> impl Future<Output = String> {
        (self.draw)(&self.by_hand)
    }
}

fn is_write(call: &Call) -> bool {
    let name = call.operation.as_str();
    !["GET", "Get", "List", "Describe"].iter().any(|read| name.starts_with(read))
        && !name.contains("/invocations")
}

/// Without time limits: the tests' clock runs ahead whenever everybody waits.
async fn cloud(account: &str, endpoint: &str) -> Cloud {
    let login =
        Login { region: REGION.to_owned(), endpoint_url: Some(endpoint.to_owned()), ..Login::default() };
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(account, "secret", None, None, "test"))
        .endpoint_url(endpoint)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .load()
        .await;
    Cloud::new(&config, &login, account.to_owned(), Arc::new(Silent))
}
