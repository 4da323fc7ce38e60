//! The list of conversations and visitors that the owner has blocked. It is a file next to the data files, which a running
//! twin reads when it checks them for changes.

use contract::block;
use jiff::{Timestamp, civil::Date};
use reconcile::{Class, Fault};
use serde::{Deserialize, Serialize};

use super::store::Store;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
/// How often a change is repeated if the list was changed at the same time.
const ATTEMPTS: usize = 5;

/// A blocked conversation or visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) hash: String,
    /// The day of a visitor's hash, or the day after. Counted since 1970. A conversation has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) day: Option<i64>,
    pub(crate) at: Timestamp,
    pub(crate) by: String,
}

impl Block {
    pub(crate) fn kind(&self) -> &'static str {
        if self.day.is_some() { "visitor" } else { "conversation" }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct File {
    blocked: Vec<Block>,
}

/// Where the list of an environment is stored.
#[derive(Debug)]
pub(crate) struct BlockList {
    pub(crate) store: Box<dyn Store>,
    pub(crate) key: String,
}

pub(crate) fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS_PER_DAY)
}

pub(crate) fn date(day: i64) -> Option<Date> {
    Timestamp::from_second(day * SECONDS_PER_DAY).ok().map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date())
}

impl BlockList {
    /// Returns the entries. Returns `None` if the environment is not deployed.
    pub(crate) async fn load(&self) -> Result<Option<Vec<Block>>, Fault> {
        Ok(self.read().await?.map(|(file, _)| file.blocked))
    }

    /// Changes the entries, and repeats the change if another process changed the list at the same time. Returns the new entries,
    /// or `None` if the environment is not deployed.
    pub(crate) async fn change(
        &self,
        change: impl Fn(&mut Vec<Block>) -> Result<(), Fault>,
    ) -> Result<Option<Vec<Block>>, Fault> {
        for _ in 0..ATTEMPTS {
            let Some((mut file, stored)) = self.read().await? else { return Ok(None) };
            let before = file.blocked.clone();
            change(&mut file.blocked)?;
            if file.blocked == before {
                return Ok(Some(before));
            }
            let bytes =
                serde_json::to_vec_pretty(&file).map_err(|error| Fault::new(Class::Refused, error))?;
            if self.store.write(&self.key, &bytes, stored.as_deref()).await? {
                return Ok(Some(file.blocked));
            }
        }
        Err(Fault::new(
            Class::Busy,
            format!("could not update `{}`: other processes keep changing it", self.key),
        ))
    }

    async fn read(&self) -> Result<Option<(File, Option<Vec<u8>>)>, Fault> {
        if let Some(bytes) = self.store.read(&self.key).await? {
            let file = serde_json::from_slice(&bytes).map_err(|error| {
                Fault::new(Class::Refused, format!("`{}` is not a list of blocks: {error}", block::LIST))
            })?;
            return Ok(Some((file, Some(bytes))));
        }
        let listed = self.store.list(&self.key).await?;
        Ok(listed.map(|_| (File::default(), None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_finds_the_fields() {
        let at = "2026-11-30T10:00:00Z".parse().unwrap();
        let block = Block { hash: "0a1b2c3d".to_owned(), day: Some(day(at)), at, by: "ada".to_owned() };
        let json = serde_json::to_value(File { blocked: vec![block] }).unwrap();
        let entry = &json[block::ENTRIES][0];
        assert_eq!((&entry[block::HASH], &entry[block::DAY]), (&"0a1b2c3d".into(), &20787.into()));
        assert_eq!(date(20787).unwrap().to_string(), "2026-11-30");
    }
}
