//! A property of the policies of CI in every environment: they name exact ARNs.

use proptest::prelude::*;
use serde_json::Value;

use super::{ACCOUNT, AssignedIds, CiEnvironment, Trigger, access_with};
use crate::{ci::SubjectNames, spec::arbitrary::environments, targets::aws::names::Names};

/// Statements whose resource is `*` although they write. `attacker` and docs/ci.md explain the first two; the others create
/// resources that have no name yet.
const ANY_RESOURCE: [&str; 4] = ["LetApiLog", "Unsubscribe", "MakeDelivery", "MakeDistribution"];

/// Returns whether a pattern matches only resources of the environment: parts of a resource whose name it has or whose ID AWS
/// has assigned.
fn is_own(resource: &str, names: &Names) -> bool {
    let id = |id: &Option<String>| id.clone().unwrap();
    let assigned = &names.assigned;
    let own = [
        format!("arn:aws:s3:::{}/", names.memory_bucket),
        format!("arn:aws:s3:::{}/", names.data_bucket),
        format!("arn:aws:s3:::{}/", names.web_bucket),
        format!("{}:", names.function_arn()),
        format!("{}:", names.log_group_arn()),
        format!("{}:", names.arn_of_log_group(&names.access_log_group())),
        names.secret_arn_pattern().replace("-??????", ""),
        names.alarm_arn(""),
        format!("{}/", names.api_arn(&id(&assigned.api))),
        format!("arn:aws:apigateway:{}::/restapis/{}/", names.region, id(&assigned.stream_api)),
        "arn:aws:iam::123456789012:role/aws-service-role/ops.apigateway.amazonaws.com/".to_owned(),
    ];
    own.iter().any(|beginning| resource.starts_with(beginning.as_str()))
}

/// Returns whether the conditions of a statement limit it to resources with our tags, or to our DNS records.
fn is_limited(statement: &Value) -> bool {
    let conditions = statement["Condition"].as_object();
    let keys = conditions
        .into_iter()
        .flat_map(|all| all.values())
        .filter_map(Value::as_object)
        .flat_map(|all| all.keys());
    keys.into_iter().any(|key| {
        key.starts_with("aws:ResourceTag/")
            || key.starts_with("aws:RequestTag/")
            || key.starts_with("route53:")
    })
}

fn is_reading(action: &str) -> bool {
    let (_, name) = action.split_once(':').unwrap();
    ["List", "Get", "GET", "Describe"].iter().any(|verb| name.starts_with(verb))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn policies_name_exact_arns(environment in environments(), has_ttl in any::<bool>()) {
        let environment = crate::spec::Environment { ttl: has_ttl.then(|| "8h".parse().unwrap()), ..environment };
        let id = |id: &str| Some(id.to_owned());
        let assigned = AssignedIds { api: id("a1"), stream_api: id("s1"), access_control: id("E1"), headers_policy: id("h1") };
        let names = Names { assigned: assigned.clone(), ..Names::new(&environment, ACCOUNT) };
        let access = access_with(&CiEnvironment { environment, trigger: Trigger::Push }, SubjectNames::new, assigned);
        let policies = access.change_policies().chain(access.sweep_policies()).map(|(_, policy)| policy);
        for statement in policies.chain([&access.reading]).flat_map(|policy| policy["Statement"].as_array().unwrap()) {
            let texts = |name: &str| match &statement[name] {
                Value::Array(all) => all.iter().map(|text| text.as_str().unwrap().to_owned()).collect(),
                one => vec![one.as_str().unwrap().to_owned()],
            };
            let (actions, resources): (Vec<String>, Vec<String>) = (texts("Action"), texts("Resource"));
            prop_assert!(actions.iter().all(|action| !action.contains('*')), "{}", statement);
            let only_reads = actions.iter().all(|action| is_reading(action));
            for resource in resources.iter().map(|resource| resource.replace("${*}", "NEW")) {
                let is_exact = !resource.contains(['*', '?']);
                let is_known = ANY_RESOURCE.iter().any(|id| statement["Sid"] == *id);
                prop_assert!(
                    is_exact || is_own(&resource, &names) || is_limited(statement) || is_known || only_reads,
                    "{}: {}", resource, statement,
                );
            }
        }
    }
}
