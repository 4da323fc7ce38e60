//! A cloud of named things in memory, and the resource that lives in it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    Cadence, Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource, Status, Wait,
    testing::{Lost, Then, World},
};

/// One thing of the fake cloud.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thing {
    pub fields: BTreeMap<String, String>,
    pub foreign: bool,
    /// How many more looks it is busy after a write.
    pub busy: u32,
    pub disabled: bool,
}

#[derive(Debug, Default)]
struct Inside {
    things: BTreeMap<String, Thing>,
    calls: usize,
    writes: usize,
    log: Vec<String>,
    loss: Option<(usize, Lost, Then)>,
    dead: bool,
    scripted: Vec<(String, Class)>,
}

/// A cloud of named things in memory that counts, records and loses calls.
#[derive(Debug, Default)]
pub struct FakeCloud(Mutex<Inside>);

impl FakeCloud {
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a thing there by hand, as somebody else would.
    pub fn put(&self, name: &str, thing: Thing) {
        self.inside().things.insert(name.to_owned(), thing);
    }

    pub fn remove(&self, name: &str) {
        self.inside().things.remove(name);
    }

    /// What was done so far no longer counts as calls.
    pub fn restart_counting(&self) {
        let mut inside = self.inside();
        inside.calls = 0;
        inside.writes = 0;
    }

    pub fn get(&self, name: &str) -> Option<Thing> {
        self.inside().things.get(name).cloned()
    }

    /// The next call whose line is `line` fails like this; say it again for more failures.
    pub fn fail(&self, line: &str, class: Class) {
        self.inside().scripted.push((line.to_owned(), class));
    }

    /// The writes so far, in order.
    pub fn log(&self) -> Vec<String> {
        self.inside().log.clone()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One call: `line` names it, `write` says whether it changes anything.
    async fn call<T>(
        &self,
        line: String,
        write: bool,
        effect: impl FnOnce(&mut BTreeMap<String, Thing>) -> T,
    ) -> Result<T, Fault> {
        tokio::task::yield_now().await;
        let mut inside = self.inside();
        let number = inside.calls;
        inside.calls += 1;
        if inside.dead {
            return Err(Fault::new(Class::Refused, "the process is dead"));
        }
        if let Some(at) = inside.scripted.iter().position(|(wanted, _)| *wanted == line) {
            let (_, class) = inside.scripted.remove(at);
            return Err(Fault::new(class, format!("{line}: {class:?}")));
        }
        let loss = inside.loss.filter(|(call, ..)| *call == number);
        if let Some((_, _, Then::Dies)) = loss {
            inside.dead = true;
        }
        if let Some((_, Lost::Before, _)) = loss {
            return Err(Fault::new(Class::Unavailable, "no answer"));
        }
        if write {
            inside.writes += 1;
            inside.log.push(line);
        }
        let answer = effect(&mut inside.things);
        if loss.is_some() { Err(Fault::new(Class::Unavailable, "no answer")) } else { Ok(answer) }
    }
}

impl World for FakeCloud {
    fn calls(&self) -> usize {
        self.inside().calls
    }

    fn writes(&self) -> usize {
        self.inside().writes
    }

    fn lose(&self, call: usize, lost: Lost, then: Then) {
        self.inside().loss = Some((call, lost, then));
    }

    fn restore(&self) {
        let mut inside = self.inside();
        inside.loss = None;
        inside.dead = false;
    }

    async fn picture(&self) -> String {
        // How long something is still busy is not part of what was made.
        let settled = |(name, thing): (&String, &Thing)| (name.clone(), Thing { busy: 0, ..thing.clone() });
        format!("{:#?}", self.inside().things.iter().map(settled).collect::<BTreeMap<_, _>>())
    }
}

/// A resource of the fake cloud: made bare, then given one field a call.
#[derive(Debug, Clone)]
pub struct Part {
    pub name: String,
    /// Busy for that many looks after it was made.
    pub slow: u32,
    /// Whether a write is answered with the whole picture.
    pub tells: bool,
    /// Must be disabled before it can be deleted, and lets go of its upstream then.
    pub disable_first: bool,
}

impl Part {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), slow: 0, tells: true, disable_first: false }
    }

    fn pushed(&self, now: Option<Thing>) -> Pushed<Thing> {
        match now {
            Some(thing) if self.tells => Pushed::Now(thing),
            _ => Pushed::Look,
        }
    }
}

/// What is wanted of a [`Part`]. The field `kind` cannot be changed in place.
#[derive(Debug, Clone, Default)]
pub struct PartDesired(pub BTreeMap<String, String>);

impl PartDesired {
    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }
}

impl Resource for Part {
    type Cloud = FakeCloud;
    type Desired = PartDesired;
    type Actual = Thing;
    type Output = String;
    type Memory = ();

    async fn observe(&self, cloud: &FakeCloud, _: &mut Self::Memory) -> Result<Option<Thing>, Fault> {
        let look = |things: &mut BTreeMap<String, Thing>| {
            let thing = things.get_mut(&self.name)?;
            let seen = thing.clone();
            thing.busy = thing.busy.saturating_sub(1);
            Some(seen)
        };
        cloud.call(format!("observe {}", self.name), false, look).await
    }

    fn ownership(&self, actual: &Thing) -> Ownership {
        if actual.foreign {
            Ownership::Foreign(format!("{} belongs to somebody else", self.name))
        } else {
            Ownership::Ours
        }
    }

    fn diff(&self, desired: &PartDesired, actual: Option<&Thing>) -> Vec<Change> {
        let mut changes = Changes::new();
        let none = BTreeMap::new();
        changes.map("field", &desired.0, actual.map_or(&none, |thing| &thing.fields));
        if actual.is_some_and(|thing| thing.foreign) {
            changes.push(Change::new("owner", Some("somebody".to_owned()), Some("us".to_owned())));
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

    fn status(&self, actual: &Thing) -> Status {
        if actual.busy > 0 {
            Status::Busy(Wait::new(format!("{} to get ready", self.name), Cadence::PROPAGATION))
        } else {
            Status::Ready
        }
    }

    async fn converge(
        &self,
        cloud: &FakeCloud,
        _: &mut Self::Memory,
        desired: &PartDesired,
        actual: Option<&Thing>,
    ) -> Result<Pushed<Thing>, Fault> {
        let name = &self.name;
        if actual.is_none() {
            let kind = desired.0.get("kind").map(|kind| ("kind".to_owned(), kind.clone()));
            let fields: BTreeMap<_, _> = kind.into_iter().collect();
            let made = Thing { fields, busy: self.slow, ..Thing::default() };
            let create =
                |things: &mut BTreeMap<String, Thing>| things.entry(name.clone()).or_insert(made).clone();
            return Ok(self.pushed(Some(cloud.call(format!("create {name}"), true, create).await?)));
        }
        let Some(change) = self.diff(desired, actual).into_iter().next() else {
            return Ok(Pushed::Look);
        };
        let set = |things: &mut BTreeMap<String, Thing>| {
            let thing = things.get_mut(name)?;
            match (change.field.strip_prefix("field."), &change.new) {
                (Some(field), Some(new)) => {
                    thing.fields.insert(field.to_owned(), new.clone());
                }
                (Some(field), None) => {
                    thing.fields.remove(field);
                }
                (None, _) => thing.foreign = false,
            }
            Some(thing.clone())
        };
        Ok(self.pushed(cloud.call(format!("set {name} {}", change.field), true, set).await?))
    }

    async fn delete(
        &self,
        cloud: &FakeCloud,
        _: &mut Self::Memory,
        actual: &Thing,
    ) -> Result<Removed, Fault> {
        let name = &self.name;
        if self.disable_first && !actual.disabled {
            let disable = |things: &mut BTreeMap<String, Thing>| {
                if let Some(thing) = things.get_mut(name) {
                    thing.disabled = true;
                    thing.busy = self.slow;
                }
            };
            cloud.call(format!("disable {name}"), true, disable).await?;
            return Ok(Removed::Look);
        }
        if actual.busy > 0 {
            return Ok(Removed::Waiting(Wait::new(format!("{name} to let go"), Cadence::PROPAGATION)));
        }
        cloud.call(format!("delete {name}"), true, |things| things.remove(name)).await?;
        Ok(Removed::Gone)
    }

    fn detached(&self, actual: &Thing) -> bool {
        actual.disabled
    }

    fn output(&self, actual: &Thing) -> Option<String> {
        Some(format!("{}:{}", self.name, actual.fields.get("version").map_or("", String::as_str)))
    }

    fn foresee(&self, desired: &PartDesired, actual: Option<&Thing>) -> Option<String> {
        let actual = actual.filter(|thing| thing.fields.get("version") == desired.0.get("version"))?;
        self.output(actual)
    }
}
