//! An empty account of the emulated AWS for each test, behind a proxy that loses the calls it is told to.

mod clock;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use futures_util::future::BoxFuture;
use reconcile::{
    Apply, Choices, Engine, Graph, Halt, Report, Silent, Waits,
    testing::{LossyCloud, Lost, Then},
};
use tokio::sync::oneshot;
use twinctl::targets::aws::{Cloud, Login};
use xtask::{
    emulator,
    proxy::{Call, Moment, Proxy, Which},
};

pub(crate) use clock::hurry;

/// Everything that a test cares about in an account, as text.
pub(crate) type Picture = fn(Arc<Cloud>) -> BoxFuture<'static, String>;

pub(crate) struct Sandbox {
    pub(crate) account: String,
    /// What the code under test gets.
    pub(crate) cloud: Arc<Cloud>,
    /// Past the proxy: what is done here is neither counted nor lost.
    pub(crate) by_hand: Arc<Cloud>,
    proxy: Proxy,
    picture: Picture,
    writes_before: AtomicUsize,
    death: Mutex<Option<oneshot::Receiver<Call>>>,
}

impl Sandbox {
    pub(crate) fn new(picture: Picture) -> Self {
        let account = emulator::new_account();
        let endpoint = emulator::shared().endpoint();
        let proxy = Proxy::start(&endpoint, Duration::ZERO).expect("a free port");
        Self {
            cloud: Arc::new(enter(&account, &proxy.endpoint())),
            by_hand: Arc::new(enter(&account, &endpoint)),
            account,
            proxy,
            picture,
            writes_before: AtomicUsize::new(0),
            death: Mutex::new(None),
        }
    }

    /// Observes, plans and applies, unless the run dies on the way.
    pub(crate) async fn run(&self, graph: Graph<Cloud>, choices: Choices) -> Option<Report> {
        let death = self.death.lock().expect("one test, one thread").take();
        let dead = async {
            match death {
                Some(death) => drop(death.await),
                None => std::future::pending().await,
            }
        };
        let engine = Engine::new(graph, Arc::clone(&self.cloud), Arc::new(Silent), Halt::new(), choices);
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
            () = dead => None,
        }
    }

    /// The same, and whether it all went well.
    pub(crate) async fn succeeds(&self, graph: Graph<Cloud>, choices: Choices) -> bool {
        self.run(graph, choices).await.is_some_and(|report| report.complete())
    }
}

fn enter(account: &str, endpoint: &str) -> Cloud {
    let region = "eu-central-1".to_owned();
    let login = Login { region: region.clone(), endpoint_url: Some(endpoint.to_owned()), ..Login::default() };
    let credentials = Credentials::new(account, "secret", None, None, "sandbox");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        // The fast clock would make them fire.
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .endpoint_url(endpoint)
        .build();
    Cloud::new(&config, &login, account.to_owned(), Arc::new(Silent))
}

fn writes(call: &Call) -> bool {
    let reads = ["GET ", "HEAD ", "Get", "List", "Describe", "Query", "Scan"];
    !reads.iter().any(|read| call.operation.starts_with(read))
}

impl LossyCloud for Sandbox {
    fn calls(&self) -> usize {
        self.proxy.calls().len()
    }

    fn writes(&self) -> usize {
        self.writes_before.load(Ordering::Relaxed)
            + self.proxy.calls().iter().filter(|call| writes(call)).count()
    }

    fn lose(&self, call: usize, lost: Lost, then: Then) {
        let which = Which::Nth(self.calls() + call + 1);
        let moment = match lost {
            Lost::BeforeEffect => Moment::BeforeEffect,
            Lost::AfterEffect => Moment::AfterEffect,
        };
        match then {
            Then::Continue => self.proxy.lose(which, moment),
            Then::Crash => {
                let held = self.proxy.hold(which, moment);
                *self.death.lock().expect("one test, one thread") = Some(held);
            }
        }
    }

    fn restore(&self) {
        self.writes_before.store(LossyCloud::writes(self), Ordering::Relaxed);
        self.proxy.reset();
        self.death.lock().expect("one test, one thread").take();
    }

    async fn snapshot(&self) -> String {
        (self.picture)(Arc::clone(&self.by_hand)).await.replace(&self.account, "ACCOUNT")
    }
}
