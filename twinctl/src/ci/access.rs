//! Permissions of CI in one environment: two roles, and the permissions boundary of the function's role.

use serde_json::{Value, json};

use super::{Branch, CiEnvironment, SubjectNames};
use crate::targets::aws::{
    self,
    names::Names,
    permissions::{Purpose, policy},
    resources::{
        FunctionAccess, function_policy,
        github_identity::{self, AUDIENCE, ISSUER},
    },
};

/// IAM's maximum number of characters in all inline policies of a role, and in one managed policy.
const MOST_INLINE: usize = 10_240;
const MOST_MANAGED: usize = 6_144;

#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) names: Names,
    pub(crate) deploy: Grant,
    pub(crate) read: Grant,
    /// The read permissions of both roles. They are a managed policy, because together with the write permissions they
    /// exceed the limit of a role's inline policies.
    pub(crate) reading: Value,
    /// The permissions boundary of the function's role.
    pub(crate) boundary: Value,
}

/// A role, its trust policy and its inline policy.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) role: String,
    pub(crate) trust: Value,
    /// The permissions in addition to reading.
    pub(crate) policy: Option<Value>,
}

/// A policy that exceeds IAM's limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy of `{name}` has {length} characters, but IAM allows {most}")]
pub(crate) struct TooLong {
    name: String,
    length: usize,
    most: usize,
}

impl Access {
    pub(crate) fn new(
        ci_environment: &CiEnvironment,
        account: &str,
        repository: &SubjectNames,
        branch: &Branch,
    ) -> Result<Self, TooLong> {
        let CiEnvironment { environment, trigger } = ci_environment;
        let names = Names::new(environment, account);
        let permissions = aws::required_permissions(environment, &names);
        let of = |purpose: Purpose| {
            policy(permissions.iter().filter(move |permission| permission.purpose() == purpose))
        };
        let deployers = repository.deployers(branch, trigger, environment.name.as_str());
        let access = Self {
            deploy: Grant {
                role: names.deploy_role(),
                trust: trust(&names, &deployers),
                policy: Some(of(Purpose::Write)),
            },
            read: Grant {
                role: names.read_role(),
                trust: trust(&names, &repository.readers(branch)),
                policy: None,
            },
            reading: of(Purpose::Read),
            boundary: boundary(&names),
            names,
        };
        access.check().map(|()| access)
    }

    fn check(&self) -> Result<(), TooLong> {
        let deploy =
            self.deploy.policy.as_ref().map_or(Ok(()), |policy| fits(&self.deploy.role, policy, MOST_INLINE));
        deploy?;
        fits(&self.names.read_policy(), &self.reading, MOST_MANAGED)?;
        fits(&self.names.boundary(), &self.boundary, MOST_MANAGED)
    }
}

fn fits(name: &str, policy: &Value, most: usize) -> Result<(), TooLong> {
    let length = policy.to_string().chars().filter(|c| !c.is_whitespace()).count();
    if length <= most { Ok(()) } else { Err(TooLong { name: name.to_owned(), length, most }) }
}

/// Trusts exactly these subjects. A pattern would admit every branch and every pull request.
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

/// The permissions of the function for any model, so that another model does not require another `ci setup`.
fn boundary(names: &Names) -> Value {
    let models = [
        "arn:aws:bedrock:*::foundation-model/*".to_owned(),
        format!("arn:aws:bedrock:*:{}:inference-profile/*", names.account),
    ];
    function_policy(&FunctionAccess {
        log_group_arn: &names.log_group_arn(),
        memory_bucket: &names.memory_bucket,
        data_bucket: &names.data_bucket,
        model_arns: &models,
        key_arn: Some(&names.secret_arn_pattern()),
    })
}
