//! What is asked of a domain before anything changes, and what becomes of the answers.

use crate::{
    spec::Domain,
    targets::aws::{
        Cloud,
        preflight::{self, Finding, Weight},
    },
    ui::{Diagnostic, Ui},
};

pub(super) async fn preflight(
    cloud: &Cloud,
    domain: &Domain,
    marker: &str,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let findings = preflight::ask(cloud, domain, marker).await;
    let findings = findings
        .map_err(|fault| Diagnostic::fault("the domain could not be looked at beforehand", &fault))?;
    if let Some(diagnostic) = Finding::diagnostic(&findings) {
        return Err(diagnostic);
    }
    for Finding { weight, sentence, next } in findings {
        match weight {
            Weight::Skipped => ui.say(&sentence),
            Weight::Stops | Weight::Warns => ui.warn(&format!("{sentence}; {next}")),
        }
    }
    Ok(())
}
