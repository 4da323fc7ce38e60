//! Deployment from GitHub without stored keys: roles that trust one repository, and workflows that use them.

#[cfg(feature = "aws")]
mod access;
mod comment;
mod file;
#[cfg(feature = "aws")]
mod graph;
mod lookup;
#[cfg(feature = "aws")]
mod preview;
mod pull_request;
mod repository;
mod root;
#[cfg(feature = "aws")]
mod settings;
#[cfg(feature = "aws")]
mod sweeping;
mod workflows;

#[cfg(test)]
#[cfg(feature = "aws")]
mod tests;

#[cfg(feature = "aws")]
pub(crate) use access::{Access, Grant};
pub(crate) use comment::{Comment, Posted};
pub(crate) use file::{File, FileStatus, uses_action};
#[cfg(feature = "aws")]
pub(crate) use graph::{IDENTITY, graph};
pub(crate) use lookup::{commit_of_tag, subject_names};
#[cfg(feature = "aws")]
pub(crate) use preview::PREVIEW;
pub(crate) use pull_request::PullRequest;
pub use repository::{Branch, Repository};
pub(crate) use repository::{Ids, SubjectNames};
pub(crate) use root::Root;
#[cfg(feature = "aws")]
pub(crate) use settings::commands;
pub(crate) use workflows::{
    PinnedRelease, Plan, TwinctlSource, deploy_workflow, files, obsolete_files, read_role_variable,
    sweep_role_variable,
};

use crate::spec::Environment;

/// The trigger of a deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// A push to the branch.
    Push,
    /// A manual run in the GitHub environment of the same name, which can require an approval.
    Manual,
    /// A pull request, in the GitHub environment `preview`.
    PullRequest,
}

/// One environment and the trigger of its deploys.
#[derive(Debug, Clone)]
pub(crate) struct CiEnvironment {
    pub(crate) environment: Environment,
    pub(crate) trigger: Trigger,
}
