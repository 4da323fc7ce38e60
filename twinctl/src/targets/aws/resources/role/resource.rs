//! How the role is found, compared, made and removed.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::Value;

use crate::targets::aws::{Answer, Cloud, Labels, Needs, Right, Statements, names::Names};

pub(super) const POLICY: &str = "twinctl";
const PATH: &str = "/";
pub(super) const MAX_SESSION_S: i32 = 3600;
pub(super) const MISSING: &[&str] = &["NoSuchEntity"];

#[derive(Debug)]
pub struct Role {
    pub(super) name: String,
    arn: String,
    pub(super) labels: Labels,
    /// See [`Role::found_before`].
    found_before: bool,
}

/// What a run remembers of the role.
#[derive(Debug, Default)]
pub struct RoleMemory {
    /// The role existed at the last read. Then everything is read at once; otherwise one call tells first whether there
    /// is more to read.
    seen: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RoleDesired {
    pub description: String,
    /// Who may take the role on.
    pub trust: Value,
    /// Its own.
    pub policy: Option<Value>,
    /// The ARNs of managed policies.
    pub attached: BTreeSet<String>,
    pub limit: Limit,
}

/// The policy that says what a role can be given at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// It has none.
    None,
    /// This one may stay where it is.
    Kept(String),
    /// It has this one: whoever deploys may not write the role's policy otherwise.
    Set(String),
}

impl Limit {
    pub(super) fn wanted(&self, there: Option<&String>) -> Option<String> {
        match self {
            Self::None => None,
            Self::Kept(arn) => there.filter(|there| *there == arn).cloned(),
            Self::Set(arn) => Some(arn.clone()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleActual {
    pub(super) path: String,
    pub(super) description: String,
    pub(super) max_session_s: i32,
    pub(super) boundary: Option<String>,
    pub(super) trust: Statements,
    /// Our inline policy.
    pub(super) policy: Option<Statements>,
    /// The names of inline policies beside ours.
    pub(super) inline: BTreeSet<String>,
    /// The ARNs of managed policies.
    pub(super) attached: BTreeSet<String>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Role {
    pub fn new(name: String, arn: String, labels: Labels) -> Self {
        Self { name, arn, labels, found_before: false }
    }

    /// It was there when the environment was last looked at, so it probably still is: all is asked for at once.
    #[must_use]
    pub fn found_before(mut self) -> Self {
        self.found_before = true;
        self
    }

    /// The role as it is to be.
    pub(super) fn wanted(&self, desired: &RoleDesired, there: Option<&RoleActual>) -> RoleActual {
        RoleActual {
            path: there.map_or_else(|| PATH.to_owned(), |there| there.path.clone()),
            description: desired.description.clone(),
            max_session_s: MAX_SESSION_S,
            boundary: desired.limit.wanted(there.and_then(|there| there.boundary.as_ref())),
            trust: Statements::new(&desired.trust),
            policy: desired.policy.as_ref().map(Statements::new),
            inline: BTreeSet::new(),
            attached: desired.attached.clone(),
            tags: self.labels.to_map(),
        }
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
        let create = create.max_session_duration(MAX_SESSION_S).set_tags(Some(self.tags()));
        let create = create.set_permissions_boundary(wanted.boundary.clone());
        create.send().await.fault("iam:CreateRole")?;
        memory.seen = true;
        Ok(RoleActual { policy: None, attached: BTreeSet::new(), ..wanted })
    }
}

impl Resource for Role {
    type Cloud = Cloud;
    type Desired = RoleDesired;
    type Actual = RoleActual;
    /// The ARN.
    type Output = String;
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
        let Some(role) = role.and_then(|answer| answer.role) else { return Ok(None) };
        let inline = inline.unwrap_or_default().into_iter().filter(|name| name != POLICY);
        let arns = attached.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn);
        let tags = role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        Ok(Some(RoleActual {
            path: role.path,
            description: role.description.unwrap_or_default(),
            max_session_s: role.max_session_duration.unwrap_or(MAX_SESSION_S),
            boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
            trust: document(&role.assume_role_policy_document.unwrap_or_default()),
            policy: policy.map(|answer| document(&answer.policy_document)),
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
        for name in actual.into_iter().flat_map(|actual| &actual.inline) {
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
        self.strip(cloud, actual).await?;
        let delete = cloud.iam.delete_role().role_name(&self.name).send().await;
        delete.done("iam:DeleteRole", MISSING)?;
        Ok(Removed::Done)
    }

    fn output(&self, _actual: &RoleActual) -> Option<String> {
        Some(self.arn.clone())
    }

    fn predict_output(&self, _desired: &RoleDesired, _actual: Option<&RoleActual>) -> Option<String> {
        Some(self.arn.clone())
    }
}

impl Needs for Role {
    fn needs(&self, names: &Names) -> Vec<Right> {
        let role = || [self.arn.clone()];
        let look =
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"];
        let change = &[
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
        ];
        let limited = &["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"];
        vec![
            Right::look("LookAtRole", look, role()),
            Right::change("ChangeRole", change, role()),
            // Whoever could write the policy of a role without a limit could give it everything.
            Right::change("GrantWithinTheBoundary", limited, role()).when(
                "StringEquals",
                "iam:PermissionsBoundary",
                names.boundary_arn(),
            ),
            Right::change("HandRoleToLambda", &["iam:PassRole"], role()).when(
                "StringEquals",
                "iam:PassedToService",
                "lambda.amazonaws.com",
            ),
        ]
    }
}

/// IAM gives documents back percent-encoded.
fn document(encoded: &str) -> Statements {
    Statements::parse(&percent_decode_str(encoded).decode_utf8_lossy())
}
