//! An IAM role with its inline policy: the function's role, and the roles for CI.

mod function_policy;
mod push;
mod readable;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::Value;

use super::iam::{self, MISSING, document};
use crate::targets::aws::{
    Cloud, Labels, Permission, RequiredPermissions, SdkResult, Statements, names::Names,
};

pub use function_policy::{FunctionAccess, function_policy, usage_policy};
pub(crate) use readable::may_read;

/// The name of our inline policy.
const POLICY: &str = "twinctl";
const PATH: &str = "/";
const MAX_SESSION_S: i32 = 3600;

#[derive(Debug)]
pub struct Role {
    name: String,
    arn: String,
    labels: Labels,
    /// See [`Role::found_before`].
    found_before: bool,
    /// See [`Role::beside`].
    beside: Option<&'static str>,
}

/// The memory of a run.
#[derive(Debug, Default)]
pub struct RoleMemory {
    /// The role existed at the last read. If so, everything is read concurrently; otherwise, the role is read first
    /// to find out whether it exists.
    seen: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RoleDesired {
    pub description: String,
    /// The trust policy: who can assume the role.
    pub trust: Value,
    /// The inline policy.
    pub policy: Option<Value>,
    /// The ARNs of managed policies.
    pub attached: BTreeSet<String>,
    pub boundary: Boundary,
}

/// The permissions boundary of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Boundary {
    /// No boundary. An existing one is removed.
    None,
    /// The policy with this ARN if it is the boundary already, else none.
    Keep(String),
    /// The policy with this ARN. CI can only write the role's policy if the role has this boundary.
    Set(String),
}

impl Boundary {
    fn wanted(&self, existing: Option<&String>) -> Option<String> {
        match self {
            Self::None => None,
            Self::Keep(arn) => existing.filter(|existing| *existing == arn).cloned(),
            Self::Set(arn) => Some(arn.clone()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleOutput {
    pub arn: String,
    /// The ID that AWS assigned. Another role with the same name has another one. `None` if the role does not exist yet.
    pub id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleActual {
    id: Option<String>,
    path: String,
    description: String,
    max_session_s: i32,
    boundary: Option<String>,
    trust: Statements,
    /// Our inline policy.
    policy: Option<Statements>,
    /// The names of other inline policies.
    inline: BTreeSet<String>,
    /// The ARNs of managed policies.
    attached: BTreeSet<String>,
    tags: BTreeMap<String, String>,
}

impl Role {
    pub fn new(name: String, arn: String, labels: Labels) -> Self {
        Self { name, arn, labels, found_before: false, beside: None }
    }

    /// If the role existed at the last release, the first read requests everything at once.
    #[must_use]
    pub fn found_before(self, found_before: bool) -> Self {
        Self { found_before, ..self }
    }

    /// Leaves another inline policy to the node that owns it.
    #[must_use]
    pub fn beside(self, policy: Option<&'static str>) -> Self {
        Self { beside: policy, ..self }
    }

    /// Returns the desired state. The path is taken from the existing role, because AWS cannot change it.
    fn wanted(&self, desired: &RoleDesired, existing: Option<&RoleActual>) -> RoleActual {
        RoleActual {
            id: existing.and_then(|existing| existing.id.clone()),
            path: existing.map_or_else(|| PATH.to_owned(), |existing| existing.path.clone()),
            description: desired.description.clone(),
            max_session_s: MAX_SESSION_S,
            boundary: desired.boundary.wanted(existing.and_then(|existing| existing.boundary.as_ref())),
            trust: Statements::new(&desired.trust),
            policy: desired.policy.as_ref().map(Statements::new),
            inline: existing.into_iter().flat_map(|existing| self.of_others(existing)).cloned().collect(),
            attached: desired.attached.clone(),
            tags: self.labels.to_map(),
        }
    }

    /// Returns the inline policies that other nodes own.
    fn of_others<'a>(&self, actual: &'a RoleActual) -> impl Iterator<Item = &'a String> {
        actual.inline.iter().filter(|name| self.beside == Some(name.as_str()))
    }

    async fn create(
        &self,
        cloud: &Cloud,
        memory: &mut RoleMemory,
        desired: &RoleDesired,
    ) -> Result<RoleActual, Fault> {
        let wanted = self.wanted(desired, None);
        let create = cloud.iam.create_role().role_name(&self.name).description(&desired.description);
        let create = create.assume_role_policy_document(desired.trust.to_string());
        let create = create.max_session_duration(MAX_SESSION_S);
        let create = create.set_tags(Some(iam::tags(self.labels.iter())));
        let create = create.set_permissions_boundary(wanted.boundary.clone());
        let created = create.send().await.fault("iam:CreateRole")?;
        memory.seen = true;
        let id = created.role.map(|role| role.role_id);
        Ok(RoleActual { id, policy: None, attached: BTreeSet::new(), ..wanted })
    }
}

impl Resource for Role {
    type Cloud = Cloud;
    type Desired = RoleDesired;
    type Actual = RoleActual;
    type Output = RoleOutput;
    type Memory = RoleMemory;

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    fn initial_memory(&self) -> RoleMemory {
        RoleMemory { seen: self.found_before }
    }

    async fn observe(&self, cloud: &Cloud, memory: &mut Self::Memory) -> Result<Option<RoleActual>, Fault> {
        let name = self.name.as_str();
        let inline = cloud.iam.list_role_policies().role_name(name).into_paginator().items();
        let attached = cloud.iam.list_attached_role_policies().role_name(name).into_paginator().items();
        let get = async { cloud.iam.get_role().role_name(name).send().await.found("iam:GetRole", MISSING) };
        let rest = async {
            tokio::join!(
                inline.send().collect::<Result<Vec<_>, _>>(),
                cloud.iam.get_role_policy().role_name(name).policy_name(POLICY).send(),
                attached.send().collect::<Result<Vec<_>, _>>(),
            )
        };
        let (role, (inline, policy, attached)) = if memory.seen {
            let (role, rest) = tokio::join!(get, rest);
            (role?, rest)
        } else {
            let Some(role) = get.await? else { return Ok(None) };
            (Some(role), rest.await)
        };
        memory.seen = role.is_some();
        let inline = inline.found("iam:ListRolePolicies", MISSING)?;
        let policy = policy.found("iam:GetRolePolicy", MISSING)?;
        let attached = attached.found("iam:ListAttachedRolePolicies", MISSING)?;
        let Some(role) = role.and_then(|response| response.role) else { return Ok(None) };
        let inline = inline.unwrap_or_default().into_iter().filter(|name| name != POLICY);
        let arns = attached.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn);
        let tags = role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        Ok(Some(RoleActual {
            id: Some(role.role_id),
            path: role.path,
            description: role.description.unwrap_or_default(),
            max_session_s: role.max_session_duration.unwrap_or(MAX_SESSION_S),
            boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
            trust: statements(&role.assume_role_policy_document.unwrap_or_default()),
            policy: policy.map(|response| statements(&response.policy_document)),
            inline: inline.collect(),
            attached: arns.collect(),
            tags: tags.collect(),
        }))
    }

    fn ownership(&self, actual: &RoleActual) -> Ownership {
        self.labels.ownership(&actual.tags, &format!("the role `{}`", self.name))
    }

    fn diff(&self, desired: &RoleDesired, actual: Option<&RoleActual>) -> Vec<Change> {
        let wanted = self.wanted(desired, actual);
        let mut changes = Changes::new();
        if let Some(actual) = actual.filter(|actual| actual.path != PATH) {
            let path = Change::new("path", Some(actual.path.clone()), Some(PATH.to_owned()));
            changes.push(path.replacing());
        }
        changes.value("description", &wanted.description, actual.map(|actual| &actual.description));
        changes.value("max_session_s", &wanted.max_session_s, actual.map(|actual| &actual.max_session_s));
        let boundary = actual.and_then(|actual| actual.boundary.as_ref());
        changes.optional("boundary", wanted.boundary.as_ref(), boundary);
        changes.map("trust", wanted.trust.iter(), actual.into_iter().flat_map(|actual| actual.trust.iter()));
        let policy = actual.and_then(|actual| actual.policy.as_ref());
        let wanted_policy = wanted.policy.iter().flat_map(Statements::iter);
        changes.map("policy", wanted_policy, policy.into_iter().flat_map(Statements::iter));
        for name in actual.into_iter().flat_map(|actual| actual.inline.difference(&wanted.inline)) {
            changes.push(Change::new("inline_policy", Some(name.clone()), None));
        }
        let attached = actual.map(|actual| actual.attached.clone()).unwrap_or_default();
        for arn in wanted.attached.difference(&attached) {
            changes.push(Change::new("attached_policy", None, Some(arn.clone())));
        }
        for arn in attached.difference(&wanted.attached) {
            changes.push(Change::new("attached_policy", Some(arn.clone()), None));
        }
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &RoleDesired,
        actual: Option<&RoleActual>,
    ) -> Result<Pushed<RoleActual>, Fault> {
        let Some(actual) = actual else {
            return self.create(cloud, memory, desired).await.map(Pushed::Actual);
        };
        self.update(cloud, desired, actual).await?;
        Ok(Pushed::Actual(self.wanted(desired, Some(actual))))
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        actual: &RoleActual,
    ) -> Result<Removed, Fault> {
        self.remove_all_policies(cloud, actual).await?;
        let delete = cloud.iam.delete_role().role_name(&self.name).send().await;
        delete.done("iam:DeleteRole", MISSING)?;
        Ok(Removed::Done)
    }

    fn output(&self, actual: &RoleActual) -> Option<RoleOutput> {
        Some(RoleOutput { arn: self.arn.clone(), id: actual.id.clone() })
    }

    fn predict_output(&self, _desired: &RoleDesired, actual: Option<&RoleActual>) -> Option<RoleOutput> {
        Some(RoleOutput { arn: self.arn.clone(), id: actual.and_then(|actual| actual.id.clone()) })
    }
}

impl RequiredPermissions for Role {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let role = || [self.arn.clone()];
        let look =
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"];
        let bounded = &[
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:UpdateRole",
        ];
        let within_boundary = |permission: Permission| {
            permission.when("StringEquals", "iam:PermissionsBoundary", names.boundary_arn())
        };
        let mut permissions = vec![
            Permission::read("LookAtRole", look, role()),
            Permission::write("TagRole", &["iam:TagRole", "iam:UntagRole"], role()),
            // Writing the policy of a role without a boundary would allow granting any permission.
            within_boundary(Permission::write("GrantWithinTheBoundary", bounded, role())),
            Permission::write("HandRoleToLambda", &["iam:PassRole"], role()).when(
                "StringEquals",
                "iam:PassedToService",
                "lambda.amazonaws.com",
            ),
        ];
        if !names.assigned.is_complete() {
            // These actions decide who can assume the role, so CI has them only while the role may not exist yet.
            let trust = &["iam:CreateRole", "iam:UpdateAssumeRolePolicy"];
            permissions.push(within_boundary(Permission::write("MakeRole", trust, role())));
        }
        permissions
    }
}

fn statements(encoded: &str) -> Statements {
    Statements::new(&document(encoded))
}
