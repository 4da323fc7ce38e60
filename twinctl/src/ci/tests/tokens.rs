//! OIDC tokens as GitHub issues them in 2026, against the generated trust policies.

use serde_json::{Value, json};

use super::{Access, AssignedIds, Ids, Repository, SubjectNames, Trigger, access_with, ci_environment};

/// The claims of tokens, and the roles that must admit them. `older` marks subjects without IDs.
const TOKENS: &str = include_str!("tokens.json");

/// Returns whether a trust policy admits the token. Panics if the policy contains an element that it cannot evaluate.
fn admits(trust: &Value, token: &Value) -> bool {
    let [statement] = trust["Statement"].as_array().unwrap().as_slice() else { panic!("{trust}") };
    assert_eq!(statement["Effect"], "Allow");
    assert_eq!(statement["Action"], "sts:AssumeRoleWithWebIdentity");
    let issuer = token["iss"].as_str().unwrap().strip_prefix("https://").unwrap();
    let provider = format!("arn:aws:iam::{}:oidc-provider/{issuer}", super::ACCOUNT);
    assert_eq!(statement["Principal"], json!({ "Federated": provider }));
    let conditions = statement["Condition"].as_object().unwrap();
    assert_eq!(conditions.keys().collect::<Vec<_>>(), ["StringEquals"]);
    conditions["StringEquals"].as_object().unwrap().iter().all(|(key, accepted)| {
        let claim = key.strip_prefix(issuer).and_then(|rest| rest.strip_prefix(':')).unwrap();
        assert!(["aud", "sub"].contains(&claim), "{key}");
        accepted == &token[claim] || accepted.as_array().is_some_and(|all| all.contains(&token[claim]))
    })
}

fn roles(names: fn(&Repository, Ids) -> SubjectNames) -> Vec<(String, Value)> {
    let of = |Access { deploy, read, sweep, .. }: Access, environment: &str| {
        [("deploy", deploy), ("read", read), ("sweep", sweep)]
            .map(|(role, grant)| (format!("{environment} {role}"), grant.trust))
    };
    let dev = of(access_with(&ci_environment("dev", Trigger::Push), names, AssignedIds::default()), "dev");
    let prod =
        of(access_with(&ci_environment("prod", Trigger::Manual), names, AssignedIds::default()), "prod");
    [dev, prod].concat()
}

#[test]
fn exactly_the_tokens_of_this_repository_are_admitted() {
    let tokens: Vec<Value> = serde_json::from_str(TOKENS).unwrap();
    for (names, is_older) in [(SubjectNames::of_older as fn(&_, _) -> _, true), (SubjectNames::new, false)] {
        let roles = roles(names);
        for token in &tokens {
            let admitted =
                roles.iter().filter(|(_, trust)| admits(trust, token)).map(|(role, _)| role.as_str());
            let admitted = Value::from(admitted.collect::<Vec<_>>());
            let without_ids = token["older"] == true;
            let expected = if without_ids && !is_older { json!([]) } else { token["admitted"].clone() };
            assert_eq!(admitted, expected, "{} (older: {is_older})", token["note"]);
        }
    }
}
