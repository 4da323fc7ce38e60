//! The resources that CI needs in the account, and their dependencies.

use reconcile::{Graph, Handle};
use serde_json::Value;

use super::{Access, access::Grant};
use crate::targets::aws::{
    Cloud, Labels,
    resources::{
        Boundary, GithubIdentity, LimitedRole, ManagedPolicy, ManagedPolicyDesired, Role, RoleDesired,
    },
};

/// The node of the OIDC identity provider, which is never deleted.
pub(crate) const IDENTITY: &str = "trust in GitHub";

/// Builds the graph. `limited` is the function's role, if it already exists; it gets its permissions boundary here.
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
    let reading = policy("right to look", names.read_policy(), &access.reading);
    if let Some(role) = limited {
        graph.add("boundary of the role", role, (boundary.early(),), |(arn,)| arn);
    }
    for (node, grant, description) in [
        ("deploy role", &access.deploy, "Permissions of CI to deploy an AI twin"),
        ("read role", &access.read, "Permissions of CI to read the resources of an AI twin"),
    ] {
        let role = Role::new(grant.role.clone(), names.arn_of_role(&grant.role), labels.clone());
        let desired = desired(grant, description);
        graph.add(
            node,
            role,
            (reading.early(), identity.after(), boundary.after()),
            move |(reading, (), ())| RoleDesired { attached: [reading].into(), ..desired.clone() },
        );
    }
    graph
}

fn desired(grant: &Grant, description: &str) -> RoleDesired {
    RoleDesired {
        description: description.to_owned(),
        trust: grant.trust.clone(),
        policy: grant.policy.clone(),
        attached: [].into(),
        boundary: Boundary::None,
    }
}
