//! A graph that is being drawn, and the rights that the things in it need.

use std::sync::Arc;

use reconcile::{Graph, Handle, Inputs, Resource};

use super::{Nodes, Stack};
use crate::{
    artifacts::data::There,
    targets::aws::{Cloud, Needs, Right, names::Names},
};

/// See [`Graph`]: nothing gets in without saying what it needs.
pub(super) struct Drawing<'n> {
    graph: Graph<Cloud>,
    rights: Vec<Right>,
    names: &'n Names,
}

impl<'n> Drawing<'n> {
    pub(super) fn new(names: &'n Names) -> Self {
        Self { graph: Graph::new(), rights: Vec::new(), names }
    }

    pub(super) fn add<R, I>(
        &mut self,
        name: &'static str,
        resource: R,
        inputs: I,
        desired: impl Fn(I::Values) -> R::Desired + Send + Sync + 'static,
    ) -> Handle<R::Output>
    where
        R: Resource<Cloud = Cloud> + Needs,
        I: Inputs,
    {
        self.rights.extend(resource.needs(self.names));
        self.graph.add(name, resource, inputs, desired)
    }

    /// For what a file can turn off.
    pub(super) fn add_if<R, I>(
        &mut self,
        wanted: bool,
        name: &'static str,
        resource: R,
        inputs: I,
        desired: impl Fn(I::Values) -> R::Desired + Send + Sync + 'static,
    ) -> Handle<Option<R::Output>>
    where
        R: Resource<Cloud = Cloud> + Needs,
        I: Inputs,
    {
        self.rights.extend(resource.needs(self.names));
        self.graph.add_if(wanted, name, resource, inputs, desired)
    }

    pub(super) fn finished(self, nodes: Option<Nodes>, files: Option<Handle<Arc<There>>>) -> Stack {
        Stack { graph: self.graph, rights: self.rights, nodes, files }
    }
}
