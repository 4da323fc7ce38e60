//! Every error code in AWS's models of the calls that twinctl makes has a class, or a reason why it is final.

use std::{collections::BTreeSet, fs, path::Path};

use aws_smithy_runtime_api::{
    client::{orchestrator::HttpResponse, result::SdkError},
    http::StatusCode,
};
use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};
use reconcile::Class;
use twinctl::targets::aws::fault;

/// Codes that are final although no table lists them. `*` stands for any text.
const FINAL: &[(&str, &[&str])] = &[
    (
        "the request is wrong, and stays wrong",
        &[
            "BadRequestException",
            "ExpiredNextTokenException",
            "IllegalDelete",
            "IllegalFieldLevelEncryption*",
            "IllegalOriginAccess*",
            "IllegalUpdate",
            "InconsistentQuantities",
            "Invalid*",
            "Malformed*",
            "MissingBody",
            "UnsupportedMediaTypeException",
            "ValidationException",
        ],
    ),
    (
        "a quota, which only the owner of the account can raise",
        &[
            "BatchTooLarge",
            "CodeStorageExceededException",
            "*LimitExceeded",
            "*LimitExceededException",
            "ItemCollectionSize*",
            "PolicyLengthExceededException",
            "RequestTooLargeException",
            "SerializedRequest*",
            "ServiceQuotaExceededException",
            "TooLongCSPInResponseHeadersPolicy",
            "TooMany*",
        ],
    ),
    (
        "the resource is not managed by twinctl, or must be changed by hand first",
        &[
            "BucketAlreadyExists",
            "CNAMEAlreadyExists",
            "ContinuousDeploymentPolicyInUse",
            "PolicyNotAttachable",
            "PreconditionNotMetException",
            "PublicPolicyException",
            "ResourceInUse",
            "StagingDistributionInUse",
            "TagPolicy",
            "TagPolicyException",
            "UnmodifiableEntity",
        ],
    ),
    ("the lock's own condition, which the lock table handles", &["ConditionalCheckFailedException"]),
    (
        "the encryption key of the account is not usable",
        &["DecryptionFailure", "EncryptionFailure", "KMSDisabledException", "KMSNotFoundException"],
    ),
    (
        "twinctl does not use this feature",
        &[
            "BillingViewHealthStatusException",
            "CodeArtifact*",
            "CodeVerificationFailedException",
            "DelegationSetNotReusable",
            "DurableExecution*",
            "EFS*",
            "EncryptionTypeMismatch",
            "FunctionVersionsPerCapacity*",
            "ModeNotSupportedException",
            "NoPublishedVersionException",
            "NoSuchDelegationSet",
            "ObjectNotInActiveTierError",
            "RealtimeLogConfigOwnerMismatch",
            "RecursiveInvocationException",
            "RegionDisabledException",
            "S3Files*",
            "SnapStart*",
            "TrustedKeyGroupDoesNotExist",
            "TrustedSignerDoesNotExist",
            "UnsupportedOperation",
        ],
    ),
];

fn matches(pattern: &str, code: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => code.ends_with(end),
        (_, Some(start)) => code.starts_with(start),
        _ => code == pattern,
    }
}

/// The class of an error response.
fn class(code: &str, status: u16) -> Class {
    let response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
    let error = ErrorMetadata::builder().code(code).build();
    fault("service:Call", &SdkError::service_error(error, response)).class
}

/// The names of all methods without arguments that are called in the sources, and of the operations of
/// requests without a method (`cloudwatch:PutDashboard`). Among them are all calls of AWS.
fn operations(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.extend(operations(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text: String = fs::read_to_string(&path).unwrap().split_whitespace().collect();
            let calls = text.split('.').filter_map(|call| call.split_once("()")).map(|(name, _)| name);
            names.extend(calls.map(ToOwned::to_owned));
            let starts = ["\"cloudwatch:", "\"apigateway:", "call(&cloud.budgets,\""];
            let requests = starts.map(|start| text.split(start).skip(1));
            let words = requests.into_iter().flatten().filter_map(|rest| rest.split('"').next());
            names.extend(words.map(ToOwned::to_owned));
        }
    }
    names
}

#[testbed::test(emulator)]
fn every_error_code_of_our_calls_has_a_class_or_a_reason_to_be_final() {
    let names = operations(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/targets"));
    let errors: Vec<(String, String, String, u16)> = testbed::aws_models::ask("errors", names).unwrap();
    let operations: BTreeSet<_> = errors.iter().map(|(service, name, ..)| (service, name)).collect();
    assert!(operations.len() > 180, "{operations:?}");
    for (service, name) in [
        ("monitoring", "PutMetricAlarm"),
        ("monitoring", "PutDashboard"),
        ("apigateway", "PutRestApi"),
        ("budgets", "CreateSubscriber"),
    ] {
        assert!(operations.contains(&(&service.to_owned(), &name.to_owned())), "{name}");
    }

    let finals: BTreeSet<_> = errors
        .iter()
        .filter(|(.., code, status)| class(code, *status) == Class::Refused)
        .map(|(.., code, _)| code.as_str())
        .collect();
    let patterns: Vec<_> = FINAL.iter().flat_map(|(_, patterns)| patterns.iter()).collect();
    let reasons = |code: &str| patterns.iter().filter(|pattern| matches(pattern, code)).count();
    let unknown: Vec<_> = finals.iter().filter(|code| reasons(code) == 0).collect();
    assert!(unknown.is_empty(), "without class and reason: {unknown:?}");
    let unused: Vec<_> =
        patterns.iter().filter(|pattern| !finals.iter().any(|code| matches(pattern, code))).collect();
    assert!(unused.is_empty(), "reasons without a code: {unused:?}");
}
