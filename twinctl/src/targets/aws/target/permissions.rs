//! The permissions that the commands require in an account.

use std::{collections::BTreeSet, sync::Arc};

use reconcile::{Fault, Ownership, Resource};

use crate::{
    artifacts::data::FACTS,
    spec::Environment,
    targets::{
        Aim, Part,
        aws::{
            Cloud, Labels, LockTable, Permission, model,
            names::{AssignedIds, Names},
            resources::{Boundary, Delivery, HttpApi, StreamApi},
            stack::{self, OwnCanary, StackContext},
        },
        record::{Birth, Feature, KeptReleases, OriginSecret, OriginSecrets},
    },
};

/// Returns the IDs of our resources that exist, as AWS assigned them. They are read from AWS and not from the record,
/// because CI may write the record, and must not choose its own permissions.
pub(crate) async fn assigned_ids(cloud: &Cloud, environment: &Environment) -> Result<AssignedIds, Fault> {
    let names = Names::new(environment, &cloud.account);
    let labels = Labels::new(environment.project.as_str(), environment.name.as_str(), &environment.tags);
    let stream_api = StreamApi::new(names.stream_api, names.function, labels.clone());
    let (api, stream_api, delivery) = tokio::try_join!(
        Box::pin(output_of_owned(cloud, HttpApi::new(names.api, labels))),
        // Also if the environment does not stream any more, because CI needs permissions to delete the API.
        Box::pin(output_of_owned(cloud, stream_api)),
        output_of_owned(cloud, Delivery::new(names.marker)),
    )?;
    let (access_control, headers_policy) =
        delivery.map(|delivery| (delivery.access_id, delivery.headers_id)).unzip();
    let (api, stream_api) = (api.map(|api| api.id), stream_api.map(|api| api.id));
    Ok(AssignedIds { api, stream_api, access_control, headers_policy })
}

async fn output_of_owned<R: Resource<Cloud = Cloud>>(
    cloud: &Cloud,
    resource: R,
) -> Result<Option<R::Output>, Fault> {
    let actual = resource.observe(cloud, &mut resource.initial_memory()).await?;
    let ours = actual.filter(|actual| resource.ownership(actual) == Ownership::Ours);
    Ok(ours.and_then(|actual| resource.output(&actual)))
}

/// Returns the permissions to deploy, inspect and destroy an environment: the permissions of its resources, of the lock, and of
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
        origin: OriginSecrets::new(OriginSecret::random(), None),
        release: String::new(),
        last_release: None,
        kept: KeptReleases::of(&[]),
        restored: None,
        domains: BTreeSet::new(),
        features: names.assigned.stream_api.iter().map(|_| Feature::Streaming).collect(),
        canary: OwnCanary::default(),
        has_adopted: false,
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
