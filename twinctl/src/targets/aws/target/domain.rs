//! Checks a domain before anything is changed, and reports the findings.

use crate::{
    spec::Domain,
    targets::aws::{
        Cloud,
        preflight::{self, Finding, Severity},
    },
    ui::{Diagnostic, Ui},
};

pub(super) async fn preflight(
    cloud: &Cloud,
    domain: &Domain,
    marker: &str,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let findings = preflight::check(cloud, domain, marker).await;
    let findings = findings.map_err(|fault| Diagnostic::fault("the domain could not be checked", &fault))?;
    if let Some(diagnostic) = Finding::diagnostic(&findings) {
        return Err(diagnostic);
    }
    for Finding { severity, message, hint } in findings {
        match severity {
            Severity::Skipped => ui.say(&message),
            Severity::Error | Severity::Warning => ui.warn(&format!("{message}; {hint}")),
        }
    }
    Ok(())
}
