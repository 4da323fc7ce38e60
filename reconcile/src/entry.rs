//! A resource at its place in the graph, and what is known about it.

use std::{
    any::Any,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    inputs::{Edge, Outputs},
    resource::Resource,
};

type Desire<D> = Box<dyn Fn(&Outputs) -> Option<D> + Send + Sync>;
/// Erases the type of an output.
pub(crate) type Wrap<O> = fn(Option<O>) -> Option<Arc<dyn Any + Send + Sync>>;

/// A resource at its place in the graph, with its last observation and its memory.
pub(crate) struct Entry<R: Resource> {
    pub(crate) name: &'static str,
    pub(crate) index: usize,
    pub(crate) wanted: bool,
    pub(crate) edges: Vec<Edge>,
    pub(crate) resource: R,
    desired: Desire<R::Desired>,
    wrap: Wrap<R::Output>,
    observed: Mutex<Observed<R::Actual>>,
    /// Locked during each call of the resource that takes it.
    pub(crate) memory: tokio::sync::Mutex<R::Memory>,
}

/// The last observation of a resource.
#[derive(Clone)]
pub(crate) enum Observed<A> {
    NotYet,
    /// `None` if it does not exist.
    Actual(Option<A>),
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
        let observed = Mutex::new(Observed::NotYet);
        Self { name, index, wanted, edges, resource, desired, wrap, observed, memory }
    }

    pub(crate) fn observed(&self) -> Observed<R::Actual> {
        self.observed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_observed(&self, observed: Observed<R::Actual>) {
        *self.observed.lock().unwrap_or_else(PoisonError::into_inner) = observed;
    }

    /// Returns the last observed actual state, if the resource was observed and existed.
    pub(crate) fn actual(&self) -> Option<R::Actual> {
        match self.observed() {
            Observed::NotYet => None,
            Observed::Actual(actual) => actual,
        }
    }

    /// Returns the desired state, or `None` while an input is unknown.
    pub(crate) fn desired(&self, outputs: &Outputs) -> Option<R::Desired> {
        (self.desired)(outputs)
    }

    pub(crate) fn publish(&self, outputs: &Outputs, output: Option<R::Output>) {
        outputs.set(self.index, (self.wrap)(output));
    }
}
