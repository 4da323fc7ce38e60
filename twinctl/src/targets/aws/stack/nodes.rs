//! The graph and its nodes whose outputs the commands use.

use std::sync::Arc;

use reconcile::{Graph, Handle};

use crate::{
    artifacts::data::StoredFiles,
    targets::aws::{
        Cloud, Permission,
        resources::{
            CertificateOutput, DistributionOutput, DomainOutput, FunctionOutput, HttpApiOutput, LiveOutput,
        },
    },
};

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
    pub(crate) function: Handle<FunctionOutput>,
    pub(crate) api: Handle<HttpApiOutput>,
    pub(crate) live: Handle<LiveOutput>,
    pub(crate) distribution: Handle<DistributionOutput>,
    /// `None` if no domain is or was configured.
    pub(crate) domain: Option<DomainNodes>,
}

/// The nodes whose outputs the commands ask for.
#[derive(Debug, Clone, Copy)]
pub struct DomainNodes {
    /// `None` if no domain is configured.
    pub certificate: Option<Handle<CertificateOutput>>,
    pub names: Handle<Option<DomainOutput>>,
}
