//! The permissions boundary of an existing role. Used for the function's role if CI is set up after the first deploy.

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use super::iam::MISSING;
use crate::targets::aws::{Cloud, SdkResult};

/// A role's permissions boundary. All other settings belong to the [`Role`](super::Role) node.
#[derive(Debug)]
pub struct LimitedRole {
    name: String,
}

impl LimitedRole {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }

    pub async fn exists(&self, cloud: &Cloud) -> Result<bool, Fault> {
        let get = cloud.iam.get_role().role_name(&self.name).send().await;
        get.found("iam:GetRole", MISSING).map(|role| role.is_some())
    }
}

impl Resource for LimitedRole {
    type Cloud = Cloud;
    /// The ARN of the boundary.
    type Desired = String;
    type Actual = String;
    type Output = ();
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    async fn observe(&self, cloud: &Cloud, _: &mut Self::Memory) -> Result<Option<String>, Fault> {
        let get = cloud.iam.get_role().role_name(&self.name).send().await;
        let role = get.found("iam:GetRole", MISSING)?.and_then(|response| response.role);
        let boundary = role.and_then(|role| role.permissions_boundary);
        Ok(boundary.and_then(|boundary| boundary.permissions_boundary_arn))
    }

    /// The role node checks the owner.
    fn ownership(&self, _: &String) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &String, actual: Option<&String>) -> Vec<Change> {
        let mut changes = Changes::new();
        changes.value("boundary", desired, actual);
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        desired: &String,
        _: Option<&String>,
    ) -> Result<Pushed<String>, Fault> {
        let put = cloud.iam.put_role_permissions_boundary().role_name(&self.name);
        put.permissions_boundary(desired).send().await.fault("iam:PutRolePermissionsBoundary")?;
        Ok(Pushed::Actual(desired.clone()))
    }

    async fn delete(&self, cloud: &Cloud, _: &mut Self::Memory, _: &String) -> Result<Removed, Fault> {
        let delete = cloud.iam.delete_role_permissions_boundary().role_name(&self.name).send().await;
        delete.done("iam:DeleteRolePermissionsBoundary", MISSING)?;
        Ok(Removed::Done)
    }

    fn output(&self, _: &String) -> Option<()> {
        Some(())
    }
}
