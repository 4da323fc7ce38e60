//! The role of the function, and what it accesses besides the buckets: the API key and the usage table.

use reconcile::Handle;
use serde_json::Value;

use super::{ROLE, StackBuilder, setup::AwsSetup, usage::Usage};
use crate::{
    spec::Model,
    targets::{
        Aim,
        aws::{
            names::Names,
            resources::{
                FunctionAccess, Role, RoleDesired, RoleOutput, Secret, SecretDesired, USAGE_POLICY,
                UsageAccess, UsageTable, function_policy,
            },
        },
        record::Feature,
    },
    twin::secret::KEY_NODE,
};

const USAGE_TABLE: &str = "usage table";
const USAGE_ACCESS: &str = "usage access";

impl StackBuilder<'_> {
    /// Adds the API key. Returns `None` if the function does not use one. A removal reads the key in any case, because
    /// it can be stored although the model does not use it.
    pub(super) fn key(&mut self) -> Option<Handle<String>> {
        let used = matches!(self.environment.model, Model::OpenAi { .. });
        let aim = self.context.aim;
        if !used && aim != Aim::Remove {
            return None;
        }
        let secret = Secret::new(self.context.names.secret.clone(), self.labels.clone(), aim);
        let key = self.graph.add(KEY_NODE, secret, (), |()| SecretDesired::default());
        used.then_some(key)
    }

    /// Whether the environment has a budget, or its usage table may still exist.
    fn has_usage(&self) -> bool {
        self.environment.budget.is_some() || self.context.had(Feature::Budget)
    }

    /// Adds the table that counts what the model costs, and the access to it, unless the environment has and had no budget.
    pub(super) fn usage(&mut self, role: Handle<RoleOutput>) -> Option<Usage> {
        let is_desired = self.environment.budget.is_some();
        self.has_usage().then(|| self.usage_with(is_desired, role))
    }

    pub(super) fn usage_with(&mut self, is_desired: bool, role: Handle<RoleOutput>) -> Usage {
        let names = &self.context.names;
        let (arn, role_name) = (names.usage_table_arn(), names.role.clone());
        let table = UsageTable::new(names.usage_table.clone(), arn.clone(), self.labels.clone());
        let table = table
            .until(self.departure.clone())
            .found_before(self.context.had(Feature::Budget) && self.is_deployed());
        let access = UsageAccess { role: role_name, table_arn: arn, departure: self.departure.clone() };
        Usage {
            table: self.graph.add_if(is_desired, USAGE_TABLE, table, (), |()| ()),
            // IAM refuses concurrent changes of one role.
            access: self.graph.add_if(is_desired, USAGE_ACCESS, access, (role.after(),), |_| ()),
        }
    }

    pub(super) fn role(&mut self, key: Option<Handle<String>>) -> Handle<RoleOutput> {
        let access =
            AwsSetup { model_arns: self.context.model_arns.iter().cloned().collect(), ..AwsSetup::default() };
        self.keep_former_access(&access, key.is_some());
        self.role_with(key, access)
    }

    /// Adds a role with this access. It may also read the secret whose ARN is the output of `key`.
    pub(super) fn role_with(&mut self, key: Option<Handle<String>>, access: AwsSetup) -> Handle<RoleOutput> {
        let names = self.context.names.clone();
        let role = Role::new(names.role.clone(), names.role_arn(), self.labels.clone());
        let role = role.found_before(self.is_deployed()).beside(self.has_usage().then_some(USAGE_POLICY));
        let former = self.context.canary.former_access.clone();
        let policy = move |key_arn: Option<String>| role_policy(&names, former.added_to(&access), key_arn);
        let boundary = self.context.boundary.clone();
        self.graph.add(ROLE, role, (key.map(Handle::early),), move |(key_arn,)| {
            RoleDesired::of_function(policy(key_arn), boundary.clone())
        })
    }
}

/// Returns the policy of the function's role in an environment.
pub(super) fn role_policy(names: &Names, access: AwsSetup, key_arn: Option<String>) -> Value {
    function_policy(&FunctionAccess {
        log_group_arn: &names.log_group_arn(),
        memory_bucket: &names.memory_bucket,
        data_bucket: &names.data_bucket,
        model_arns: &access.model_arns.into_iter().collect::<Vec<_>>(),
        key_arn: key_arn.or(access.key_arn).as_deref(),
    })
}
