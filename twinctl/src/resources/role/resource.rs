//! How the role is found, compared, made and removed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
};

use percent_encoding::percent_decode_str;
use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::Value;

use super::rights::trust;
use crate::aws::{Answer, Cloud, Labels, Statements};

pub(super) const POLICY: &str = "twinctl";
pub(super) const DESCRIPTION: &str = "What the function of an AI twin may do";
pub(super) const MAX_SESSION_S: i32 = 3600;
pub(super) const MISSING: &[&str] = &["NoSuchEntity"];

#[derive(Debug)]
pub struct Role {
    pub(super) name: String,
    arn: String,
    pub(super) labels: Labels,
    /// It was there at the last look: one call tells whether there is anything more to ask for, unless it is known.
    seen: AtomicBool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RoleDesired {
    /// See [`rights`](super::rights).
    pub policy: Value,
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
        Self { name, arn, labels, seen: AtomicBool::new(false) }
    }

    /// It was there when the environment was last looked at, so it probably still is: all is asked for at once.
    #[must_use]
    pub fn found_before(self) -> Self {
        self.seen.store(true, Ordering::Relaxed);
        self
    }

    /// The role as it is to be.
    pub(super) fn wanted(&self, policy: Option<&Value>) -> RoleActual {
        RoleActual {
            path: "/".to_owned(),
            description: DESCRIPTION.to_owned(),
            max_session_s: MAX_SESSION_S,
            boundary: None,
            trust: Statements::new(&trust()),
            policy: policy.map(Statements::new),
            inline: BTreeSet::new(),
            attached: BTreeSet::new(),
            tags: self.labels.to_map(),
        }
    }

    async fn create(&self, cloud: &Cloud) -> Result<RoleActual, Fault> {
        let create = cloud.iam.create_role().role_name(&self.name).description(DESCRIPTION);
        let create =
            create.assume_role_policy_document(trust().to_string()).max_session_duration(MAX_SESSION_S);
        create.set_tags(Some(self.tags())).send().await.fault("iam:CreateRole")?;
        self.seen.store(true, Ordering::Relaxed);
        Ok(self.wanted(None))
    }
}

impl Resource for Role {
    type Cloud = Cloud;
    type Desired = RoleDesired;
    type Actual = RoleActual;
    /// The ARN.
    type Output = String;

    async fn observe(&self, cloud: &Cloud) -> Result<Option<RoleActual>, Fault> {
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
        let (role, (inline, policy, attached)) = if self.seen.load(Ordering::Relaxed) {
            let (role, rest) = tokio::join!(get, rest);
            (role?, rest)
        } else {
            let Some(role) = get.await? else { return Ok(None) };
            (Some(role), rest.await)
        };
        self.seen.store(role.is_some(), Ordering::Relaxed);
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
        let wanted = self.wanted(Some(&desired.policy));
        let mut changes = Changes::new();
        if let Some(actual) = actual.filter(|actual| actual.path != wanted.path) {
            let path = Change::new("path", Some(actual.path.clone()), Some(wanted.path));
            changes.push(path.replacing());
        }
        changes.value("description", &wanted.description, actual.map(|actual| &actual.description));
        changes.value("max_session_s", &wanted.max_session_s, actual.map(|actual| &actual.max_session_s));
        changes.optional("boundary", None, actual.and_then(|actual| actual.boundary.as_ref()));
        changes.map("trust", wanted.trust.iter(), actual.into_iter().flat_map(|actual| actual.trust.iter()));
        let policy = actual.and_then(|actual| actual.policy.as_ref());
        let wanted_policy = wanted.policy.iter().flat_map(Statements::iter);
        changes.map("policy", wanted_policy, policy.into_iter().flat_map(Statements::iter));
        for name in actual.into_iter().flat_map(|actual| &actual.inline) {
            changes.push(Change::new("inline_policy", Some(name.clone()), None));
        }
        for arn in actual.into_iter().flat_map(|actual| &actual.attached) {
            changes.push(Change::new("attached_policy", Some(arn.clone()), None));
        }
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        desired: &RoleDesired,
        actual: Option<&RoleActual>,
    ) -> Result<Pushed<RoleActual>, Fault> {
        let Some(actual) = actual else {
            return self.create(cloud).await.map(Pushed::Now);
        };
        self.update(cloud, &desired.policy, actual).await?;
        Ok(Pushed::Now(RoleActual { path: actual.path.clone(), ..self.wanted(Some(&desired.policy)) }))
    }

    async fn delete(&self, cloud: &Cloud, actual: &RoleActual) -> Result<Removed, Fault> {
        self.strip(cloud, actual).await?;
        let delete = cloud.iam.delete_role().role_name(&self.name).send().await;
        delete.done("iam:DeleteRole", MISSING)?;
        Ok(Removed::Gone)
    }

    fn output(&self, _actual: &RoleActual) -> Option<String> {
        Some(self.arn.clone())
    }

    fn foresee(&self, _desired: &RoleDesired, _actual: Option<&RoleActual>) -> Option<String> {
        Some(self.arn.clone())
    }
}

/// IAM gives documents back percent-encoded.
fn document(encoded: &str) -> Statements {
    Statements::parse(&percent_decode_str(encoded).decode_utf8_lossy())
}
