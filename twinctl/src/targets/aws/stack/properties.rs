//! Properties of the resources of every environment on AWS: HTTPS only, policies with exact ARNs, secrets from Secrets Manager.

use std::collections::BTreeMap;

use proptest::prelude::*;
use reconcile::Resource as _;
use serde_json::Value;

use super::{access::role_policy, setup::AwsSetup, variables::*};
use crate::{
    artifacts::web::PageSources,
    spec::{Environment, Model, arbitrary::environments},
    system::hash,
    targets::{
        aws::{
            Labels, model,
            names::Names,
            resources::{
                Bucket, BucketDesired, Delivery, DeliveryDesired, PolicyOwner, Topic, TopicDesired,
                WebAccess, WebAccessDesired, usage_policy,
            },
        },
        record::{Birth, OriginSecret, OriginSecrets},
    },
};

fn labels() -> Labels {
    Labels::new("twin", "dev", &BTreeMap::new())
}

/// Returns the policies of the data buckets, the web bucket and the topic of the alarms, each with its resource.
fn resource_policies(names: &Names) -> Vec<(String, Vec<Value>)> {
    let statements = |changes: Vec<reconcile::Change>| {
        let policy = changes.into_iter().filter(|change| change.field.starts_with("policy"));
        policy.map(|change| serde_json::from_str(&change.new.unwrap()).unwrap()).collect::<Vec<Value>>()
    };
    let bucket = |name: &String| {
        let bucket = Bucket::new("bucket", name, labels(), PolicyOwner::TlsOnly);
        let desired = BucketDesired { noncurrent_days: 1, expire_days: None, is_memory: false };
        (format!("arn:aws:s3:::{name}"), statements(bucket.diff(&desired, None)))
    };
    let web = WebAccess { bucket: names.web_bucket.clone(), is_taken_over: false };
    let desired = WebAccessDesired { distribution_arn: names.distribution_arn("EDIST") };
    let topic = Topic::new(names, labels()).diff(&TopicDesired { email: None, webhook: None }, None);
    vec![
        bucket(&names.memory_bucket),
        bucket(&names.data_bucket),
        (format!("arn:aws:s3:::{}", names.web_bucket), statements(web.diff(&desired, None))),
        (names.alarm_topic_arn(), statements(topic)),
    ]
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(all) => all.iter().flat_map(texts).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn is_denial_without_tls(statement: &Value) -> bool {
    statement["Effect"] == "Deny"
        && statement["Principal"] == "*"
        && statement["Action"] == "s3:*"
        && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
}

/// Returns the models that the function may invoke.
fn model_arns(environment: &Environment, names: &Names) -> Vec<String> {
    let id = environment.model.full_id(&environment.region);
    let arns = |id: String| model::arns(&names.region, &names.account, &id, &model::Lookup::Unknown);
    id.map(arns).unwrap_or_default()
}

fn function_variables(
    environment: &Environment,
    names: &Names,
    key_arn: Option<String>,
    origin: &OriginSecrets,
) -> BTreeMap<String, String> {
    let variables = with_key(variables(environment, names, &Birth::new(), None), key_arn);
    with_role(with_origin(variables, Some(origin)), Some("AROAEXAMPLE".to_owned()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Buckets refuse requests without TLS, browsers remember to use it, and the function's variables contain no other
    /// addresses. `distribution/tests.rs` tests the distribution, and `spec/tests.rs` the environment file.
    #[test]
    fn https_only(environment in environments(), account in "[0-9]{12}") {
        let names = Names::new(&environment, &account);
        for (bucket, statements) in resource_policies(&names).into_iter().take(3) {
            let denial = statements.iter().find(|statement| is_denial_without_tls(statement));
            prop_assert!(denial.is_some(), "{}: {:?}", bucket, statements);
            let everything = [bucket.clone(), format!("{bucket}/*")];
            prop_assert!(everything.iter().all(|arn| texts(&denial.unwrap()["Resource"]).contains(&arn.as_str())));
        }
        let page = DeliveryDesired {
            script_hashes: Vec::new(),
            sources: PageSources::default(),
            frame_ancestors: environment.web.frame_ancestors.iter().map(ToString::to_string).collect(),
            paths: BTreeMap::new(),
            redirect: super::setup::redirect(&environment),
        };
        let headers = Delivery::new(names.marker.clone()).diff(&page, None);
        let transport = headers.iter().find(|change| change.field.ends_with("strict-transport-security"));
        prop_assert!(transport.is_some_and(|change| change.new.as_ref().unwrap().contains("max-age=")));
        let origin = OriginSecrets::new(OriginSecret::random(), None);
        for (name, value) in function_variables(&environment, &names, None, &origin) {
            prop_assert!(!value.contains("http:"), "{}={}", name, value);
        }
    }

    /// Names are exact. The only patterns are at the end of the ARNs of objects and log streams, whose names are not known in
    /// advance, and of our own alarms.
    #[test]
    fn policies_name_exact_arns(environment in environments(), account in "[0-9]{12}") {
        let names = Names::new(&environment, &account);
        let key = format!("arn:aws:secretsmanager:{}:{account}:secret:{}-AbCdEf", names.region, names.secret);
        let is_openai = matches!(environment.model, Model::OpenAi { .. });
        let models = model_arns(&environment, &names);
        let setup = AwsSetup { model_arns: models.iter().cloned().collect(), ..AwsSetup::default() };
        let role = role_policy(&names, setup, is_openai.then(|| key.clone()));
        let usage = usage_policy(&names.usage_table_arn());
        let mut statements: Vec<Value> = Vec::new();
        for policy in [&role, &usage] {
            statements.extend(policy["Statement"].as_array().unwrap().iter().cloned());
        }
        statements.extend(resource_policies(&names).into_iter().flat_map(|(_, statements)| statements));
        let own = format!("{}-{}", environment.project, environment.name);
        let own = |name: Option<String>, tail: &str| name.unwrap_or_else(|| format!("{own}-{tail}"));
        let given = &environment.names;
        let bucket = |name: &Option<crate::spec::BucketName>, tail: &str| {
            format!("arn:aws:s3:::{}", own(name.as_ref().map(ToString::to_string), &format!("{tail}-{account}")))
        };
        let buckets = [
            bucket(&given.memory_bucket, "memory"),
            bucket(&given.data_bucket, "data"),
            bucket(&given.frontend_bucket, "frontend"),
        ];
        let here = |service: &str, rest: &str| format!("arn:aws:{service}:{}:{account}:{rest}", environment.region);
        let function = own(given.function.as_ref().map(ToString::to_string), "api");
        let logs = given.log_group.as_ref().map_or_else(|| format!("/aws/lambda/{function}"), ToString::to_string);
        let mut exact = vec![
            here("logs", &format!("log-group:{logs}:*")),
            here("dynamodb", &format!("table/{}", own(None, "usage"))),
            here("sns", &own(None, "alarms")),
            key,
        ];
        exact.extend(buckets.iter().flat_map(|arn| [arn.clone(), format!("{arn}/*")]));
        exact.extend(models);
        for statement in &statements {
            let is_denial = statement["Effect"] == "Deny";
            prop_assert!(is_denial || !statement["Action"].to_string().contains('*'), "{}", statement);
            prop_assert!(is_denial || !statement["Principal"].to_string().contains('*'), "{}", statement);
            let resources = texts(&statement["Resource"]);
            prop_assert!(!resources.is_empty(), "{}", statement);
            for resource in resources {
                prop_assert!(exact.iter().any(|arn| arn == resource), "{}", resource);
            }
            for source in statement["Condition"].as_object().into_iter().flat_map(|all| all.values()) {
                let source = source["AWS:SourceArn"].as_str().or_else(|| source["aws:SourceArn"].as_str());
                let is_exact = |arn: &str| !arn.contains('*') || arn == here("cloudwatch", &format!("alarm:{}", own(None, "*")));
                prop_assert!(source.is_none_or(is_exact), "{:?}", source);
            }
        }
    }

    /// Everyone who can read the function can see its configuration. So it contains no secret: only the ARN of the
    /// provider's key, and hashes of the origin secrets.
    #[test]
    fn secrets_come_from_secrets_manager_only(
        environment in environments(),
        account in "[0-9]{12}",
        has_next in any::<bool>(),
    ) {
        let names = Names::new(&environment, &account);
        let arn = format!("arn:aws:secretsmanager:{}:{account}:secret:{}-AbCdEf", names.region, names.secret);
        let is_openai = matches!(environment.model, Model::OpenAi { .. });
        let (current, next) = (OriginSecret::random(), has_next.then(OriginSecret::random));
        let origin = OriginSecrets::new(current.clone(), next.clone());
        let variables = function_variables(&environment, &names, is_openai.then(|| arn.clone()), &origin);
        prop_assert_eq!(variables.get("OPENAI_SECRET_ARN"), is_openai.then_some(&arn));
        let secrets: Vec<_> = std::iter::once(current).chain(next).collect();
        let hashes: Vec<_> = secrets.iter().map(|secret| hash::sha256(secret.as_str())).collect();
        prop_assert_eq!(&variables["ORIGIN_SECRET_HASHES"], &hashes.join(","));
        for (name, value) in &variables {
            prop_assert!(secrets.iter().all(|secret| !value.contains(secret.as_str())), "{}", name);
            let is_key = |word: &str| ["KEY", "PASSWORD", "TOKEN", "CREDENTIAL"].contains(&word);
            prop_assert!(!name.split('_').any(is_key), "{}={}", name, value);
        }
    }
}
