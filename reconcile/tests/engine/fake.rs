//! A fake cloud in memory, and the resource for its items.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use reconcile::{
    Backoff, Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource, Status, Wait,
    testing::{LossyCloud, Lost, Then},
};

/// An item of the fake cloud.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FakeItem {
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) foreign: bool,
    /// How many more reads show it without an owner.
    pub(crate) untagged: u32,
    /// How many more reads report it as busy.
    pub(crate) busy: u32,
    /// How many more reads report that a difference cannot be written yet.
    pub(crate) deferred: u32,
    pub(crate) disabled: bool,
}

#[derive(Debug, Default)]
struct FakeData {
    items: BTreeMap<String, FakeItem>,
    calls: usize,
    writes: usize,
    log: Vec<String>,
    loss: Option<(usize, Lost, Then)>,
    dead: bool,
    scripted: Vec<(String, Class)>,
}

/// A cloud in memory that counts, records and loses calls.
#[derive(Debug, Default)]
pub(crate) struct FakeCloud(Mutex<FakeData>);

impl FakeCloud {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Writes an item without the engine, as a person would.
    pub(crate) fn put(&self, name: &str, item: FakeItem) {
        self.data().items.insert(name.to_owned(), item);
    }

    pub(crate) fn remove(&self, name: &str) {
        self.data().items.remove(name);
    }

    /// Resets the numbers of calls and writes.
    pub(crate) fn reset_counts(&self) {
        let mut data = self.data();
        data.calls = 0;
        data.writes = 0;
    }

    pub(crate) fn get(&self, name: &str) -> Option<FakeItem> {
        self.data().items.get(name).cloned()
    }

    /// Makes the next call whose line is `line` fail with `class`. Call it again for more failures.
    pub(crate) fn fail(&self, line: &str, class: Class) {
        self.data().scripted.push((line.to_owned(), class));
    }

    /// Returns all writes, in order.
    pub(crate) fn log(&self) -> Vec<String> {
        self.data().log.clone()
    }

    fn data(&self) -> MutexGuard<'_, FakeData> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one call. `line` names it in the log.
    async fn call<T>(
        &self,
        line: String,
        write: bool,
        effect: impl FnOnce(&mut BTreeMap<String, FakeItem>) -> T,
    ) -> Result<T, Fault> {
        tokio::task::yield_now().await;
        let mut data = self.data();
        let number = data.calls;
        data.calls += 1;
        if data.dead {
            return Err(Fault::new(Class::Refused, "the process has crashed"));
        }
        if let Some(at) = data.scripted.iter().position(|(wanted, _)| *wanted == line) {
            let (_, class) = data.scripted.remove(at);
            return Err(Fault::new(class, format!("{line}: {class:?}")));
        }
        let loss = data.loss.filter(|(call, ..)| *call == number);
        if let Some((_, _, Then::Crash)) = loss {
            data.dead = true;
        }
        if let Some((_, Lost::BeforeEffect, _)) = loss {
            return Err(Fault::new(Class::Unavailable, "no response"));
        }
        if write {
            data.writes += 1;
            data.log.push(line);
        }
        let answer = effect(&mut data.items);
        if loss.is_some() { Err(Fault::new(Class::Unavailable, "no response")) } else { Ok(answer) }
    }
}

impl LossyCloud for FakeCloud {
    fn calls(&self) -> usize {
        self.data().calls
    }

    fn writes(&self) -> usize {
        self.data().writes
    }

    fn lose(&self, call: usize, lost: Lost, then: Then) {
        self.data().loss = Some((call, lost, then));
    }

    fn restore(&self) {
        let mut data = self.data();
        data.loss = None;
        data.dead = false;
    }

    async fn snapshot(&self) -> String {
        // The remaining busy time differs between runs that have created the same items.
        let settled = |(name, item): (&String, &FakeItem)| {
            (name.clone(), FakeItem { busy: 0, untagged: 0, ..item.clone() })
        };
        format!("{:#?}", self.data().items.iter().map(settled).collect::<BTreeMap<_, _>>())
    }
}

/// A resource of the fake cloud. It is created empty, then each call sets one field.
#[derive(Debug, Clone)]
pub(crate) struct FakeResource {
    pub(crate) name: String,
    /// For how many reads it is busy after it was created.
    pub(crate) slow: u32,
    /// Whether a write returns the complete item.
    pub(crate) returns_item: bool,
    /// Whether it must be disabled before it can be deleted. While disabled, it does not use its upstream nodes.
    pub(crate) disable_first: bool,
    /// Whether the push that creates it also sets its fields, with a second call.
    pub(crate) in_one_push: bool,
}

impl FakeResource {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), slow: 0, returns_item: true, disable_first: false, in_one_push: false }
    }

    fn pushed(&self, now: Option<FakeItem>) -> Pushed<FakeItem> {
        match now {
            Some(item) if self.returns_item => Pushed::Actual(item),
            _ => Pushed::Observe,
        }
    }
}

/// The desired fields of a [`FakeResource`]. The field `kind` cannot be changed in place.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakeDesired(pub(crate) BTreeMap<String, String>);

impl FakeDesired {
    pub(crate) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }
}

impl Resource for FakeResource {
    type Cloud = FakeCloud;
    type Desired = FakeDesired;
    type Actual = FakeItem;
    type Output = String;
    type Memory = ();

    async fn observe(&self, cloud: &FakeCloud, _: &mut Self::Memory) -> Result<Option<FakeItem>, Fault> {
        let read = |items: &mut BTreeMap<String, FakeItem>| {
            let item = items.get_mut(&self.name)?;
            let copy = item.clone();
            item.busy = item.busy.saturating_sub(1);
            item.deferred = item.deferred.saturating_sub(1);
            item.untagged = item.untagged.saturating_sub(1);
            Some(copy)
        };
        cloud.call(format!("observe {}", self.name), false, read).await
    }

    fn ownership(&self, actual: &FakeItem) -> Ownership {
        if actual.foreign {
            Ownership::Foreign(format!("{} is not managed by us", self.name))
        } else if actual.untagged > 0 {
            Ownership::Untagged(format!("{} has no owner", self.name))
        } else {
            Ownership::Ours
        }
    }

    fn diff(&self, desired: &FakeDesired, actual: Option<&FakeItem>) -> Vec<Change> {
        let mut changes = Changes::new();
        let none = BTreeMap::new();
        changes.map("field", &desired.0, actual.map_or(&none, |item| &item.fields));
        if actual.is_some_and(|item| item.foreign) {
            changes.push(Change::new("owner", Some("other".to_owned()), Some("us".to_owned())));
        }
        let mut changes = changes.into_vec();
        if actual.is_some() {
            changes
                .iter_mut()
                .filter(|c| c.field == "field.kind" && c.old.is_some())
                .for_each(|c| c.replaces = true);
        }
        changes
    }

    fn status(&self, actual: &FakeItem) -> Status {
        if actual.busy > 0 {
            Status::Busy(Wait::new(format!("{} to get ready", self.name), Backoff::PROPAGATION))
        } else if actual.deferred > 0 {
            Status::Deferred(Wait::new(format!("{} to be used", self.name), Backoff::PROPAGATION))
        } else {
            Status::Ready
        }
    }

    async fn converge(
        &self,
        cloud: &FakeCloud,
        _: &mut Self::Memory,
        desired: &FakeDesired,
        actual: Option<&FakeItem>,
    ) -> Result<Pushed<FakeItem>, Fault> {
        let name = &self.name;
        if actual.is_none() {
            let kind = desired.0.get("kind").map(|kind| ("kind".to_owned(), kind.clone()));
            let fields: BTreeMap<_, _> = kind.into_iter().collect();
            let created = FakeItem { fields, busy: self.slow, ..FakeItem::default() };
            let create =
                |items: &mut BTreeMap<String, FakeItem>| items.entry(name.clone()).or_insert(created).clone();
            let created = cloud.call(format!("create {name}"), true, create).await?;
            if !self.in_one_push {
                return Ok(self.pushed(Some(created)));
            }
            let finish = |items: &mut BTreeMap<String, FakeItem>| {
                let item = items.get_mut(name)?;
                item.fields.clone_from(&desired.0);
                Some(item.clone())
            };
            return Ok(self.pushed(cloud.call(format!("finish {name}"), true, finish).await?));
        }
        let Some(change) = self.diff(desired, actual).into_iter().next() else {
            return Ok(Pushed::Observe);
        };
        let set = |items: &mut BTreeMap<String, FakeItem>| {
            let item = items.get_mut(name)?;
            match (change.field.strip_prefix("field."), &change.new) {
                (Some(field), Some(new)) => {
                    item.fields.insert(field.to_owned(), new.clone());
                }
                (Some(field), None) => {
                    item.fields.remove(field);
                }
                (None, _) => item.foreign = false,
            }
            Some(item.clone())
        };
        Ok(self.pushed(cloud.call(format!("set {name} {}", change.field), true, set).await?))
    }

    async fn delete(
        &self,
        cloud: &FakeCloud,
        _: &mut Self::Memory,
        actual: &FakeItem,
    ) -> Result<Removed, Fault> {
        let name = &self.name;
        if self.disable_first && !actual.disabled {
            let disable = |items: &mut BTreeMap<String, FakeItem>| {
                if let Some(item) = items.get_mut(name) {
                    item.disabled = true;
                    item.busy = self.slow;
                }
            };
            cloud.call(format!("disable {name}"), true, disable).await?;
            return Ok(Removed::Observe);
        }
        if actual.busy > 0 {
            return Ok(Removed::Waiting(Wait::new(format!("{name} to be disabled"), Backoff::PROPAGATION)));
        }
        cloud.call(format!("delete {name}"), true, |items| items.remove(name)).await?;
        Ok(Removed::Done)
    }

    fn detached(&self, actual: &FakeItem) -> bool {
        actual.disabled
    }

    fn output(&self, actual: &FakeItem) -> Option<String> {
        Some(format!("{}:{}", self.name, actual.fields.get("version").map_or("", String::as_str)))
    }

    fn predict_output(&self, desired: &FakeDesired, actual: Option<&FakeItem>) -> Option<String> {
        let actual = actual.filter(|item| item.fields.get("version") == desired.0.get("version"))?;
        self.output(actual)
    }
}
