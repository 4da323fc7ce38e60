//! `twinctl secret rotate ENV origin`: replaces the origin secret without a refused request.
//!
//! The function accepts both secrets while CloudFront switches from one to the other. The record holds the next secret before
//! anything uses it, so a killed rotation is continued by the next one, and a deploy in between keeps both secrets.

use std::time::Duration;

use reconcile::{Action, Apply, Plan, Planned, Waits};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    run::{
        after_release,
        lock::Lease,
        session::{Session, stopped},
    },
    spec::{Environment, Options},
    system::clock,
    targets::{
        Part, Target,
        record::{OriginSecret, OriginSecrets, RotationStep},
    },
    twin::health,
    ui::{Diagnostic, Exit, Ui, to_continue},
};

/// Interval between reads of the distribution, which CloudFront usually deploys within 3 to 6 minutes.
const POLL: Duration = Duration::from_secs(5);
const DEPLOYED_WITHIN: Duration = Duration::from_mins(30);

/// The fields that a rotation changes.
const CHANGED: [(&str, &[&str]); 3] = [
    ("function", &["environment.ORIGIN_SECRET_HASHES", "version"]),
    ("live alias", &["version"]),
    ("distribution", &["origin.api.secret", "origin.stream.secret"]),
];

pub(super) async fn rotate<T: Target>(
    options: &Options,
    mut environment: Environment,
    lock_wait: Duration,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    // A model that refuses to answer must not prevent the replacement of a secret.
    environment.release.ask = false;
    environment.release.canary = None;
    let name = environment.name.clone();
    let command = format!("twinctl secret rotate {name} origin");
    let session =
        Session::<T>::open(options, environment, Part::WithoutData, reconcile::Choices::default(), ui)
            .await?;
    let Some(origin) = session.target.origin_secrets() else {
        return Err(Diagnostic::new(Exit::Usage, "a local twin has no origin secret; nothing was changed")
            .cause("only CloudFront and the function of a twin on AWS share one"));
    };
    session.caution(ui);
    if session.last_release().is_none() {
        let message = format!("`{name}` is not deployed yet, so there is no origin secret to replace");
        return Err(Diagnostic::new(Exit::Unhealthy, message).hint(format!("run `twinctl deploy {name}`")));
    }
    if let Some(id) = session.last_release().and_then(|last| last.restores.as_ref()) {
        let message = format!("`{name}` was rolled back to {id}; nothing was changed");
        return Err(Diagnostic::new(Exit::Failed, message)
            .cause("a rotation publishes the newest code, which is not the restored one")
            .hint(format!(
                "revert the commit that was rolled back, then run `twinctl deploy {name}`: it publishes what your files describe"
            )));
    }
    let rotation = Rotation { session: &session, origin, command: &command, ui };
    // Fails before the lock is taken if a deploy is pending.
    rotation.plan().await?;
    warn_of_lost_rollbacks(&session, ui);
    session.stop_on_ctrl_c(ui);
    let (lease, _) = session.lock(&command, lock_wait, ui).await?;
    let rotated = match session.begin(&command) {
        Ok(()) => rotation.run(&lease).await,
        Err(interrupted) => Err(interrupted),
    };
    let released = match &rotated {
        Ok(version) => lease.record_version(version).await,
        Err(_) => lease.release().await,
    };
    after_release(rotated, released)?;
    ui.say(&format!("the origin secret of `{name}` was replaced; the old one is no longer accepted"));
    ui.object("secret", json!({ "name": "origin", "environment": name, "replaced": true }));
    Ok(Exit::Done)
}

/// Warns that earlier releases will refuse all visitors.
fn warn_of_lost_rollbacks<T: Target>(session: &Session<T>, ui: &Ui) {
    let releases = session.seen.as_ref().map_or(0, |record| record.releases.len());
    if releases > 1 {
        ui.warn(
            "after the rotation, `rollback` can restore none of the earlier releases, because their function accepts only the old \
             secret; to return to one, deploy its commit again",
        );
    }
}

/// A rotation under the lock.
struct Rotation<'a, T: Target> {
    session: &'a Session<T>,
    origin: &'a OriginSecrets,
    command: &'a str,
    ui: &'a Ui,
}

impl<T: Target> Rotation<'_, T> {
    /// Returns the function's version that accepts only the new secret.
    async fn run(&self, lease: &Lease) -> Result<String, Diagnostic> {
        let next = if let Some(next) = self.origin.next() {
            self.ui.say("continuing the rotation that was interrupted");
            next
        } else {
            let next = OriginSecret::random();
            self.record(lease, RotationStep::Begin(&next)).await?;
            self.origin.begin(next.clone());
            next
        };
        self.ui.say("1/3: the function accepts the old and the new secret");
        let version = self.apply().await?;
        // If a later deploy is unhealthy, it moves `live` back to this version, which must accept both secrets.
        let releases = lease.record().releases_republished_as(&version);
        self.record(lease, RotationStep::Accepted(&releases)).await?;

        self.ui.say("2/3: CloudFront sends the new secret (usually 3 to 6 minutes)");
        self.origin.switch();
        self.apply().await?;
        self.wait_until_sent(&next).await?;
        self.check_endpoint().await?;
        self.record(lease, RotationStep::Finish(&next)).await?;

        self.ui.say("3/3: the function accepts only the new secret");
        self.origin.finish();
        self.apply().await
    }

    async fn record(&self, lease: &Lease, step: RotationStep<'_>) -> Result<(), Diagnostic> {
        match lease.record_rotation(step).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(stopped(reconcile::HaltReason::LeaseLost, &to_continue(self.command))),
            Err(fault) => Err(Diagnostic::fault("could not write the environment's record", &fault)),
        }
    }

    /// Observes and plans. Fails if the plan changes anything else, because nobody approved that.
    async fn plan(&self) -> Result<Plan, Diagnostic> {
        self.session.observe(self.command).await?;
        let plan = self.session.engine.plan();
        let others: Vec<_> = plan.nodes.iter().filter(|planned| !is_expected(planned)).collect();
        if others.is_empty() {
            return Ok(plan);
        }
        let name = &self.session.environment.name;
        let others: Vec<_> = others.iter().map(|planned| planned.node).collect();
        let message = format!("`{name}` differs from its environment file: {}", others.join(", "));
        Err(Diagnostic::new(Exit::Failed, message)
            .cause("a rotation changes only the origin secret")
            .hint(format!("run `twinctl deploy {name}`, then `{}`", self.command)))
    }

    /// Applies and verifies the current step. Returns the function's version.
    async fn apply(&self) -> Result<String, Diagnostic> {
        let plan = self.plan().await?;
        if plan.changes_anything() {
            let engine = &self.session.engine;
            let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
            self.session.check(&report, self.command)?;
            let report = engine.verify(&plan, report).await;
            self.session.check(&report, self.command)?;
        }
        Ok(self.session.new_release().version)
    }

    /// Waits until no edge location sends the old secret.
    async fn wait_until_sent(&self, secret: &OriginSecret) -> Result<(), Diagnostic> {
        let (session, begun) = (self.session, Instant::now());
        loop {
            match session.target.sends_everywhere(&session.engine, secret).await {
                Ok(true) => return Ok(()),
                Err(fault) if fault.class.backoff().is_none() => {
                    return Err(Diagnostic::fault("could not read the distribution", &fault));
                }
                _ if begun.elapsed() > DEPLOYED_WITHIN => {
                    return Err(Diagnostic::new(
                        Exit::Failed,
                        "CloudFront has not deployed the new secret yet",
                    )
                    .cause("the function accepts both secrets")
                    .hint(format!("run `{}` again to continue", self.command)));
                }
                _ => {}
            }
            tokio::select! {
                () = clock::sleep(POLL) => {}
                reason = session.halt.halted() => return Err(stopped(reason, &to_continue(self.command))),
            }
        }
    }

    /// Checks the twin before the function stops accepting the old secret.
    async fn check_endpoint(&self) -> Result<(), Diagnostic> {
        let Some(endpoint) = self.session.endpoint() else { return Ok(()) };
        let health = health::check_until(&endpoint, health::PATIENCE).await;
        if health.healthy {
            return Ok(());
        }
        let message = format!("CloudFront sends the new secret, but the twin {}", health.finding);
        Err(Diagnostic::new(Exit::Unhealthy, message)
            .cause("the function accepts both secrets")
            .hint(format!("run `{}` again to continue", self.command)))
    }
}

/// Whether a rotation may make this change, or there is none.
fn is_expected(planned: &Planned) -> bool {
    match planned.action {
        Action::Keep | Action::Absent | Action::Leave(_) | Action::Recheck => true,
        Action::Update => CHANGED.iter().any(|(node, fields)| {
            *node == planned.node
                && planned.changes.iter().all(|change| fields.contains(&change.field.as_str()))
        }),
        _ => false,
    }
}
