//! A scripted DNS resolver, for tests.

use std::sync::{Arc, Mutex};

use futures_util::{FutureExt as _, future::BoxFuture};

use super::{DnsRecord, LookupError, RecordType, Resolver};

/// A resolver that knows only the records it is given. By default it is offline: every lookup fails.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScriptedDns(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    online: bool,
    records: Vec<(String, RecordType, Vec<DnsRecord>)>,
}

impl ScriptedDns {
    pub(crate) fn online() -> Self {
        Self(Arc::new(Mutex::new(Inner { online: true, ..Inner::default() })))
    }

    #[must_use]
    pub(crate) fn with(
        self,
        name: &str,
        record_type: RecordType,
        records: impl IntoIterator<Item = DnsRecord>,
    ) -> Self {
        let records = records.into_iter().collect();
        self.0.lock().expect("one test, one thread").records.push((name.to_owned(), record_type, records));
        self
    }
}

impl Resolver for ScriptedDns {
    fn lookup<'a>(
        &'a self,
        name: &'a str,
        record_type: RecordType,
    ) -> BoxFuture<'a, Result<Vec<DnsRecord>, LookupError>> {
        let inner = self.0.lock().expect("one test, one thread");
        let known =
            inner.records.iter().find(|(known, known_type, _)| known == name && *known_type == record_type);
        let answer = match known {
            _ if !inner.online => Err(LookupError("scripted: offline".to_owned())),
            Some((_, _, records)) => Ok(records.clone()),
            None => Ok(Vec::new()),
        };
        std::future::ready(answer).boxed()
    }
}
