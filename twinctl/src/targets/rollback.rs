//! A rollback: the release to restore, and the current one.

use reconcile::{Class, Fault};
use serde::de::DeserializeOwned;

use crate::{
    spec::Environment,
    targets::record::{NotRestorable, Record, Release},
    ui::{Diagnostic, Exit, LastingError},
};

/// The next step if a release cannot be restored.
const INSTEAD: &str = "restore another release, or deploy its commit again";
/// The next step after a rotation, which no earlier release survives.
const DEPLOY_AGAIN: &str = "no release from before `secret rotate` can be restored: find its commit with `twinctl releases`, check it \
                            out, and deploy it";

#[derive(Debug, Clone)]
pub(crate) struct Rollback {
    /// The release to restore.
    pub(crate) to: Release,
    /// The current release.
    pub(crate) from: Release,
    /// The set of data files to restore, if they are restored.
    pub(crate) data: Option<String>,
}

impl Rollback {
    /// Chooses the release: the given one, or the last healthy one before the current one.
    pub(crate) fn of(
        seen: Option<&Record>,
        id: Option<&str>,
        with_data: bool,
        environment: &Environment,
    ) -> Result<Self, Diagnostic> {
        let name = &environment.name;
        let to = seen.map_or(Err(NotRestorable::NoRelease), |record| record.to_restore(id));
        let from = seen.and_then(|record| record.releases.first());
        let (to, from) = match (to, from) {
            (Ok(to), Some(from)) => (to.clone(), from.clone()),
            (Err(error), Some(_)) => {
                return Err(Diagnostic::new(Exit::Usage, format!("{error}; nothing was changed"))
                    .hint(format!("run `twinctl releases {name}` to list the releases")));
            }
            (_, None) => {
                return Err(Diagnostic::new(Exit::Unhealthy, format!("`{name}` is not deployed yet"))
                    .hint(format!("run `twinctl deploy {name}`")));
            }
        };
        let data = to.parts.as_ref().filter(|_| with_data).and_then(|parts| parts.data.clone());
        if with_data && data.is_none() {
            let message = format!("the release `{}` does not name its set of data files", to.id);
            return Err(Diagnostic::new(Exit::Usage, format!("{message}; nothing was changed")).hint(
                format!(
                    "run `twinctl data history {name}`, then `twinctl upload-data {name} --rollback=SET`"
                ),
            ));
        }
        Ok(Self { to, from, data })
    }

    /// Reads what the target recorded with both releases: the one to restore, and the current one.
    pub(crate) fn setups<S: DeserializeOwned>(&self) -> Result<(S, Option<S>), Diagnostic> {
        let read = |release: &Release| {
            let setup = release.parts.as_ref().map(|parts| parts.setup.clone()).unwrap_or_default();
            serde_json::from_value::<S>(setup)
        };
        let unknown = |error: serde_json::Error| {
            let message = format!("another version of twinctl made the release `{}`", self.to.id);
            Diagnostic::unexpected(&message, &error)
        };
        // An earlier version of twinctl may have made the current release.
        Ok((read(&self.to).map_err(unknown)?, read(&self.from).ok()))
    }

    /// The error of a rollback whose files no longer exist.
    pub(crate) fn gone(&self, what: &str) -> Diagnostic {
        let message = format!("{what} of the release `{}` no longer exists; nothing was changed", self.to.id);
        Diagnostic::new(Exit::Failed, message).hint(INSTEAD)
    }
}

/// Returns the fault of a release that can never be restored again.
pub(crate) fn not_restorable(error: &dyn std::error::Error) -> Fault {
    refused(error, INSTEAD)
}

/// Returns the fault of a release from before the origin secret was replaced.
pub(crate) fn before_rotation(error: &dyn std::error::Error) -> Fault {
    refused(error, DEPLOY_AGAIN)
}

fn refused(error: &dyn std::error::Error, hint: &'static str) -> Fault {
    let message = format!("{error}; nothing was changed");
    Fault::new(Class::Refused, LastingError { message, hint: hint.into() })
}
