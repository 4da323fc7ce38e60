//! The permissions that the commands require in an account.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    artifacts::data::FACTS,
    spec::Environment,
    targets::{
        Aim, Part,
        aws::{
            LockTable, Permission, model,
            names::Names,
            resources::Boundary,
            stack::{self, StackContext},
        },
        record::Birth,
    },
};

/// Returns the permissions to deploy, inspect and destroy an environment: those of its resources, of the lock, and of
/// the calls that are made before the graph is observed.
pub(crate) fn required_permissions(environment: &Environment, names: &Names) -> Vec<Permission> {
    let context = StackContext {
        names: names.clone(),
        boundary: Boundary::None,
        endpoint_url: None,
        // Deleting requires to read more than deploying does.
        aim: Aim::Remove,
        model_arns: Vec::new(),
        birth: Birth::new(),
        release: String::new(),
        last_release: None,
        domains: BTreeSet::new(),
        sources: Arc::default(),
    };
    let facts = FACTS.map(|key| format!("arn:aws:s3:::{}/{key}", names.data_bucket));
    let mut permissions = stack::stack(environment, &context, Part::Everything).permissions;
    permissions.extend(LockTable::required_permissions(names));
    permissions.extend(
        environment
            .model
            .full_id(&environment.region)
            .iter()
            .flat_map(|id| model::required_permissions(names, id)),
    );
    permissions.push(Permission::read("ReadFacts", &["s3:GetObject"], facts));
    permissions
}
