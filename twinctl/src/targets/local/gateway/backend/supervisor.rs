//! Keeps one healthy process running: starts it again when it ends, and swaps it without losing a request.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, timeout},
};

use super::{
    process::Process,
    upstream::{Drained, Upstream},
};
use crate::{
    system::clock,
    targets::local::gateway::{
        credentials,
        logs::{Level, Logs},
        protocol::{BackendSetup, BackendStatus, Phase, Refusal, Secrets},
    },
};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A process that lived that long was no failed start.
const PROVEN_AFTER: Duration = Duration::from_mins(1);
/// As long as the slowest answer may take.
const FINISHES_WITHIN: Duration = Duration::from_mins(3);
const RENEWED_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// The backend as everybody sees it. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::targets::local::gateway) struct Backend {
    changes: mpsc::Sender<(Change, Reply)>,
    view: watch::Receiver<View>,
}

/// What should run from now on.
#[derive(Debug, Clone)]
pub(in crate::targets::local::gateway) struct Change {
    pub(in crate::targets::local::gateway) setup: BackendSetup,
    pub(in crate::targets::local::gateway) secrets: Secrets,
}

type Reply = oneshot::Sender<Result<(), Refusal>>;

#[derive(Debug, Clone, Default)]
struct View {
    status: Option<BackendStatus>,
    upstream: Option<Arc<Upstream>>,
}

impl Backend {
    /// The task ends, and the process with it, when `stop` does.
    pub(in crate::targets::local::gateway) fn start(
        folder: PathBuf,
        logs: Logs,
        stop: oneshot::Receiver<()>,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (changes, orders) = mpsc::channel(1);
        let (view, seen) = watch::channel(View::default());
        let supervisor = Supervisor {
            folder,
            logs,
            view,
            wanted: None,
            live: None,
            restarts: 0,
            pause: FIRST_PAUSE,
            again: None,
        };
        let task = tokio::spawn(supervisor.run(orders, stop));
        (Self { changes, view: seen }, task)
    }

    /// Makes another process take over, unless it does not get healthy: then everything stays as it was.
    pub(in crate::targets::local::gateway) async fn change(&self, change: Change) -> Result<(), Refusal> {
        let gone = |()| Refusal::new("the front door is ending");
        let (reply, answer) = oneshot::channel();
        self.changes.send((change, reply)).await.map_err(|_| gone(()))?;
        answer.await.map_err(|_| gone(()))?
    }

    pub(in crate::targets::local::gateway) fn status(&self) -> Option<BackendStatus> {
        self.view.borrow().status.clone()
    }

    /// A process that can be asked, as soon as there is one.
    pub(in crate::targets::local::gateway) async fn upstream(&self, until: Instant) -> Option<Arc<Upstream>> {
        let mut view = self.view.clone();
        // Where none was asked for there is none to wait for.
        view.borrow().status.as_ref()?;
        let ready = tokio::time::timeout_at(until, view.wait_for(|view| view.upstream.is_some())).await;
        ready.ok()?.ok()?.upstream.clone()
    }
}

struct Supervisor {
    folder: PathBuf,
    logs: Logs,
    view: watch::Sender<View>,
    wanted: Option<Change>,
    live: Option<Live>,
    restarts: u32,
    pause: Duration,
    /// When to start the process again, or to renew its credentials.
    again: Option<Instant>,
}

struct Live {
    process: Process,
    change: Change,
    upstream: Arc<Upstream>,
    drained: Drained,
    begun: Instant,
    renew: Option<Instant>,
}

enum Moment {
    Change(Change, Reply),
    Ended(Refusal),
    Again,
}

impl Supervisor {
    async fn run(mut self, mut orders: mpsc::Receiver<(Change, Reply)>, stop: oneshot::Receiver<()>) {
        tokio::select! {
            () = self.work(&mut orders) => {}
            _ = stop => {}
        }
        if let Some(live) = self.live.take() {
            live.process.stop().await;
        }
    }

    async fn work(&mut self, orders: &mut mpsc::Receiver<(Change, Reply)>) {
        loop {
            let moment = tokio::select! {
                order = orders.recv() => match order {
                    Some((change, reply)) => Moment::Change(change, reply),
                    None => return,
                },
                how = ended(self.live.as_mut()) => Moment::Ended(how),
                () = reached(self.again) => Moment::Again,
            };
            match moment {
                Moment::Change(change, reply) => {
                    let changed = self.change(change).await;
                    // Whoever asked may have lost patience; what was done stays done.
                    drop(reply.send(changed));
                }
                Moment::Ended(why) => self.ended(why),
                Moment::Again => self.again().await,
            }
        }
    }

    async fn change(&mut self, change: Change) -> Result<(), Refusal> {
        self.pause = FIRST_PAUSE;
        if self.live.is_none() {
            self.show(&change, Phase::Starting);
        }
        match self.start(&change).await {
            Ok(live) => {
                self.take_over(live);
                Ok(())
            }
            Err(why) => {
                self.logs.say(Level::Error, "the new backend was refused", json!(why));
                if self.live.is_none() {
                    self.wanted = Some(change);
                    self.wait(why.clone());
                }
                Err(why)
            }
        }
    }

    fn ended(&mut self, why: Refusal) {
        self.logs.say(Level::Error, "the backend ended", json!({"reason": why.reason}));
        if let Some(live) = self.live.take()
            && live.begun.elapsed() >= PROVEN_AFTER
        {
            self.pause = FIRST_PAUSE;
        }
        self.restarts = self.restarts.saturating_add(1);
        self.wait(why);
    }

    /// Either there is none and it is time to try, or its credentials are about to end.
    async fn again(&mut self) {
        let Some(change) = self.wanted.clone() else {
            self.again = None;
            return;
        };
        match self.start(&change).await {
            Ok(live) => self.take_over(live),
            Err(why) if self.live.is_some() => {
                self.logs.say(Level::Warn, "the credentials could not be renewed", json!(why));
                self.again = Some(Instant::now() + RENEWED_AGAIN_AFTER);
            }
            Err(why) => self.wait(why),
        }
    }

    async fn start(&self, change: &Change) -> Result<Live, Refusal> {
        let resolved = credentials::resolve(&change.setup.credentials, &change.secrets, &self.logs).await?;
        let mut environment: BTreeMap<_, _> = change.setup.settings.clone();
        environment.extend(resolved.variables);
        let process = Process::start(&change.setup.binary, &environment, &self.folder, &self.logs).await?;
        let (upstream, drained) = Upstream::new(process.address, process.pid);
        let renew = resolved.renew_in.map(|wait| Instant::now() + wait);
        let (change, upstream, begun) = (change.clone(), Arc::new(upstream), Instant::now());
        Ok(Live { process, change, upstream, drained, begun, renew })
    }

    fn take_over(&mut self, live: Live) {
        self.logs.say(Level::Info, "the backend is ready", json!({"pid": live.process.pid}));
        let (pid, port) = (live.process.pid, live.process.address.port());
        let phase = Phase::Ready { pid, port, since: clock::now() };
        self.again = live.renew;
        self.wanted = Some(live.change.clone());
        let status = self.status(&live.change, phase);
        let upstream = Some(Arc::clone(&live.upstream));
        let before = self.live.replace(live);
        self.view.send_replace(View { status: Some(status), upstream });
        if let Some(before) = before {
            tokio::spawn(retire(before));
        }
    }

    /// Nothing runs: it is tried again after a pause, each longer than the one before.
    fn wait(&mut self, why: Refusal) {
        let until = clock::now() + self.pause;
        self.again = Some(Instant::now() + self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        if let Some(change) = self.wanted.clone() {
            self.show(&change, Phase::Waiting { until, why });
        }
    }

    fn show(&self, change: &Change, phase: Phase) {
        let status = Some(self.status(change, phase));
        self.view.send_replace(View { status, upstream: None });
    }

    fn status(&self, change: &Change, phase: Phase) -> BackendStatus {
        let fingerprint = change.setup.fingerprint.clone();
        BackendStatus { fingerprint, restarts: self.restarts, phase }
    }
}

/// Lets a process finish what it has.
async fn retire(live: Live) {
    let Live { process, upstream, drained, .. } = live;
    drop(upstream);
    drop(timeout(FINISHES_WITHIN, drained.wait()).await);
    process.stop().await;
}

async fn ended(live: Option<&mut Live>) -> Refusal {
    match live {
        Some(live) => live.process.ended().await,
        None => std::future::pending().await,
    }
}

async fn reached(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
