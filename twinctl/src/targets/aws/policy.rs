//! Comparison of policy documents, statement by statement and independent of notation.

use std::collections::BTreeMap;

use reconcile::Changes;
use serde_json::{Value, json};

/// The statements of a policy document: normalized JSON by statement id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statements(BTreeMap<String, String>);

impl Statements {
    /// Statements without a unique id are named by their position, starting at 1. An invalid document has no
    /// statements.
    pub fn new(document: &Value) -> Self {
        let statements = match &document["Statement"] {
            Value::Array(statements) => statements.as_slice(),
            Value::Null => &[],
            one => std::slice::from_ref(one),
        };
        let mut named = BTreeMap::new();
        for (statement, number) in statements.iter().zip(1..) {
            let mut statement = statement.clone();
            let id = statement.as_object_mut().and_then(|fields| fields.remove("Sid"));
            let id =
                id.as_ref().and_then(Value::as_str).filter(|id| !id.is_empty() && !named.contains_key(*id));
            let id = id.map_or_else(|| format!("statement {number}"), ToOwned::to_owned);
            named.insert(id, normalize(statement).to_string());
        }
        Self(named)
    }

    pub fn parse(document: &str) -> Self {
        Self::new(&serde_json::from_str(document).unwrap_or_default())
    }

    /// Adds the statement with this id from `other`, if it has one.
    #[must_use]
    pub fn with(mut self, id: &str, other: &Self) -> Self {
        self.0.extend(other.0.get(id).map(|statement| (id.to_owned(), statement.clone())));
        self
    }

    /// Adds a change for each statement that is missing, different or superfluous.
    pub fn compare(&self, changes: &mut Changes, field: &str, actual: Option<&Self>) {
        changes.map(field, self.iter(), actual.into_iter().flat_map(Self::iter));
    }

    /// Returns whether a statement allows anyone to do something.
    pub fn allow_everyone(&self) -> bool {
        let everyone = [json!("*"), json!({ "AWS": "*" })];
        self.allowing().any(|(_, statement)| everyone.contains(&statement["Principal"]))
    }

    /// Returns the statements that allow something, as JSON with their ids.
    pub fn allowing(&self) -> impl Iterator<Item = (&String, Value)> {
        let parsed =
            self.iter().map(|(id, statement)| (id, serde_json::from_str(statement).unwrap_or(Value::Null)));
        parsed.filter(|(_, statement)| statement["Effect"] == "Allow")
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }

    pub fn get(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

/// Normalizes notations that AWS treats as equal: the order of lists, a list of one element, and booleans as strings.
fn normalize(value: Value) -> Value {
    match value {
        Value::Array(values) => {
            let mut values: Vec<_> = values.into_iter().map(normalize).collect();
            values.sort_by_key(Value::to_string);
            values.dedup();
            if values.len() == 1 { values.swap_remove(0) } else { Value::Array(values) }
        }
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> =
                fields.into_iter().map(|(name, value)| (name, normalize(value))).collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations_with_the_same_meaning_are_equal() {
        let ours = json!({"Statement": [{"Condition": {"Bool": {"aws:SecureTransport": "false"}}}]});
        let theirs = json!({"Statement": [{"Condition": {"Bool": {"aws:SecureTransport": [false]}}}]});
        assert_eq!(Statements::new(&ours), Statements::new(&theirs));
        let ours = json!({"Statement": [{"Sid": "a", "Action": ["x", "y"], "Resource": "r"}]});
        let theirs = json!({"Statement": {"Resource": ["r"], "Action": ["y", "x"], "Sid": "a"}});
        assert_eq!(Statements::new(&ours), Statements::new(&theirs));
    }

    #[test]
    fn different_statements_are_not_equal() {
        let ours = Statements::new(&json!({"Statement": [{"Sid": "a", "Action": ["x", "y"]}]}));
        for other in [
            json!({"Statement": [{"Sid": "a", "Action": ["x"]}]}),
            json!({"Statement": [{"Sid": "b", "Action": ["x", "y"]}]}),
            json!({"Statement": [{"Sid": "a", "Action": ["x", "y"], "Condition": {}}]}),
            json!({"Statement": [{"Sid": "a", "Action": ["x", "y"]}, {"Action": "z"}]}),
            json!({"Statement": [{"Sid": "a", "Action": ["x", "y"]}, {"Sid": "a", "Action": "z"}]}),
            json!({}),
            json!("not a document"),
        ] {
            assert_ne!(Statements::new(&other), ours, "{other}");
        }
        assert_eq!(Statements::parse("{"), Statements::default());
    }

    #[test]
    fn statements_that_allow_everyone_are_recognized() {
        let statement = |effect: &str, principal: Value| {
            Statements::new(
                &json!({"Statement": [{"Effect": effect, "Principal": principal, "Action": "s3:GetObject"}]}),
            )
        };
        for everyone in [json!("*"), json!({"AWS": "*"}), json!({"AWS": ["*"]})] {
            assert!(statement("Allow", everyone.clone()).allow_everyone(), "{everyone}");
            assert!(!statement("Deny", everyone).allow_everyone());
        }
        assert!(!statement("Allow", json!({"Service": "cloudfront.amazonaws.com"})).allow_everyone());
        assert!(!Statements::default().allow_everyone());
    }
}
