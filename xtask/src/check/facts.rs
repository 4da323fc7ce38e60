//! Facts that age, such as prices and models. Each file that contains some says when they were last checked.

use std::fs;

use anyhow::{Context, Result};
use jiff::{Timestamp, Unit, civil::Date, tz::TimeZone};
use testbed::workspace;

/// Files with facts of AWS, GitHub and model providers that change without our doing.
const DATED: [&str; 4] = [
    // Regions and inference profiles of Amazon Nova.
    "contract/src/bedrock.rs",
    // Models, their parameters, prices and ends of life.
    "contract/src/models/table.rs",
    // Prices of AWS.
    "twinctl/src/twin/cost/prices.rs",
    // The subjects of GitHub's OIDC tokens.
    "twinctl/src/ci/repository.rs",
];
const MARK: &str = "Checked on ";
/// The age at which facts are reported.
const MAX_DAYS: i32 = 90;

/// Warns of facts that were not checked for a long time. Fails only if a file has no date.
#[expect(clippy::disallowed_methods, reason = "the age of a fact depends on today")]
pub(super) fn check() -> Result<()> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    for path in DATED {
        let text = fs::read_to_string(workspace::root().join(path)).with_context(|| path.to_owned())?;
        if let Some(warning) = warning(&text, today).with_context(|| path.to_owned())? {
            eprintln!("warning: {path}: {warning}");
        }
    }
    Ok(())
}

/// Returns a warning if the facts in a file are old.
fn warning(text: &str, today: Date) -> Result<Option<String>> {
    let comments = text.lines().filter(|line| line.trim_start().starts_with("//"));
    let rest = comments.filter_map(|line| line.split_once(MARK)).map(|(_, rest)| rest).next();
    let rest = rest.with_context(|| format!("no comment says `{MARK}` and a date"))?;
    let date = rest.get(..10).and_then(|date| date.parse::<Date>().ok());
    let date = date.with_context(|| format!("no date follows `{MARK}`"))?;
    let days = today.since((Unit::Day, date))?.get_days();
    Ok((days > MAX_DAYS).then(|| format!("checked {days} days ago; compare it with its sources")))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn facts_older_than_90_days_are_reported() {
        let text = "//! Prices.\n//!\n//! Checked on 2026-01-31, in a list.\nconst PRICE: u32 = 1;\n";
        assert_eq!(warning(text, date(2026, 5, 1)).unwrap(), None);
        let old = warning(text, date(2026, 5, 2)).unwrap().unwrap();
        assert_eq!(old, "checked 91 days ago; compare it with its sources");
    }

    #[test]
    fn a_file_without_a_date_is_an_error() {
        for text in ["//! Prices.", "let text = \"Checked on 2026-01-31\";", "//! Checked on Monday."] {
            assert!(warning(text, date(2026, 2, 1)).is_err(), "{text}");
        }
    }
}
