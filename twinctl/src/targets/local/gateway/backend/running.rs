//! The supervised backend as the rest of the gateway sees it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use http::HeaderValue;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, timeout},
};

use super::{
    supervisor::Supervisor,
    upstream::Upstream,
    view::{Canary, Change, Lot, Reply, Step, View},
};
use crate::targets::local::gateway::{
    logs::Logs,
    protocol::{BackendStatus, GatewayError},
};

/// Time for a health check of the second process during a canary.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);

/// A handle to the supervised backend, for the rest of the gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::targets::local::gateway) struct Backend {
    steps: mpsc::Sender<(Step, Reply)>,
    view: watch::Receiver<View>,
}

impl Backend {
    /// Starts the supervisor. It stops the process and ends when `stop` is dropped.
    pub(in crate::targets::local::gateway) fn start(
        folder: PathBuf,
        logs: Logs,
        stop: oneshot::Receiver<()>,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (steps, requested) = mpsc::channel(1);
        let (view, published) = watch::channel(View::default());
        let supervisor = Supervisor::new(folder, logs, view);
        let task = tokio::spawn(supervisor.run(requested, stop));
        (Self { steps, view: published }, task)
    }

    /// Replaces the process. If the new one does not become healthy, the old one stays.
    pub(in crate::targets::local::gateway) async fn change(
        &self,
        change: Change,
    ) -> Result<(), GatewayError> {
        self.take(Step::Change(change)).await
    }

    /// Starts a second process, which gets a share of the conversations.
    pub(in crate::targets::local::gateway) async fn begin_canary(
        &self,
        change: Change,
        percent: u8,
    ) -> Result<(), GatewayError> {
        self.take(Step::BeginCanary(change, percent)).await
    }

    /// Fails if the second process is not healthy. Returns its setup.
    pub(in crate::targets::local::gateway) async fn check_canary(&self) -> Result<Change, GatewayError> {
        let canary = self.view.borrow().canary.clone();
        let running = canary.and_then(|canary| Some((canary.upstream?, canary.change)));
        let (upstream, change) = running.ok_or_else(|| GatewayError::new("there is no canary"))?;
        let id = HeaderValue::from_static("canary");
        let healthy = timeout(HEALTH_TIMEOUT, upstream.wait_until_healthy(&id)).await;
        healthy.map(|()| change).map_err(|_| GatewayError::new("twin-lambda does not respond"))
    }

    /// Stops the second process, if there is one, after it has finished its requests.
    pub(in crate::targets::local::gateway) async fn end_canary(&self) -> Result<(), GatewayError> {
        self.take(Step::EndCanary).await
    }

    async fn take(&self, step: Step) -> Result<(), GatewayError> {
        let stopping = |()| GatewayError::new("the gateway is shutting down");
        let (reply, answer) = oneshot::channel();
        self.steps.send((step, reply)).await.map_err(|_| stopping(()))?;
        answer.await.map_err(|_| stopping(()))?
    }

    pub(in crate::targets::local::gateway) fn status(&self) -> Option<BackendStatus> {
        let view = self.view.borrow();
        let canary = view.canary.as_ref().map(Canary::status);
        view.status.clone().map(|status| BackendStatus { canary, ..status })
    }

    /// Whether a second process gets a share of the conversations.
    pub(in crate::targets::local::gateway) fn has_canary(&self) -> bool {
        self.view.borrow().canary.is_some()
    }

    /// Waits for a healthy process for requests with this number. Returns `None` after `until`, or if no backend is configured.
    pub(in crate::targets::local::gateway) async fn upstream(
        &self,
        lot: Option<Lot>,
        until: Instant,
    ) -> Option<Arc<Upstream>> {
        let mut view = self.view.clone();
        let second = lot.and_then(|lot| view.borrow().canary.as_ref()?.upstream(lot));
        if second.is_some() {
            return second;
        }
        // Without a configured backend, no process will start.
        view.borrow().status.as_ref()?;
        let ready = tokio::time::timeout_at(until, view.wait_for(|view| view.upstream.is_some())).await;
        ready.ok()?.ok()?.upstream.clone()
    }
}
