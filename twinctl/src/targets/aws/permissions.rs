//! What a run may do: each resource names its own rights, and policies are made of them all.

use serde_json::{Map, Value, json};

use super::{ENVIRONMENT_TAG, PROJECT_TAG};
use crate::targets::aws::names::Names;

/// What has to be allowed to whoever looks at a thing, changes it and takes it away.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which rights it needs",
    note = "a deploy from CI has no others than those that the things of the stack name: implement `Needs` beside `Resource`"
)]
pub trait Needs {
    fn needs(&self, names: &Names) -> Vec<Right>;
}

/// What a right is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Look,
    Change,
}

/// Actions on things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// Of its statement. Rights of the same name are one statement where only the things differ.
    name: &'static str,
    purpose: Purpose,
    actions: &'static [&'static str],
    on: Vec<String>,
    conditions: Conditions,
}

/// Operator, key and value: all have to hold.
type Conditions = Vec<(&'static str, String, String)>;

impl Right {
    pub fn look(
        name: &'static str,
        actions: &'static [&'static str],
        on: impl IntoIterator<Item = String>,
    ) -> Self {
        let on = on.into_iter().collect();
        Self { name, purpose: Purpose::Look, actions, on, conditions: Vec::new() }
    }

    pub fn change(
        name: &'static str,
        actions: &'static [&'static str],
        on: impl IntoIterator<Item = String>,
    ) -> Self {
        Self { purpose: Purpose::Change, ..Self::look(name, actions, on) }
    }

    #[must_use]
    pub fn when(mut self, operator: &'static str, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.conditions.push((operator, key.into(), value.into()));
        self
    }

    /// Only on what carries our tags.
    #[must_use]
    pub fn on_ours(self, names: &Names) -> Self {
        self.tagged("aws:ResourceTag", names)
    }

    /// Only where our tags are given with it.
    #[must_use]
    pub fn with_our_tags(self, names: &Names) -> Self {
        self.tagged("aws:RequestTag", names)
    }

    fn tagged(self, key: &str, names: &Names) -> Self {
        let [project, environment] = [(PROJECT_TAG, &names.project), (ENVIRONMENT_TAG, &names.environment)]
            .map(|(tag, value)| (format!("{key}/{tag}"), value));
        self.when("StringEquals", project.0, project.1).when("StringEquals", environment.0, environment.1)
    }

    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    pub fn actions(&self) -> &'static [&'static str] {
        self.actions
    }

    fn is_alike(&self, other: &Self) -> bool {
        (self.name, self.actions, &self.conditions) == (other.name, other.actions, &other.conditions)
    }

    fn statement(&self, id: &str) -> Value {
        let mut on: Vec<_> = self.on.clone();
        on.sort_unstable();
        on.dedup();
        let mut actions = self.actions.to_vec();
        actions.sort_unstable();
        let mut statement =
            json!({ "Sid": id, "Effect": "Allow", "Action": short(actions), "Resource": short(on) });
        if !self.conditions.is_empty() {
            let mut conditions = Map::new();
            for (operator, key, value) in &self.conditions {
                let operator = conditions.entry(*operator).or_insert_with(|| json!({}));
                operator[key.as_str()] = json!(value);
            }
            statement["Condition"] = Value::Object(conditions);
        }
        statement
    }
}

/// The policy that gives these rights.
pub fn policy<'r>(rights: impl IntoIterator<Item = &'r Right>) -> Value {
    let mut merged: Vec<Right> = Vec::new();
    for right in rights {
        match merged.iter_mut().find(|known| known.is_alike(right)) {
            Some(known) => known.on.extend(right.on.iter().cloned()),
            None => merged.push(right.clone()),
        }
    }
    let merged: Vec<_> = merged.iter().filter(|right| !is_covered(right, &merged)).collect();
    let id = |(index, right): (usize, &&Right)| {
        let before = merged[..index].iter().filter(|earlier| earlier.name == right.name).count();
        if before == 0 { right.name.to_owned() } else { format!("{}{}", right.name, before + 1) }
    };
    let statements: Vec<_> =
        merged.iter().enumerate().map(|numbered| numbered.1.statement(&id(numbered))).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Whether another of them gives all of it: policies have a limit of characters.
fn is_covered(right: &Right, all: &[Right]) -> bool {
    all.iter().filter(|other| other.name != right.name && other.conditions.is_empty()).any(|other| {
        right.actions.iter().all(|action| other.actions.contains(action))
            && right.on.iter().all(|thing| other.on.contains(thing))
    })
}

/// A list of one is that one: policies have a limit of characters.
fn short<T: Into<Value>>(mut values: Vec<T>) -> Value {
    if values.len() == 1 { values.swap_remove(0).into() } else { Value::from(values) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_only_by_the_thing_is_one_statement_and_nothing_is_given_twice() {
        let right = |on: &str| Right::look("Buckets", &["s3:B", "s3:A"], [on.to_owned()]);
        let rights = [
            right("b"),
            right("a"),
            right("a"),
            Right::change("Buckets", &["s3:C"], ["a".to_owned()]).when("StringEquals", "k", "v"),
            Right::look("Less", &["s3:A"], ["b".to_owned()]),
        ];
        assert_eq!(
            policy(&rights),
            json!({ "Version": "2012-10-17", "Statement": [
                { "Sid": "Buckets", "Effect": "Allow", "Action": ["s3:A", "s3:B"], "Resource": ["a", "b"] },
                { "Sid": "Buckets2", "Effect": "Allow", "Action": "s3:C", "Resource": "a",
                  "Condition": { "StringEquals": { "k": "v" } } },
            ]})
        );
    }
}
