//! Keeps one healthy backend process running: restarts it when it exits or does not respond, and replaces it without
//! losing a request.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use contract::limits::ANSWER_TIMEOUT;
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
        protocol::{BackendSetup, BackendStatus, GatewayError, Phase, Secrets},
    },
};

const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(30);
/// A process that ran for this long started successfully, so the restart delay is reset.
const STABLE_AFTER: Duration = Duration::from_mins(1);
/// Interval at which a failed renewal of the credentials is tried again.
const RENEWAL_RETRY: Duration = Duration::from_mins(1);

/// A handle to the supervised backend, for the rest of the gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::targets::local::gateway) struct Backend {
    changes: mpsc::Sender<(Change, Reply)>,
    view: watch::Receiver<View>,
}

/// A request to run a process with this setup and these secrets.
#[derive(Debug, Clone)]
pub(in crate::targets::local::gateway) struct Change {
    pub(in crate::targets::local::gateway) setup: BackendSetup,
    pub(in crate::targets::local::gateway) secrets: Secrets,
}

type Reply = oneshot::Sender<Result<(), GatewayError>>;

#[derive(Debug, Clone, Default)]
struct View {
    status: Option<BackendStatus>,
    upstream: Option<Arc<Upstream>>,
}

impl Backend {
    /// Starts the supervisor. It stops the process and ends when `stop` is dropped.
    pub(in crate::targets::local::gateway) fn start(
        folder: PathBuf,
        logs: Logs,
        stop: oneshot::Receiver<()>,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (changes, requested) = mpsc::channel(1);
        let (view, published) = watch::channel(View::default());
        let supervisor = Supervisor {
            folder,
            logs,
            view,
            desired: None,
            current: None,
            restarts: 0,
            delay: FIRST_DELAY,
            timer: None,
        };
        let task = tokio::spawn(supervisor.run(requested, stop));
        (Self { changes, view: published }, task)
    }

    /// Replaces the process. If the new one does not become healthy, the old one stays.
    pub(in crate::targets::local::gateway) async fn change(
        &self,
        change: Change,
    ) -> Result<(), GatewayError> {
        let stopping = |()| GatewayError::new("the gateway is shutting down");
        let (reply, answer) = oneshot::channel();
        self.changes.send((change, reply)).await.map_err(|_| stopping(()))?;
        answer.await.map_err(|_| stopping(()))?
    }

    pub(in crate::targets::local::gateway) fn status(&self) -> Option<BackendStatus> {
        self.view.borrow().status.clone()
    }

    /// Waits for a healthy process. Returns `None` after `until`, or if no backend is configured.
    pub(in crate::targets::local::gateway) async fn upstream(&self, until: Instant) -> Option<Arc<Upstream>> {
        let mut view = self.view.clone();
        // Without a configured backend, no process will start.
        view.borrow().status.as_ref()?;
        let ready = tokio::time::timeout_at(until, view.wait_for(|view| view.upstream.is_some())).await;
        ready.ok()?.ok()?.upstream.clone()
    }
}

struct Supervisor {
    folder: PathBuf,
    logs: Logs,
    view: watch::Sender<View>,
    desired: Option<Change>,
    current: Option<LiveProcess>,
    restarts: u32,
    delay: Duration,
    /// When to restart the process, or to renew its credentials.
    timer: Option<Instant>,
}

struct LiveProcess {
    process: Process,
    change: Change,
    upstream: Arc<Upstream>,
    drained: Drained,
    started: Instant,
    renew: Option<Instant>,
}

enum Event {
    Change(Change, Reply),
    Failed(GatewayError),
    Timer,
}

impl Supervisor {
    async fn run(mut self, mut requested: mpsc::Receiver<(Change, Reply)>, stop: oneshot::Receiver<()>) {
        tokio::select! {
            () = self.handle_events(&mut requested) => {}
            _ = stop => {}
        }
        if let Some(current) = self.current.take() {
            current.process.stop().await;
        }
    }

    async fn handle_events(&mut self, requested: &mut mpsc::Receiver<(Change, Reply)>) {
        loop {
            let event = tokio::select! {
                change = requested.recv() => match change {
                    Some((change, reply)) => Event::Change(change, reply),
                    None => return,
                },
                why = failed(self.current.as_mut()) => Event::Failed(why),
                () = elapsed(self.timer) => Event::Timer,
            };
            match event {
                Event::Change(change, reply) => {
                    let changed = self.change(change).await;
                    // Sending fails if the caller has stopped waiting.
                    drop(reply.send(changed));
                }
                Event::Failed(why) => self.on_failure(why),
                Event::Timer => self.on_timer().await,
            }
        }
    }

    async fn change(&mut self, change: Change) -> Result<(), GatewayError> {
        self.delay = FIRST_DELAY;
        if self.current.is_none() {
            self.publish(&change, Phase::Starting);
        }
        match self.start(&change).await {
            Ok(new) => {
                self.switch_to(new);
                Ok(())
            }
            Err(why) => {
                self.logs.event(Level::Error, "the new backend did not start", json!(why));
                if self.current.is_none() {
                    self.desired = Some(change);
                    self.schedule_restart(why.clone());
                }
                Err(why)
            }
        }
    }

    fn on_failure(&mut self, why: GatewayError) {
        self.logs.event(Level::Error, "the backend exited", json!({"reason": why.reason}));
        if let Some(failed) = self.current.take()
            && failed.started.elapsed() >= STABLE_AFTER
        {
            self.delay = FIRST_DELAY;
        }
        self.restarts = self.restarts.saturating_add(1);
        self.schedule_restart(why);
    }

    /// Starts the backend if it is not running. Otherwise replaces it, because its credentials are about to expire.
    async fn on_timer(&mut self) {
        let Some(change) = self.desired.clone() else {
            self.timer = None;
            return;
        };
        match self.start(&change).await {
            Ok(new) => self.switch_to(new),
            Err(why) if self.current.is_some() => {
                self.logs.event(Level::Warn, "the credentials could not be renewed", json!(why));
                self.timer = Some(Instant::now() + RENEWAL_RETRY);
            }
            Err(why) => self.schedule_restart(why),
        }
    }

    async fn start(&self, change: &Change) -> Result<LiveProcess, GatewayError> {
        let resolved = credentials::resolve(&change.setup.credentials, &change.secrets, &self.logs).await?;
        let mut environment: BTreeMap<_, _> = change.setup.settings.clone();
        environment.extend(resolved.variables);
        let process = Process::start(&change.setup.binary, &environment, &self.folder, &self.logs).await?;
        let (upstream, drained) = Upstream::new(process.address, process.pid);
        let renew = resolved.renew_in.map(|wait| Instant::now() + wait);
        let (change, upstream, started) = (change.clone(), Arc::new(upstream), Instant::now());
        Ok(LiveProcess { process, change, upstream, drained, started, renew })
    }

    /// Sends new requests to this process, and stops the previous one when it has finished its requests.
    fn switch_to(&mut self, new: LiveProcess) {
        self.logs.event(Level::Info, "the backend is ready", json!({"pid": new.process.pid}));
        let (pid, port) = (new.process.pid, new.process.address.port());
        let phase = Phase::Ready { pid, port, since: clock::now() };
        self.timer = new.renew;
        self.desired = Some(new.change.clone());
        let status = self.status(&new.change, phase);
        let upstream = Some(Arc::clone(&new.upstream));
        let previous = self.current.replace(new);
        self.view.send_replace(View { status: Some(status), upstream });
        if let Some(previous) = previous {
            tokio::spawn(retire(previous));
        }
    }

    /// Sets the timer for the next start. The delay doubles with each failure.
    fn schedule_restart(&mut self, why: GatewayError) {
        let until = clock::now() + self.delay;
        self.timer = Some(Instant::now() + self.delay);
        self.delay = (self.delay * 2).min(LONGEST_DELAY);
        if let Some(change) = self.desired.clone() {
            self.publish(&change, Phase::Waiting { until, why });
        }
    }

    /// Publishes the status while no process can take requests.
    fn publish(&self, change: &Change, phase: Phase) {
        let status = Some(self.status(change, phase));
        self.view.send_replace(View { status, upstream: None });
    }

    fn status(&self, change: &Change, phase: Phase) -> BackendStatus {
        let fingerprint = change.setup.fingerprint.clone();
        BackendStatus { fingerprint, restarts: self.restarts, phase }
    }
}

/// Stops a process after it has finished its requests.
async fn retire(previous: LiveProcess) {
    let LiveProcess { process, upstream, drained, .. } = previous;
    drop(upstream);
    drop(timeout(ANSWER_TIMEOUT, drained.wait()).await);
    process.stop().await;
}

/// Waits until the process exits, or kills it when it does not respond any more. Returns the reason.
async fn failed(current: Option<&mut LiveProcess>) -> GatewayError {
    let Some(LiveProcess { process, upstream, .. }) = current else { return std::future::pending().await };
    let health_check = process.health_check.clone();
    tokio::select! {
        why = process.exited() => return why,
        () = upstream.hung(&health_check) => {}
    }
    process.kill_hung().await
}

async fn elapsed(timer: Option<Instant>) {
    match timer {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}
