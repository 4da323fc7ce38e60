//! The IAM permissions that resources require, and the policies that grant them.

use serde_json::{Map, Value, json};

use super::{ENVIRONMENT_TAG, PROJECT_TAG};
use crate::targets::aws::names::Names;

/// The permissions that a caller requires to read, change and delete a resource.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not declare the permissions it requires",
    note = "CI has only the permissions that the resources of the stack declare: implement `RequiredPermissions` next to `Resource`"
)]
pub trait RequiredPermissions {
    fn required_permissions(&self, names: &Names) -> Vec<Permission>;
}

/// Whether a permission is required to read or to change resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Read,
    Write,
}

/// A permission for actions on resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The id of the statement. Permissions that differ only in their resources are merged into one statement.
    name: &'static str,
    purpose: Purpose,
    actions: &'static [&'static str],
    resources: Vec<String>,
    conditions: Conditions,
}

/// The operator, key and accepted values of each condition. All conditions must match.
type Conditions = Vec<(&'static str, String, Vec<String>)>;

/// A policy variable of IAM that matches only a literal asterisk, whereas `*` matches every resource. While a resource
/// is being created and has no ID yet, AWS authorizes the request for an ARN that ends with an asterisk.
pub const NEW: &str = "${*}";

impl Permission {
    pub fn read(
        name: &'static str,
        actions: &'static [&'static str],
        resources: impl IntoIterator<Item = String>,
    ) -> Self {
        let resources = resources.into_iter().collect();
        Self { name, purpose: Purpose::Read, actions, resources, conditions: Vec::new() }
    }

    pub fn write(
        name: &'static str,
        actions: &'static [&'static str],
        resources: impl IntoIterator<Item = String>,
    ) -> Self {
        Self { purpose: Purpose::Write, ..Self::read(name, actions, resources) }
    }

    #[must_use]
    pub fn when(self, operator: &'static str, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.when_any(operator, key, [value.into()])
    }

    /// Limits the permission to requests in which the key has any of the values.
    #[must_use]
    pub fn when_any(
        mut self,
        operator: &'static str,
        key: impl Into<String>,
        values: impl IntoIterator<Item = String>,
    ) -> Self {
        self.conditions.push((operator, key.into(), values.into_iter().collect()));
        self
    }

    /// Limits the permission to resources with our tags.
    #[must_use]
    pub fn on_our_resources(self, names: &Names) -> Self {
        self.tagged("aws:ResourceTag", names)
    }

    /// Limits the permission to requests that set our tags.
    #[must_use]
    pub fn with_our_tags(self, names: &Names) -> Self {
        self.tagged("aws:RequestTag", names)
    }

    fn tagged(self, key: &str, names: &Names) -> Self {
        let [project, environment] = [(PROJECT_TAG, &names.project), (ENVIRONMENT_TAG, &names.environment)]
            .map(|(tag, value)| (format!("{key}/{tag}"), value));
        self.when("StringEquals", project.0, project.1).when("StringEquals", environment.0, environment.1)
    }

    /// Returns the permission for some of its actions.
    #[must_use]
    pub fn limited_to(&self, actions: &'static [&'static str]) -> Self {
        Self { actions, ..self.clone() }
    }

    /// Replaces the accepted values of a condition, if the permission has it.
    #[must_use]
    pub fn narrowed(mut self, key: &str, value: &str) -> Self {
        for (_, _, values) in self.conditions.iter_mut().filter(|(_, other, _)| other == key) {
            *values = vec![value.to_owned()];
        }
        self
    }

    /// Turns comparisons with a pattern into those that match it.
    #[must_use]
    pub fn with_patterns(mut self) -> Self {
        for (operator, _, values) in &mut self.conditions {
            if values.iter().any(|value| value.contains('*')) {
                *operator = match *operator {
                    "StringEquals" => "StringLike",
                    "ForAllValues:StringEquals" => "ForAllValues:StringLike",
                    other => other,
                };
            }
        }
        self
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    pub fn actions(&self) -> &'static [&'static str] {
        self.actions
    }

    pub fn resources(&self) -> &[String] {
        &self.resources
    }

    /// Returns the keys of the conditions with their accepted values.
    pub fn condition_values(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.conditions.iter().map(|(_, key, values)| (key.as_str(), values.as_slice()))
    }

    /// Returns the service of the actions, for example `s3`.
    pub fn service(&self) -> &'static str {
        self.actions.first().and_then(|action| action.split(':').next()).unwrap_or_default()
    }

    fn is_alike(&self, other: &Self) -> bool {
        (self.name, self.actions, &self.conditions) == (other.name, other.actions, &other.conditions)
    }

    fn statement(&self, id: &str) -> Value {
        let mut resources: Vec<_> = self.resources.clone();
        resources.sort_unstable();
        resources.dedup();
        let mut actions = self.actions.to_vec();
        actions.sort_unstable();
        let mut statement =
            json!({ "Sid": id, "Effect": "Allow", "Action": short(actions), "Resource": short(resources) });
        if !self.conditions.is_empty() {
            let mut conditions = Map::new();
            for (operator, key, values) in &self.conditions {
                let operator = conditions.entry(*operator).or_insert_with(|| json!({}));
                operator[key.as_str()] = short(values.clone());
            }
            statement["Condition"] = Value::Object(conditions);
        }
        statement
    }
}

/// Returns a policy with these permissions.
pub fn policy<'r>(permissions: impl IntoIterator<Item = &'r Permission>) -> Value {
    let mut merged: Vec<Permission> = Vec::new();
    for permission in permissions {
        match merged.iter_mut().find(|known| known.is_alike(permission)) {
            Some(known) => known.resources.extend(permission.resources.iter().cloned()),
            None => merged.push(permission.clone()),
        }
    }
    let merged: Vec<_> = merged.iter().filter(|permission| !is_covered(permission, &merged)).collect();
    let id = |(index, permission): (usize, &&Permission)| {
        let before = merged[..index].iter().filter(|earlier| earlier.name == permission.name).count();
        if before == 0 { permission.name.to_owned() } else { format!("{}{}", permission.name, before + 1) }
    };
    let statements: Vec<_> =
        merged.iter().enumerate().map(|numbered| numbered.1.statement(&id(numbered))).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Returns whether another permission includes this one. The size of policies is limited.
fn is_covered(permission: &Permission, all: &[Permission]) -> bool {
    all.iter().filter(|other| other.name != permission.name && other.conditions.is_empty()).any(|other| {
        permission.actions.iter().all(|action| other.actions.contains(action))
            && permission.resources.iter().all(|resource| other.resources.contains(resource))
    })
}

/// Writes a list of one element as that element. The size of policies is limited.
fn short<T: Into<Value>>(mut values: Vec<T>) -> Value {
    if values.len() == 1 { values.swap_remove(0).into() } else { Value::from(values) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_merged_and_duplicates_are_dropped() {
        let permission =
            |resource: &str| Permission::read("Buckets", &["s3:B", "s3:A"], [resource.to_owned()]);
        let permissions = [
            permission("b"),
            permission("a"),
            permission("a"),
            Permission::write("Buckets", &["s3:C"], ["a".to_owned()]).when("StringEquals", "k", "v"),
            Permission::read("Less", &["s3:A"], ["b".to_owned()]),
        ];
        assert_eq!(
            policy(&permissions),
            json!({ "Version": "2012-10-17", "Statement": [
                { "Sid": "Buckets", "Effect": "Allow", "Action": ["s3:A", "s3:B"], "Resource": ["a", "b"] },
                { "Sid": "Buckets2", "Effect": "Allow", "Action": "s3:C", "Resource": "a",
                  "Condition": { "StringEquals": { "k": "v" } } },
            ]})
        );
    }
}
