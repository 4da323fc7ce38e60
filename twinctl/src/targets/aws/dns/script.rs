//! DNS as a script. Tests only.

use std::sync::{Arc, Mutex};

use futures_util::{FutureExt as _, future::BoxFuture};

use super::{Found, Kind, Resolver, Unanswered};

/// Answers as it was told; knows no other name. Without any word it is offline.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    online: bool,
    records: Vec<(String, Kind, Vec<Found>)>,
}

impl Names {
    pub(crate) fn online() -> Self {
        Self(Arc::new(Mutex::new(Inside { online: true, ..Inside::default() })))
    }

    #[must_use]
    pub(crate) fn with(self, name: &str, kind: Kind, records: impl IntoIterator<Item = Found>) -> Self {
        let records = records.into_iter().collect();
        self.0.lock().expect("one test, one thread").records.push((name.to_owned(), kind, records));
        self
    }
}

impl Resolver for Names {
    fn ask<'a>(&'a self, name: &'a str, kind: Kind) -> BoxFuture<'a, Result<Vec<Found>, Unanswered>> {
        let inside = self.0.lock().expect("one test, one thread");
        let known = inside.records.iter().find(|(known, of, _)| known == name && *of == kind);
        let answer = match known {
            _ if !inside.online => Err(Unanswered("scripted: offline".to_owned())),
            Some((_, _, records)) => Ok(records.clone()),
            None => Ok(Vec::new()),
        };
        std::future::ready(answer).boxed()
    }
}
