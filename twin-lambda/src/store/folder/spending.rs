//! Counts what the model has cost in each month, in a file that all processes share.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use contract::budget::{FILE, KEPT_MONTHS, MONTHS};
use serde_json::{Map, Value, json};

use super::Folder;
use super::draft::{Draft, none_if_not_found};
use crate::store::StoreError;

impl Folder {
    /// Adds an amount to the amount of a month. Returns false if the sum is larger than `at_most`.
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
    let mut months: Map<String, Value> = match none_if_not_found(fs::read(&path))? {
        Some(json) => match serde_json::from_slice::<Value>(&json)?.get_mut(MONTHS).map(Value::take) {
            Some(Value::Object(months)) => months,
            _ => return Err(ErrorKind::InvalidData.into()),
        },
        None => Map::new(),
    };
    let spent = months.get(month).and_then(Value::as_u64).unwrap_or_default();
    if at_most.is_some_and(|most| spent > most) {
        return Ok(false);
    }
    months.insert(month.to_owned(), spent.saturating_add_signed(amount).into());
    while months.len() > KEPT_MONTHS {
        // The map is sorted.
        let Some(oldest) = months.keys().next().cloned() else { break };
        months.remove(&oldest);
    }
    Draft::write(root, json!({MONTHS: months}).to_string().as_bytes())?.rename(&path)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(root: &Path) -> Value {
        serde_json::from_slice::<Value>(&fs::read(root.join(FILE)).unwrap()).unwrap()[MONTHS].take()
    }

    #[test]
    fn an_amount_is_added_unless_the_month_has_more_than_allowed() {
        let root = tempfile::tempdir().unwrap();
        let add = |month, amount, most| add(root.path(), month, amount, most).unwrap();
        assert!(add("2026-11", 60, Some(40)) && !add("2026-11", 60, Some(40)));
        assert!(add("2026-11", -50, None) && add("2026-11", 60, Some(40)));
        assert!(add("2026-12", 60, Some(40)), "a new month starts without spending");
        assert!(add("2026-12", -70, None), "an amount is never negative");
        assert_eq!(months(root.path()), json!({"2026-11": 70, "2026-12": 0}));
    }

    #[test]
    fn only_the_months_of_a_year_are_kept() {
        let root = tempfile::tempdir().unwrap();
        for month in 1..=20 {
            assert!(add(root.path(), &format!("20{month}-01"), 1, None).unwrap());
        }
        let months = months(root.path());
        assert_eq!(months.as_object().unwrap().len(), KEPT_MONTHS);
        assert!(months["2020-01"].is_u64() && months["201-01"].is_null(), "{months}");
    }

    #[test]
    fn a_file_that_cannot_be_parsed_is_an_error_and_stays() {
        let root = tempfile::tempdir().unwrap();
        for invalid in ["{", "{}", "1", r#"{"months": 1}"#] {
            fs::write(root.path().join(FILE), invalid).unwrap();
            add(root.path(), "2026-11", 1, None).unwrap_err();
            assert_eq!(fs::read_to_string(root.path().join(FILE)).unwrap(), invalid);
        }
    }
}
