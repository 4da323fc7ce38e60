//! A resource in its place in the graph, with its types erased towards the engine.

use std::{
    any::Any,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    Action, Change, Choices, Failure, Fault, Outcome, Ownership, Planned, Resource,
    inputs::{Edge, Outputs},
    settle::Run,
};

pub(crate) type Task<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the engine can ask of a node without knowing its types.
pub(crate) trait Node<C>: Send + Sync {
    fn name(&self) -> &'static str;
    fn edges(&self) -> &[Edge];
    fn wanted(&self) -> bool;
    /// Looks, with retries, and keeps what was seen.
    fn look<'a>(&'a self, run: &'a Run<C>) -> Task<'a, Result<(), Failure>>;
    /// Forgets what was seen, so that the next step looks again.
    fn forget(&self);
    fn exists(&self) -> bool;
    /// Publishes the output of what was seen, whatever is wanted.
    fn publish_seen(&self, outputs: &Outputs);
    /// Publishes what others get to see of a thing that is not wanted.
    fn publish_absence(&self, outputs: &Outputs);
    /// Compares what was seen with what is wanted; leaves the output it can foresee in `outputs`.
    fn plan(&self, outputs: &Outputs, upstream: &dyn Fn(usize) -> &'static str, choices: &Choices)
    -> Planned;
    /// What still differs from what was seen last.
    fn remaining(&self, outputs: &Outputs) -> Vec<Change>;
    fn settle<'a>(&'a self, run: &'a Run<C>, replace: bool) -> Task<'a, Result<Outcome, Failure>>;
    fn remove<'a>(&'a self, run: &'a Run<C>) -> Task<'a, Result<Outcome, Failure>>;
}

type Desire<D> = Box<dyn Fn(&Outputs) -> Option<D> + Send + Sync>;
pub(crate) type Wrap<O> = fn(Option<O>) -> Option<Arc<dyn Any + Send + Sync>>;

/// A resource, where it stands, and what was last seen of it.
pub(crate) struct Entry<R: Resource> {
    pub(crate) name: &'static str,
    pub(crate) index: usize,
    wanted: bool,
    edges: Vec<Edge>,
    pub(crate) resource: R,
    desired: Desire<R::Desired>,
    wrap: Wrap<R::Output>,
    seen: Mutex<Seen<R::Actual>>,
    /// Locked across each call of the resource that takes it.
    pub(crate) memory: tokio::sync::Mutex<R::Memory>,
}

/// What was last seen of a thing.
#[derive(Clone)]
pub(crate) enum Seen<A> {
    NotYet,
    Looked(Option<A>),
}

impl<A> Seen<A> {
    fn actual(self) -> Option<A> {
        match self {
            Self::NotYet => None,
            Self::Looked(actual) => actual,
        }
    }
}

impl<R: Resource> Entry<R> {
    pub(crate) fn new(
        name: &'static str,
        index: usize,
        wanted: bool,
        edges: Vec<Edge>,
        resource: R,
        desired: Desire<R::Desired>,
        wrap: Wrap<R::Output>,
    ) -> Self {
        let memory = tokio::sync::Mutex::new(resource.initial_memory());
        let seen = Mutex::new(Seen::NotYet);
        Self { name, index, wanted, edges, resource, desired, wrap, seen, memory }
    }

    pub(crate) fn seen(&self) -> Seen<R::Actual> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn remember(&self, seen: Seen<R::Actual>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }

    pub(crate) fn desired(&self, outputs: &Outputs) -> Option<R::Desired> {
        (self.desired)(outputs)
    }

    pub(crate) fn publish(&self, outputs: &Outputs, output: Option<R::Output>) {
        outputs.set(self.index, (self.wrap)(output));
    }

    pub(crate) async fn observe(&self, cloud: &R::Cloud) -> Result<Option<R::Actual>, Fault> {
        self.resource.observe(cloud, &mut *self.memory.lock().await).await
    }

    /// The action for a wanted node, its changes, and the output that will follow from it.
    fn compare(&self, outputs: &Outputs, choices: &Choices) -> (Action, Vec<Change>, Option<R::Output>) {
        let desired = self.desired(outputs);
        let actual = self.seen().actual();
        let Some(actual) = actual else {
            let changes = desired.as_ref().map(|d| self.resource.diff(d, None)).unwrap_or_default();
            return (Action::Create, changes, desired.and_then(|d| self.resource.foresee(&d, None)));
        };
        let foreign = match self.resource.ownership(&actual) {
            Ownership::Foreign(what) if !choices.adopt => Some(what),
            _ => None,
        };
        let changes = desired.as_ref().map(|d| self.resource.diff(d, Some(&actual))).unwrap_or_default();
        if let Some(what) = foreign {
            return (Action::Foreign(what), changes, None);
        }
        let Some(desired) = desired else {
            return (Action::Recheck, Vec::new(), None);
        };
        if changes.is_empty() {
            return (Action::Keep, changes, self.resource.output(&actual));
        }
        let foreseen = self.resource.foresee(&desired, Some(&actual));
        if !changes.iter().any(|change| change.replaces) {
            (Action::Update, changes, foreseen)
        } else if choices.replace.contains(self.name) {
            (Action::Replace, changes, self.resource.foresee(&desired, None))
        } else {
            (Action::NeedsReplacing, changes, None)
        }
    }

    /// The action for a node that should not be there.
    fn unwanted(&self, choices: &Choices) -> Action {
        match self.seen().actual() {
            None => Action::Absent,
            Some(_) if choices.keep.contains(self.name) => Action::Leave("kept, as asked".to_owned()),
            Some(actual) => match self.resource.ownership(&actual) {
                Ownership::Ours => Action::Delete,
                Ownership::Foreign(what) => Action::Leave(what),
            },
        }
    }
}

impl<R: Resource> Node<R::Cloud> for Entry<R> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn edges(&self) -> &[Edge] {
        &self.edges
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn look<'a>(&'a self, run: &'a Run<R::Cloud>) -> Task<'a, Result<(), Failure>> {
        Box::pin(self.look_patiently(run))
    }

    fn forget(&self) {
        self.remember(Seen::NotYet);
    }

    fn exists(&self) -> bool {
        self.seen().actual().is_some()
    }

    fn publish_seen(&self, outputs: &Outputs) {
        self.publish(outputs, self.seen().actual().and_then(|actual| self.resource.output(&actual)));
    }

    fn publish_absence(&self, outputs: &Outputs) {
        self.publish(outputs, None);
    }

    fn plan(
        &self,
        outputs: &Outputs,
        upstream: &dyn Fn(usize) -> &'static str,
        choices: &Choices,
    ) -> Planned {
        if choices.destroy || !self.wanted {
            self.publish(outputs, None);
            return Planned {
                node: self.name,
                action: self.unwanted(choices),
                changes: vec![],
                after: vec![],
            };
        }
        let unknown = self.edges.iter().filter(|edge| edge.value && !outputs.known(edge.upstream));
        let after = unknown.map(|edge| upstream(edge.upstream)).collect();
        let (action, changes, foreseen) = self.compare(outputs, choices);
        self.publish(outputs, foreseen);
        Planned { node: self.name, action, changes, after }
    }

    fn remaining(&self, outputs: &Outputs) -> Vec<Change> {
        match (self.desired(outputs), self.seen()) {
            (Some(desired), Seen::Looked(actual)) => self.resource.diff(&desired, actual.as_ref()),
            _ => Vec::new(),
        }
    }

    fn settle<'a>(&'a self, run: &'a Run<R::Cloud>, replace: bool) -> Task<'a, Result<Outcome, Failure>> {
        Box::pin(self.settle_until_nothing_differs(run, replace))
    }

    fn remove<'a>(&'a self, run: &'a Run<R::Cloud>) -> Task<'a, Result<Outcome, Failure>> {
        Box::pin(self.remove_until_gone(run))
    }
}
