//! A DNS record that the owner of a domain still has to create.

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// Validates the name for ACM.
    Validation,
    /// Points visitors to the page.
    Traffic,
}

/// A DNS record that the owner of the domain still has to create at another DNS host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MissingRecord {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) record_type: &'static str,
    pub(crate) value: String,
    pub(crate) purpose: Purpose,
    /// The value in public DNS, if it is different.
    pub(crate) current_value: Option<String>,
}

/// Describes the records, one per line.
pub(crate) fn describe(records: &[MissingRecord]) -> Vec<String> {
    if records.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["these records are still missing at your DNS host:".to_owned()];
    lines.extend(records.iter().map(|record| {
        let purpose = match record.purpose {
            Purpose::Validation => "validates the name for the certificate",
            Purpose::Traffic => "points visitors to the page",
        };
        let current =
            record.current_value.as_ref().map(|current| format!("; now {current}")).unwrap_or_default();
        format!("  {}  {}  {}  ({purpose}{current})", record.name, record.record_type, record.value)
    }));
    if records.iter().any(|record| record.purpose == Purpose::Traffic) {
        lines.push("  a domain without a subdomain cannot have a CNAME record: use ALIAS or ANAME with the same value".to_owned());
    }
    lines
}
