//! What becomes of a twin when nobody works on it any more.

use serde_json::json;

use crate::{
    spec::Environment,
    targets::local::gateway::{Control, ControlError, Place},
    ui::{Diagnostic, Ui},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Afterwards {
    Ends,
    /// It does not run because of us.
    GoesOn,
}

impl Afterwards {
    /// Decided before the first deploy.
    pub(super) fn of(place: &Place, environment: &Environment) -> Self {
        let goes_on = Control::find(place).is_ok() || environment.local.service == Some(true);
        if goes_on { Self::GoesOn } else { Self::Ends }
    }

    /// Ends what would not run without us, when its last visitor is served.
    pub(super) async fn come(self, place: &Place, ui: &Ui) -> Result<(), Diagnostic> {
        let control = match Control::find(place) {
            Err(ControlError::NotRunning) => None,
            found => Some(found.map_err(|error| failed(&error))?),
        };
        let runs = control.is_some() && self == Self::GoesOn;
        if runs {
            ui.say("the twin keeps running, as it did before");
        } else if let Some(control) = control {
            ui.say("stopping the twin; its conversations and files are kept");
            control.stop().await.map_err(|error| failed(&error))?;
        }
        ui.object("ended", json!({ "runs": runs }));
        Ok(())
    }
}

fn failed(error: &ControlError) -> Diagnostic {
    Diagnostic::unexpected("could not stop the twin", error)
}
