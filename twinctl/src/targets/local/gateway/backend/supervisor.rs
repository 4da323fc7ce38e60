//! Keeps one healthy backend process running: restarts it when it exits or does not respond, and replaces it without
//! losing a request.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use contract::limits::ANSWER_TIMEOUT;
use futures_util::future::join_all;
use serde_json::json;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, timeout},
};

use super::{
    process::{Process, Tally},
    upstream::{Drained, Upstream},
    view::{Canary, Change, Reply, Step, View},
};
use crate::{
    system::clock,
    targets::local::gateway::{
        credentials,
        logs::{Level, Logs},
        protocol::{BackendStatus, GatewayError, Phase},
    },
};

const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(30);
/// A process that ran for this long started successfully, so the restart delay is reset.
const STABLE_AFTER: Duration = Duration::from_mins(1);
/// Interval at which a failed renewal of the credentials is tried again.
const RENEWAL_RETRY: Duration = Duration::from_mins(1);
pub(super) struct Supervisor {
    folder: PathBuf,
    logs: Logs,
    view: watch::Sender<View>,
    desired: Option<Change>,
    current: Option<LiveProcess>,
    /// The second process during a canary.
    second: Option<LiveProcess>,
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
    Step(Step, Reply),
    Failed(GatewayError),
    SecondFailed(GatewayError),
    Timer,
    /// The credentials of the second process are about to expire.
    SecondTimer,
}

impl Supervisor {
    pub(super) fn new(folder: PathBuf, logs: Logs, view: watch::Sender<View>) -> Self {
        Self {
            folder,
            logs,
            view,
            desired: None,
            current: None,
            second: None,
            restarts: 0,
            delay: FIRST_DELAY,
            timer: None,
        }
    }

    pub(super) async fn run(
        mut self,
        mut requested: mpsc::Receiver<(Step, Reply)>,
        stop: oneshot::Receiver<()>,
    ) {
        tokio::select! {
            () = self.handle_events(&mut requested) => {}
            _ = stop => {}
        }
        let all = self.current.take().into_iter().chain(self.second.take());
        join_all(all.map(|live| live.process.stop())).await;
    }

    async fn handle_events(&mut self, requested: &mut mpsc::Receiver<(Step, Reply)>) {
        loop {
            let second_timer = self.second.as_ref().and_then(|second| second.renew);
            let event = tokio::select! {
                step = requested.recv() => match step {
                    Some((step, reply)) => Event::Step(step, reply),
                    None => return,
                },
                why = failed(self.current.as_mut()) => Event::Failed(why),
                why = failed(self.second.as_mut()) => Event::SecondFailed(why),
                () = elapsed(self.timer) => Event::Timer,
                () = elapsed(second_timer) => Event::SecondTimer,
            };
            match event {
                Event::Step(step, reply) => {
                    let done = match step {
                        Step::Change(change) => self.change(change).await,
                        Step::BeginCanary(change, percent) => self.begin_canary(change, percent).await,
                        Step::EndCanary => {
                            self.end_canary().into_iter().for_each(spawn_retirement);
                            Ok(())
                        }
                    };
                    // Sending fails if the caller has stopped waiting.
                    drop(reply.send(done));
                }
                Event::Failed(why) => self.on_failure(why),
                Event::SecondFailed(why) => self.on_second_failure(why),
                Event::Timer => self.on_timer().await,
                Event::SecondTimer => self.renew_second().await,
            }
        }
    }

    async fn change(&mut self, change: Change) -> Result<(), GatewayError> {
        self.delay = FIRST_DELAY;
        if let Some(second) = self.end_canary() {
            if second.change.setup.fingerprint == change.setup.fingerprint {
                self.switch_to(second);
                return Ok(());
            }
            spawn_retirement(second);
        }
        if self.current.is_none() {
            self.publish(&change, Phase::Starting);
        }
        match self.start(&change, &Tally::default()).await {
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

    async fn begin_canary(&mut self, change: Change, percent: u8) -> Result<(), GatewayError> {
        let fingerprint = &change.setup.fingerprint;
        if self.second.as_ref().is_some_and(|second| second.change.setup.fingerprint == *fingerprint) {
            return Ok(());
        }
        let Some(current) = &self.current else {
            return Err(GatewayError::new("no backend is running that could keep the other conversations"));
        };
        let (old, new) = (Arc::clone(current.process.tally()), Tally::default());
        let second = self.start(&change, &new).await?;
        let upstream = Some(Arc::clone(&second.upstream));
        self.end_canary().into_iter().for_each(spawn_retirement);
        let canary = Canary { change, percent, upstream, failure: None, new, old };
        canary.count(true);
        self.logs.event(
            Level::Info,
            "a canary has begun",
            json!({"pid": second.process.pid, "percent": percent}),
        );
        self.second = Some(second);
        self.view.send_modify(|view| view.canary = Some(canary));
        Ok(())
    }

    /// Sends all conversations to the first process, and returns the second one.
    fn end_canary(&mut self) -> Option<LiveProcess> {
        self.view.send_modify(|view| {
            if let Some(canary) = view.canary.take() {
                canary.count(false);
            }
        });
        self.second.take()
    }

    fn on_second_failure(&mut self, why: GatewayError) {
        self.logs.event(Level::Error, "the backend of a canary exited", json!({"reason": why.reason}));
        self.second = None;
        self.view.send_modify(|view| {
            if let Some(canary) = &mut view.canary {
                (canary.upstream, canary.failure) = (None, Some(why));
            }
        });
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
        // The new process adds its answers to those of the previous one.
        let tally = self.view.borrow().canary.as_ref().map(|canary| Arc::clone(&canary.old));
        match self.start(&change, &tally.unwrap_or_default()).await {
            Ok(new) => self.switch_to(new),
            Err(why) if self.current.is_some() => self.timer = Some(self.retry_renewal(&why)),
            Err(why) => self.schedule_restart(why),
        }
    }

    /// Replaces the second process by one with new credentials.
    async fn renew_second(&mut self) {
        let Some(second) = &self.second else { return };
        match self.start(&second.change, second.process.tally()).await {
            Ok(new) => {
                let upstream = Some(Arc::clone(&new.upstream));
                self.second.replace(new).into_iter().for_each(spawn_retirement);
                self.view.send_modify(|view| {
                    if let Some(canary) = &mut view.canary {
                        canary.upstream = upstream;
                    }
                });
            }
            Err(why) => {
                let retry = self.retry_renewal(&why);
                self.second.iter_mut().for_each(|second| second.renew = Some(retry));
            }
        }
    }

    /// Logs why the credentials of a process could not be renewed. Returns when to try again.
    fn retry_renewal(&self, why: &GatewayError) -> Instant {
        self.logs.event(Level::Warn, "the credentials could not be renewed", json!(why));
        Instant::now() + RENEWAL_RETRY
    }

    async fn start(&self, change: &Change, tally: &Tally) -> Result<LiveProcess, GatewayError> {
        let resolved = credentials::resolve(&change.setup.credentials, &change.secrets, &self.logs).await?;
        let mut environment: BTreeMap<_, _> = change.setup.settings.clone();
        environment.extend(resolved.variables);
        let binary = &change.setup.binary;
        let process = Process::start(binary, &environment, &self.folder, &self.logs, tally).await?;
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
        self.view.send_modify(|view| (view.status, view.upstream) = (Some(status), upstream));
        previous.into_iter().for_each(spawn_retirement);
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
        self.view.send_modify(|view| (view.status, view.upstream) = (status, None));
    }

    fn status(&self, change: &Change, phase: Phase) -> BackendStatus {
        let fingerprint = change.setup.fingerprint.clone();
        BackendStatus { fingerprint, restarts: self.restarts, phase, canary: None }
    }
}

fn spawn_retirement(previous: LiveProcess) {
    tokio::spawn(retire(previous));
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

#[cfg(test)]
mod tests;
