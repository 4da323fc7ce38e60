//! Counts what the model has cost in each month, in a file that all processes share.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use contract::budget::{FILE, KEPT_MONTHS};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Folder;
use super::draft::{Draft, none_if_not_found};
use crate::store::StoreError;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Spending {
    /// The amount of each month, in billionths of a dollar.
    months: BTreeMap<String, u64>,
}

impl Folder {
    /// Adds an amount to that of a month. Returns false if that is larger than `at_most`.
    pub async fn add_spending(
        &self,
        month: &str,
        amount: i64,
        at_most: Option<u64>,
    ) -> Result<bool, StoreError> {
        let (month, lock) = (month.to_owned(), self.lock().await?);
        self.run(FILE, move |root| {
            let _lock = lock;
            add(root, &month, amount, at_most)
        })
        .await
    }
}

/// Changes the file under the lock. A file that cannot be parsed is an error: without it, there would be no limit.
fn add(root: &Path, month: &str, amount: i64, at_most: Option<u64>) -> io::Result<bool> {
    let path = root.join(FILE);
    let mut spending: Spending = match none_if_not_found(fs::read(&path))? {
        Some(json) => serde_json::from_slice(&json)?,
        None => Spending::default(),
    };
    let spent = spending.months.entry(month.to_owned()).or_default();
    if at_most.is_some_and(|most| *spent > most) {
        return Ok(false);
    }
    *spent = spent.saturating_add_signed(amount);
    while spending.months.len() > KEPT_MONTHS {
        spending.months.pop_first();
    }
    Draft::write(root, json!(spending).to_string().as_bytes())?.rename(&path)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(root: &Path) -> BTreeMap<String, u64> {
        serde_json::from_slice::<Spending>(&fs::read(root.join(FILE)).unwrap()).unwrap().months
    }

    #[test]
    fn an_amount_is_added_unless_the_month_has_more_than_allowed() {
        let root = tempfile::tempdir().unwrap();
        let add = |month, amount, most| add(root.path(), month, amount, most).unwrap();
        assert!(add("2026-11", 60, Some(40)) && !add("2026-11", 60, Some(40)));
        assert!(add("2026-11", -50, None) && add("2026-11", 60, Some(40)));
        assert!(add("2026-12", 60, Some(40)), "a new month starts without spending");
        assert!(add("2026-12", -70, None), "an amount is never negative");
        assert_eq!(months(root.path()), BTreeMap::from([("2026-11".into(), 70), ("2026-12".into(), 0)]));
    }

    #[test]
    fn only_the_months_of_a_year_are_kept() {
        let root = tempfile::tempdir().unwrap();
        for month in 1..=20 {
            assert!(add(root.path(), &format!("20{month}-01"), 1, None).unwrap());
        }
        assert_eq!(months(root.path()).len(), KEPT_MONTHS);
        assert!(months(root.path()).contains_key("2020-01"));
    }

    #[test]
    fn a_file_that_cannot_be_parsed_is_an_error_and_stays() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(FILE), "{").unwrap();
        add(root.path(), "2026-11", 1, None).unwrap_err();
        assert_eq!(fs::read_to_string(root.path().join(FILE)).unwrap(), "{");
    }
}
