//! The graph of resources and their dependencies.

use std::{fmt, sync::Arc};

use crate::{
    entry::{Entry, Wrap},
    inputs::{Handle, Inputs, Outputs},
    node::Node,
    resource::Resource,
};

/// A graph of resources. Handles exist only for nodes that were added earlier, so there are no cycles.
pub struct Graph<C> {
    pub(crate) nodes: Vec<Arc<dyn Node<C>>>,
}

impl<C> fmt::Debug for Graph<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.nodes.iter().map(|node| node.name())).finish()
    }
}

impl<C: Send + Sync + 'static> Default for Graph<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Send + Sync + 'static> Graph<C> {
    pub fn new() -> Self {
        Self { nodes: Vec::new() }
    }

    /// Adds a resource that must exist. `desired` gets exactly the outputs of `inputs`.
    pub fn add<R, I>(
        &mut self,
        name: &'static str,
        resource: R,
        inputs: I,
        desired: impl Fn(I::Values) -> R::Desired + Send + Sync + 'static,
    ) -> Handle<R::Output>
    where
        R: Resource<Cloud = C>,
        I: Inputs,
    {
        self.push(name, true, resource, inputs, desired, |output| output.map(|o| Arc::new(o) as _))
    }

    /// Adds a resource that the specification can turn off. It is read in every run. If it exists and must not exist, it
    /// is deleted after its dependents no longer use it.
    pub fn add_if<R, I>(
        &mut self,
        wanted: bool,
        name: &'static str,
        resource: R,
        inputs: I,
        desired: impl Fn(I::Values) -> R::Desired + Send + Sync + 'static,
    ) -> Handle<Option<R::Output>>
    where
        R: Resource<Cloud = C>,
        I: Inputs,
    {
        if wanted {
            self.push(name, true, resource, inputs, desired, |output| output.map(|o| Arc::new(Some(o)) as _))
        } else {
            self.push(name, false, resource, inputs, desired, |_| Some(Arc::new(None::<R::Output>)))
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.nodes.iter().map(|node| node.name())
    }

    pub(crate) fn outputs(&self) -> Arc<Outputs> {
        Arc::new(Outputs::new(self.nodes.len()))
    }

    fn push<R, I, T>(
        &mut self,
        name: &'static str,
        wanted: bool,
        resource: R,
        inputs: I,
        desired: impl Fn(I::Values) -> R::Desired + Send + Sync + 'static,
        wrap: Wrap<R::Output>,
    ) -> Handle<T>
    where
        R: Resource<Cloud = C>,
        I: Inputs,
    {
        let index = self.nodes.len();
        let edges = inputs.edges();
        let desired = Box::new(move |outputs: &Outputs| inputs.values(outputs).map(&desired));
        self.nodes.push(Arc::new(Entry::new(name, index, wanted, edges, resource, desired, wrap)));
        Handle::new(index)
    }
}
