//! Builds a graph and collects the permissions that its resources require.

use std::sync::Arc;

use reconcile::{Graph, Handle, Inputs, Resource};

use crate::{
    artifacts::data::StoredFiles,
    targets::{
        aws::{
            Cloud, Permission, RequiredPermissions,
            names::Names,
            resources::{
                CertificateOutput, DistributionOutput, DomainOutput, FunctionOutput, HttpApiOutput,
                LiveOutput, StreamApiOutput, TopicOutput,
            },
        },
        record::Feature,
    },
};

/// A [`Graph`] of resources that declare their permissions.
pub(super) struct GraphBuilder<'n> {
    graph: Graph<Cloud>,
    permissions: Vec<Permission>,
    names: &'n Names,
}

impl<'n> GraphBuilder<'n> {
    pub(super) fn new(names: &'n Names) -> Self {
        Self { graph: Graph::new(), permissions: Vec::new(), names }
    }

    pub(super) fn add<R, I>(
        &mut self,
        name: &'static str,
        resource: R,
        inputs: I,
        desired: impl Fn(I::Values) -> R::Desired + Send + Sync + 'static,
    ) -> Handle<R::Output>
    where
        R: Resource<Cloud = Cloud> + RequiredPermissions,
        I: Inputs,
    {
        self.permissions.extend(resource.required_permissions(self.names));
        self.graph.add(name, resource, inputs, desired)
    }

    /// Adds a resource that must not exist unless it is desired.
    pub(super) fn add_if<R, I>(
        &mut self,
        is_desired: bool,
        name: &'static str,
        resource: R,
        inputs: I,
        desired: impl Fn(I::Values) -> R::Desired + Send + Sync + 'static,
    ) -> Handle<Option<R::Output>>
    where
        R: Resource<Cloud = Cloud> + RequiredPermissions,
        I: Inputs,
    {
        self.permissions.extend(resource.required_permissions(self.names));
        self.graph.add_if(is_desired, name, resource, inputs, desired)
    }

    pub(super) fn build(self, nodes: Option<Nodes>, files: Option<Handle<Arc<StoredFiles>>>) -> Stack {
        Stack { graph: self.graph, permissions: self.permissions, nodes, files }
    }
}

/// The graph, and the nodes whose outputs the commands ask for.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) graph: Graph<Cloud>,
    /// The permissions that the resources require.
    pub(crate) permissions: Vec<Permission>,
    /// `None` if the run includes only the data files.
    pub(crate) nodes: Option<Nodes>,
    /// `None` if the run does not include the data files.
    pub(crate) files: Option<Handle<Arc<StoredFiles>>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Nodes {
    /// `None` if the function uses no API key.
    pub(crate) key: Option<Handle<String>>,
    pub(crate) function: Handle<FunctionOutput>,
    pub(crate) api: Handle<HttpApiOutput>,
    /// `None` if the environment does not and did not stream.
    pub(crate) stream_api: Option<Handle<Option<StreamApiOutput>>>,
    /// `None` if the environment has and had no alarms.
    pub(crate) alarm_topic: Option<Handle<Option<TopicOutput>>>,
    /// `None` if the environment has and had no budget.
    pub(crate) usage: Option<Handle<Option<String>>>,
    /// `None` if the environment has and had no mail of AWS Budgets.
    pub(crate) cost_budget: Option<Handle<Option<()>>>,
    pub(crate) live: Handle<LiveOutput>,
    pub(crate) distribution: Handle<DistributionOutput>,
    /// The release that uploaded the files of the page.
    pub(crate) site: Handle<String>,
    /// `None` if no domain is or was configured.
    pub(crate) domain: Option<DomainNodes>,
}

impl Nodes {
    /// Whether the graph includes the resources of a feature.
    pub(crate) fn include(&self, feature: Feature) -> bool {
        match feature {
            Feature::Streaming => self.stream_api.is_some(),
            Feature::Alarms => self.alarm_topic.is_some(),
            Feature::Budget => self.usage.is_some(),
            Feature::CostBudget => self.cost_budget.is_some(),
        }
    }
}

/// The nodes whose outputs the commands ask for.
#[derive(Debug, Clone, Copy)]
pub struct DomainNodes {
    /// `None` if no domain is configured.
    pub certificate: Option<Handle<CertificateOutput>>,
    pub names: Handle<Option<DomainOutput>>,
}
