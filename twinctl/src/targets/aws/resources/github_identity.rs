//! The IAM identity provider for GitHub Actions, which all users of GitHub in an account share.

use std::collections::BTreeSet;

use reconcile::{Change, Class, Fault, Ownership, Pushed, Removed, Resource};

use super::iam::MISSING;
use crate::targets::aws::{Cloud, SdkResult};

/// The issuer of GitHub's OIDC tokens.
pub const ISSUER: &str = "token.actions.githubusercontent.com";
/// The audience of the tokens.
pub const AUDIENCE: &str = "sts.amazonaws.com";

/// The identity provider. An account can have only one, so an existing one is used and never deleted.
#[derive(Debug)]
pub struct GithubIdentity {
    arn: String,
}

/// The audiences that the provider accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubIdentityActual(BTreeSet<String>);

impl GithubIdentity {
    pub fn new(account: &str) -> Self {
        Self { arn: arn(account) }
    }
}

pub fn arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:oidc-provider/{ISSUER}")
}

impl Resource for GithubIdentity {
    type Cloud = Cloud;
    type Desired = ();
    type Actual = GithubIdentityActual;
    /// The ARN.
    type Output = String;
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.arn.clone())
    }

    async fn observe(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
    ) -> Result<Option<GithubIdentityActual>, Fault> {
        let get = cloud.iam.get_open_id_connect_provider().open_id_connect_provider_arn(&self.arn);
        let found = get.send().await.found("iam:GetOpenIDConnectProvider", MISSING)?;
        Ok(found.map(|found| {
            GithubIdentityActual(found.client_id_list.unwrap_or_default().into_iter().collect())
        }))
    }

    /// Always ours, because the account shares it.
    fn ownership(&self, _: &GithubIdentityActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, (): &(), actual: Option<&GithubIdentityActual>) -> Vec<Change> {
        let accepted = actual.is_some_and(|actual| actual.0.contains(AUDIENCE));
        if accepted { Vec::new() } else { vec![Change::new("audience", None, Some(AUDIENCE.to_owned()))] }
    }

    /// Sets no thumbprints, because AWS knows GitHub's certificate authorities.
    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        (): &(),
        actual: Option<&GithubIdentityActual>,
    ) -> Result<Pushed<GithubIdentityActual>, Fault> {
        let mut audiences = actual.map(|actual| actual.0.clone()).unwrap_or_default();
        if actual.is_some() {
            let add = cloud.iam.add_client_id_to_open_id_connect_provider().client_id(AUDIENCE);
            let add = add.open_id_connect_provider_arn(&self.arn).send().await;
            add.fault("iam:AddClientIDToOpenIDConnectProvider")?;
        } else {
            let create = cloud.iam.create_open_id_connect_provider().url(format!("https://{ISSUER}"));
            create.client_id_list(AUDIENCE).send().await.fault("iam:CreateOpenIDConnectProvider")?;
        }
        audiences.insert(AUDIENCE.to_owned());
        Ok(Pushed::Actual(GithubIdentityActual(audiences)))
    }

    async fn delete(
        &self,
        _: &Cloud,
        _: &mut Self::Memory,
        _: &GithubIdentityActual,
    ) -> Result<Removed, Fault> {
        Err(Fault::new(
            Class::Refused,
            "the identity provider is never deleted, because other workflows in this account may use it",
        ))
    }

    fn output(&self, _: &GithubIdentityActual) -> Option<String> {
        Some(self.arn.clone())
    }
}

#[cfg(test)]
mod tests;
