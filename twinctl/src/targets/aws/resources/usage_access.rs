//! The permission of the function to count what its model costs. Only with `budget`.
//!
//! It is separate from the role's other inline policy, because its order differs: it is written before `live` moves to
//! a version that counts, and deleted after `live` has moved to one that does not.

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    Departure,
    iam::{MISSING, document},
    role::usage_policy,
};
use crate::targets::aws::{Cloud, Permission, RequiredPermissions, SdkResult, Statements, names::Names};

/// The name of the inline policy.
pub const USAGE_POLICY: &str = "twinctl-usage";

#[derive(Debug)]
pub struct UsageAccess {
    pub role: String,
    pub table_arn: String,
    pub departure: Departure,
}

impl RequiredPermissions for UsageAccess {
    /// The role node needs the same permissions.
    fn required_permissions(&self, _: &Names) -> Vec<Permission> {
        Vec::new()
    }
}

impl Resource for UsageAccess {
    type Cloud = Cloud;
    type Desired = ();
    type Actual = Statements;
    type Output = ();
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.role.clone())
    }

    async fn observe(&self, cloud: &Cloud, (): &mut ()) -> Result<Option<Statements>, Fault> {
        let get = cloud.iam.get_role_policy().role_name(&self.role).policy_name(USAGE_POLICY);
        let found = get.send().await.found("iam:GetRolePolicy", MISSING)?;
        Ok(found.map(|found| Statements::new(&document(&found.policy_document))))
    }

    /// The role node checks the owner.
    fn ownership(&self, _: &Statements) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, (): &(), actual: Option<&Statements>) -> Vec<Change> {
        let mut changes = Changes::new();
        Statements::new(&usage_policy(&self.table_arn)).compare(&mut changes, "policy", actual);
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        (): &mut (),
        (): &(),
        _: Option<&Statements>,
    ) -> Result<Pushed<Statements>, Fault> {
        let policy = usage_policy(&self.table_arn);
        let put = cloud.iam.put_role_policy().role_name(&self.role).policy_name(USAGE_POLICY);
        put.policy_document(policy.to_string()).send().await.fault("iam:PutRolePolicy")?;
        Ok(Pushed::Actual(Statements::new(&policy)))
    }

    async fn delete(&self, cloud: &Cloud, (): &mut (), _: &Statements) -> Result<Removed, Fault> {
        if let Some(wait) = self.departure.wait() {
            return Ok(Removed::Waiting(wait));
        }
        let delete = cloud.iam.delete_role_policy().role_name(&self.role).policy_name(USAGE_POLICY);
        delete.send().await.done("iam:DeleteRolePolicy", MISSING)?;
        Ok(Removed::Done)
    }

    fn output(&self, _: &Statements) -> Option<()> {
        Some(())
    }

    fn predict_output(&self, (): &(), _: Option<&Statements>) -> Option<()> {
        Some(())
    }
}
