//! The resources that CI needs in the account, and their dependencies.

use reconcile::{Graph, Handle};
use serde_json::Value;

use super::{
    Access,
    access::{Grant, PARTS, PartPolicy, SWEEP_PARTS},
};
use crate::targets::aws::{
    Cloud, Labels,
    resources::{
        Boundary, GithubIdentity, LimitedRole, ManagedPolicy, ManagedPolicyDesired, Role, RoleDesired,
    },
};

/// The node of the OIDC identity provider, which is never deleted.
pub(crate) const IDENTITY: &str = "GitHub identity provider";

/// Builds the graph. `limited` is the function's role if it already exists. The graph sets its permissions boundary.
pub(crate) fn graph(access: &Access, labels: &Labels, limited: Option<LimitedRole>) -> Graph<Cloud> {
    let names = &access.names;
    let mut graph = Graph::new();
    let identity = graph.add(IDENTITY, GithubIdentity::new(&names.account), (), |()| ());
    let mut policy = |node, name: String, policy: &Value| -> Handle<String> {
        let resource = ManagedPolicy::new(&name, names.arn_of_policy(&name), labels.clone());
        let desired = ManagedPolicyDesired { policy: policy.clone() };
        graph.add(node, resource, (), move |()| desired.clone())
    };
    let boundary = policy("boundary", names.boundary(), &access.boundary);
    let reading = policy("read policy", names.read_policy(), &access.reading);
    if let Some(role) = limited {
        graph.add("boundary of the role", role, (boundary.early(),), |(arn,)| arn);
    }
    let mut part = |node, PartPolicy { name, policy }: &PartPolicy| {
        let resource = ManagedPolicy::new(name, names.arn_of_policy(name), labels.clone());
        let desired = ManagedPolicyDesired { policy: policy.clone().unwrap_or_default() };
        graph.add_if(policy.is_some(), node, resource, (), move |()| desired.clone()).early()
    };
    let [data, function, api, page] = [0, 1, 2, 3].map(|index| part(PARTS[index].1, &access.change[index]));
    // A preview has no domain.
    let last = match &access.others {
        Some(others) => part("policy of others", others),
        None => part(PARTS[4].1, &access.change[4]),
    };
    let [sweep_data, sweep_page] = [0, 1].map(|index| part(SWEEP_PARTS[index].1, &access.sweeping[index]));
    let role = |grant: &Grant| Role::new(grant.role.clone(), names.arn_of_role(&grant.role), labels.clone());
    let wanted = desired(&access.deploy, "Permissions of CI to deploy an AI twin");
    let inputs = (reading.early(), data, function, api, page, last, identity.after(), boundary.after());
    graph.add(
        "deploy role",
        role(&access.deploy),
        inputs,
        move |(reading, data, function, api, page, last, (), ())| {
            let change = [data, function, api, page, last].into_iter().flatten();
            RoleDesired { attached: change.chain([reading]).collect(), ..wanted.clone() }
        },
    );
    let wanted = desired(&access.read, "Permissions of CI to read the resources of an AI twin");
    let inputs = (reading.early(), identity.after(), boundary.after());
    // Nothing reads a preview but the jobs that deploy it.
    let reads = access.others.is_none();
    graph.add_if(reads, "read role", role(&access.read), inputs, move |(reading, (), ())| RoleDesired {
        attached: [reading].into(),
        ..wanted.clone()
    });
    let has_ttl = access.sweep_policies().next().is_some();
    let wanted =
        desired(&access.sweep, "Permissions of CI to delete an AI twin when its time to live is over");
    let inputs = (reading.early(), sweep_data, sweep_page, identity.after(), boundary.after());
    graph.add_if(has_ttl, "sweep role", role(&access.sweep), inputs, move |(reading, data, page, (), ())| {
        RoleDesired {
            attached: [data, page].into_iter().flatten().chain([reading]).collect(),
            ..wanted.clone()
        }
    });
    graph
}

/// Returns the desired state of a role. It has no inline policy, so one that an earlier version of twinctl wrote is
/// deleted.
fn desired(grant: &Grant, description: &str) -> RoleDesired {
    RoleDesired {
        description: description.to_owned(),
        trust: grant.trust.clone(),
        policy: None,
        attached: [].into(),
        boundary: Boundary::None,
    }
}
