//! Permissions of CI in one environment: two roles, and the permissions boundary of the function's role.

use serde_json::{Value, json};

use super::{Branch, CiEnvironment, SubjectNames, Trigger, preview, sweeping};
use crate::targets::aws::{
    self,
    names::{AssignedIds, Names},
    permissions::{Permission, Purpose, policy},
    resources::{
        FunctionAccess, function_policy,
        github_identity::{self, AUDIENCE, ISSUER},
        usage_policy,
    },
};

/// IAM's maximum number of characters in a managed policy.
const MOST: usize = 6_144;
/// The managed policies with write permissions: the end of the name, the node, and the services. The first one also gets
/// the services that are not listed. Together with the read policy, the deploy role has six policies; IAM allows ten.
pub(super) const PARTS: [(&str, &str, &[&str]); 5] = [
    ("data", "data policy", &["dynamodb", "s3", "secretsmanager"]),
    ("function", "function policy", &["bedrock", "iam", "lambda", "logs"]),
    ("api", "API policy", &["apigateway", "budgets", "cloudwatch", "sns"]),
    ("page", "page policy", &["cloudfront", "wafv2"]),
    ("domain", "domain policy", &["acm", "route53"]),
];

/// The managed policies of the sweep: the end of the name, the node, and how many of [`PARTS`] precede the next one.
pub(super) const SWEEP_PARTS: [(&str, &str, usize); 2] =
    [("data", "sweep data policy", 2), ("page", "sweep page policy", PARTS.len())];

#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) names: Names,
    pub(crate) deploy: Grant,
    pub(crate) read: Grant,
    pub(crate) sweep: Grant,
    /// The read permissions of all roles.
    pub(crate) reading: Value,
    /// The write permissions of the deploy role, in the order of [`PARTS`].
    pub(crate) change: [PartPolicy; PARTS.len()],
    /// The permissions to delete the environment, if it has a time to live, in the order of [`SWEEP_PARTS`].
    pub(crate) sweeping: [PartPolicy; SWEEP_PARTS.len()],
    /// The permissions boundary of the function's role.
    pub(crate) boundary: Value,
    /// With previews, the policy that protects the other environments.
    pub(crate) others: Option<PartPolicy>,
}

/// A role and its trust policy.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) role: String,
    pub(crate) trust: Value,
}

/// A managed policy with write permissions: one of [`PARTS`], or of [`SWEEP_PARTS`].
#[derive(Debug, Clone)]
pub(crate) struct PartPolicy {
    pub(crate) name: String,
    /// `None` if the environment needs none of these permissions.
    pub(crate) policy: Option<Value>,
}

impl PartPolicy {
    fn new<'p>(name: String, permissions: impl Iterator<Item = &'p Permission>) -> Self {
        let permissions: Vec<_> = permissions.collect();
        Self { name, policy: (!permissions.is_empty()).then(|| policy(permissions)) }
    }

    fn pair(&self) -> Option<(&str, &Value)> {
        Some((self.name.as_str(), self.policy.as_ref()?))
    }
}

/// Returns the index in [`PARTS`].
fn part_of(permission: &Permission) -> usize {
    let service = permission.service();
    PARTS.iter().position(|(.., services)| services.contains(&service)).unwrap_or(0)
}

/// A policy that exceeds IAM's limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy `{name}` has {length} characters, but IAM allows {MOST}")]
pub(crate) struct TooLong {
    name: String,
    length: usize,
}

impl Access {
    pub(crate) fn new(
        ci_environment: &CiEnvironment,
        account: &str,
        repository: &SubjectNames,
        branch: &Branch,
        assigned: AssignedIds,
        others: &[AssignedIds],
    ) -> Result<Self, TooLong> {
        let CiEnvironment { environment, trigger } = ci_environment;
        let is_preview = *trigger == Trigger::PullRequest;
        let names = if is_preview { Names::of_previews } else { Names::new };
        let names = Names { assigned, ..names(environment, account) };
        let mut permissions = aws::required_permissions(environment, &names);
        if is_preview {
            permissions = permissions.into_iter().map(Permission::with_patterns).collect();
        }
        let of = |purpose| permissions.iter().filter(move |permission| permission.purpose() == purpose);
        let change = std::array::from_fn(|index| {
            let here = of(Purpose::Write).filter(|permission| part_of(permission) == index);
            PartPolicy::new(names.deploy_policy(PARTS[index].0), here)
        });
        let deletions = if environment.ttl.is_some() && !is_preview {
            sweeping::permissions(&permissions)
        } else {
            Vec::new()
        };
        let sweeping = std::array::from_fn(|index| {
            let is_here = |permission: &&Permission| {
                SWEEP_PARTS.iter().position(|(.., end)| part_of(permission) < *end) == Some(index)
            };
            PartPolicy::new(names.sweep_policy(SWEEP_PARTS[index].0), deletions.iter().filter(is_here))
        });
        let deployers = repository.deployers(branch, trigger, environment.name.as_str());
        let access = Self {
            deploy: Grant { role: names.deploy_role(), trust: trust(&names, &deployers) },
            read: Grant { role: names.read_role(), trust: trust(&names, &repository.readers(branch)) },
            sweep: Grant { role: names.sweep_role(), trust: trust(&names, &repository.sweepers(branch)) },
            reading: policy(of(Purpose::Read)),
            change,
            sweeping,
            boundary: boundary(&names, environment.budget.is_some()),
            others: is_preview.then(|| PartPolicy {
                name: names.deploy_policy("others"),
                policy: preview::others(&names, others),
            }),
            names,
        };
        access.check().map(|()| access)
    }

    /// Returns the names and the policies of the parts that the environment needs.
    pub(crate) fn change_policies(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.change.iter().chain(&self.others).filter_map(PartPolicy::pair)
    }

    /// Returns the names and the policies of the sweep. There are none if the environment has no time to live.
    pub(crate) fn sweep_policies(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.sweeping.iter().filter_map(PartPolicy::pair)
    }

    fn check(&self) -> Result<(), TooLong> {
        for (name, policy) in self.change_policies().chain(self.sweep_policies()) {
            fits(name, policy)?;
        }
        fits(&self.names.read_policy(), &self.reading)?;
        fits(&self.names.boundary(), &self.boundary)
    }
}

fn fits(name: &str, policy: &Value) -> Result<(), TooLong> {
    let length = policy.to_string().chars().filter(|c| !c.is_whitespace()).count();
    if length <= MOST { Ok(()) } else { Err(TooLong { name: name.to_owned(), length }) }
}

/// Returns a trust policy for exactly these OIDC subjects. A wildcard would admit other branches and pull requests too.
fn trust(names: &Names, subjects: &[String]) -> Value {
    let subject = if let [one] = subjects { json!(one) } else { json!(subjects) };
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Github",
            "Effect": "Allow",
            "Principal": { "Federated": github_identity::arn(&names.account) },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": {
                format!("{ISSUER}:aud"): AUDIENCE,
                format!("{ISSUER}:sub"): subject,
            } },
        }],
    })
}

/// Returns the permissions boundary of the function's role. It allows every model, so that `ci setup` need
/// not run again when one of them changes.
fn boundary(names: &Names, has_budget: bool) -> Value {
    let models = [
        "arn:aws:bedrock:*::foundation-model/*".to_owned(),
        format!("arn:aws:bedrock:*:{}:inference-profile/*", names.account),
        format!("arn:aws:bedrock:*:{}:application-inference-profile/*", names.account),
    ];
    let mut boundary = function_policy(&FunctionAccess {
        log_group_arn: &names.log_group_arn(),
        memory_bucket: &names.memory_bucket,
        data_bucket: &names.data_bucket,
        model_arns: &models,
        key_arn: Some(&names.secret_arn_pattern()),
    });
    if let (true, Some(statements)) = (has_budget, boundary["Statement"].as_array_mut()) {
        let usage = &usage_policy(&names.usage_table_arn())["Statement"];
        statements.extend(usage.as_array().into_iter().flatten().cloned());
    }
    boundary
}
