//! Evaluates requests against the generated policies, with exactly the operators and condition keys that they use.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The condition keys that are evaluated. Another one in a policy fails the test.
pub(super) const KEYS: [&str; 13] = [
    "acm:DomainNames",
    "aws:RequestTag/twinctl:environment",
    "aws:RequestTag/twinctl:project",
    "aws:ResourceTag/twinctl:environment",
    "aws:ResourceTag/twinctl:project",
    "dynamodb:LeadingKeys",
    "iam:AWSServiceName",
    "iam:PassedToService",
    "iam:PermissionsBoundary",
    "lambda:Principal",
    "route53:ChangeResourceRecordSetsActions",
    "route53:ChangeResourceRecordSetsNormalizedRecordNames",
    "route53:ChangeResourceRecordSetsRecordTypes",
];

#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) action: String,
    /// The ARN in the request. If the resource has no ID yet, the ARN ends with an asterisk, as in AWS.
    pub(super) resource: String,
    pub(super) keys: BTreeMap<String, Vec<String>>,
}

impl Request {
    pub(super) fn new(action: &str, resource: impl Into<String>) -> Self {
        Self { action: action.to_owned(), resource: resource.into(), keys: BTreeMap::new() }
    }

    pub(super) fn with(mut self, key: &str, values: &[&str]) -> Self {
        assert!(KEYS.contains(&key), "{key}");
        self.keys.insert(key.to_owned(), values.iter().map(ToString::to_string).collect());
        self
    }

    /// Adds the tags of a project and its environment `dev`, under `aws:RequestTag` or `aws:ResourceTag`.
    pub(super) fn tagged(self, key: &str, project: &str) -> Self {
        let [of_project, of_environment] =
            ["project", "environment"].map(|tag| format!("{key}/twinctl:{tag}"));
        self.with(&of_project, &[project]).with(&of_environment, &["dev"])
    }
}

pub(super) fn allows(policies: &[&Value], request: &Request) -> bool {
    let with = |effect: &str| {
        statements(policies).any(|statement| statement["Effect"] == effect && applies(statement, request))
    };
    with("Allow") && !with("Deny")
}

fn applies(statement: &Value, request: &Request) -> bool {
    let resources = list(&statement["Resource"]);
    list(&statement["Action"]).contains(&request.action)
        && resources.iter().any(|pattern| matches(pattern, &request.resource))
        && conditions(statement)
            .all(|(operator, key, values)| holds(operator, request.keys.get(key), &values))
}

pub(super) fn statements<'p>(policies: &'p [&Value]) -> impl Iterator<Item = &'p Value> {
    policies.iter().flat_map(|policy| policy["Statement"].as_array().unwrap())
}

/// Operator, key and values of all conditions of a statement.
fn conditions(statement: &Value) -> impl Iterator<Item = (&str, &str, Vec<String>)> {
    let operators = statement["Condition"].as_object().into_iter().flatten();
    operators.flat_map(|(operator, keys)| {
        keys.as_object()
            .unwrap()
            .iter()
            .map(move |(key, values)| (operator.as_str(), key.as_str(), list(values)))
    })
}

/// Returns the condition keys that the policies use.
pub(super) fn keys_of<'p>(policies: &'p [&Value]) -> BTreeSet<&'p str> {
    statements(policies).flat_map(|statement| conditions(statement).map(|(_, key, _)| key)).collect()
}

fn holds(operator: &str, actual: Option<&Vec<String>>, expected: &[String]) -> bool {
    let equal = |value: &String| expected.contains(value);
    let like = |value: &String| expected.iter().any(|pattern| matches(pattern, value));
    match operator {
        // Without the key in the request, `StringEquals` fails and `ForAllValues` succeeds.
        "StringEquals" => actual.is_some_and(|values| values.len() == 1 && values.iter().all(equal)),
        "StringLike" => actual.is_some_and(|values| values.len() == 1 && values.iter().all(like)),
        "ForAllValues:StringEquals" => actual.is_none_or(|values| values.iter().all(equal)),
        "ForAllValues:StringLike" => actual.is_none_or(|values| values.iter().all(like)),
        "Null" => expected == [actual.is_none().to_string()],
        _ => panic!("unknown operator {operator}"),
    }
}

/// `*` matches any text, `?` one character, and `${*}` an asterisk.
fn matches(pattern: &str, text: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("${*}") {
        return text.strip_prefix('*').is_some_and(|text| matches(rest, text));
    }
    let mut characters = pattern.chars();
    let Some(first) = characters.next() else { return text.is_empty() };
    let rest = characters.as_str();
    match first {
        '*' => (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..])),
        '?' => text.chars().next().is_some_and(|c| matches(rest, &text[c.len_utf8()..])),
        _ => text.strip_prefix(first).is_some_and(|text| matches(rest, text)),
    }
}

fn list(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    value.as_array().map_or_else(|| vec![text(value)], |all| all.iter().map(text).collect())
}

#[test]
fn patterns_match_as_in_iam() {
    for (pattern, text, expected) in [
        ("a/*", "a/b/c", true),
        ("a/${*}", "a/*", true),
        ("a/${*}", "a/b", false),
        ("a-??", "a-12", true),
        ("a-??", "a-123", false),
        ("A", "a", false),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}
