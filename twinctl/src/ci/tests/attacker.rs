//! Plays an attacker who has the deploy role: a workflow, a dependency of the build, or a stolen session.

use serde_json::Value;

use super::{
    Access, AssignedIds, CiEnvironment, Trigger, access_of, access_with, complete,
    iam::{KEYS, Request, allows, keys_of, statements},
    previews,
};
use crate::ci::SubjectNames;

/// Statements that allow access to resources of others, before and after the first deployment. docs/ci.md lists them.
const UNAVOIDABLE: [&str; 2] = [
    // API Gateway requires them to create access logs, and CloudWatch Logs supports no narrower resource for most of
    // them (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html).
    "LetApiLog",
    // AWS does not limit it to a topic. The request names the subscription by an ID that nobody can guess.
    "Unsubscribe",
];

fn access(is_deployed: bool) -> Access {
    let ci_environment = CiEnvironment { environment: complete("twin", "dev"), trigger: Trigger::Push };
    let id = |id: &str| is_deployed.then(|| id.to_owned());
    let assigned = AssignedIds {
        api: id("ours"),
        stream_api: id("ourstream"),
        access_control: id("EOURS"),
        headers_policy: id("policy-of-ours"),
    };
    access_with(&ci_environment, SubjectNames::new, assigned)
}

/// Returns all policies of the deploy role.
fn policies(access: &Access) -> Vec<&Value> {
    access.change_policies().map(|(_, policy)| policy).chain([&access.reading]).collect()
}

/// Returns all policies of the role of the nightly sweep.
fn sweep_policies(access: &Access) -> Vec<&Value> {
    access.sweep_policies().map(|(_, policy)| policy).chain([&access.reading]).collect()
}

const ZONE: &str = "arn:aws:route53:::hostedzone/Z1";
const CERTIFICATES: &str = "arn:aws:acm:us-east-1:123456789012:certificate";
const CLOUDFRONT: &str = "arn:aws:cloudfront::123456789012:";
const API: &str = "arn:aws:apigateway:eu-central-1::";
const TAGS_OF_APIS: &str =
    "arn:aws:apigateway:eu-central-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-central-1%3A%3A%2Fapis%2F";
const TAGS_OF_REST_APIS: &str =
    "arn:aws:apigateway:eu-central-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-central-1%3A%3A%2Frestapis%2F";
const ROLE: &str = "arn:aws:iam::123456789012:role/twin-dev-lambda-role";
const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/twin-dev-boundary";

fn records(names: &[&str], types: &[&str], actions: &[&str]) -> Request {
    Request::new("route53:ChangeResourceRecordSets", ZONE)
        .with("route53:ChangeResourceRecordSetsNormalizedRecordNames", names)
        .with("route53:ChangeResourceRecordSetsRecordTypes", types)
        .with("route53:ChangeResourceRecordSetsActions", actions)
}

/// Requests that reach resources of others.
fn attacks() -> Vec<Request> {
    let hex = "0123456789abcdef0123456789abcdef";
    let mut attacks = vec![
        records(&["shop.example.com"], &["A"], &["CREATE"]),
        records(&["chat.example.com", "shop.example.com"], &["A", "A"], &["DELETE", "CREATE"]),
        records(&["chat.example.com"], &["TXT"], &["CREATE"]),
        records(&["chat.example.com"], &["NS"], &["CREATE"]),
        records(&["chat.example.com"], &["A"], &["UPSERT"]),
        records(&["_dmarc.chat.example.com"], &["CNAME"], &["CREATE"]),
        records(&["_acme-challenge.shop.example.com"], &["CNAME"], &["CREATE"]),
        records(&["_acme-challenge.chat.example.com"], &["TXT"], &["CREATE"]),
        records(&[&format!("_{hex}.shop.example.com")], &["CNAME"], &["CREATE"]),
        records(&[&format!("_{hex}.chat.example.com")], &["TXT"], &["CREATE"]),
        Request::new("route53:ChangeResourceRecordSets", ZONE),
        Request::new("acm:RequestCertificate", "*")
            .tagged("aws:RequestTag", "twin")
            .with("acm:DomainNames", &["shop.example.com"]),
        Request::new("acm:RequestCertificate", "*").tagged("aws:RequestTag", "twin"),
    ];
    // Tagging a resource as ours, and changing one that is tagged for another project or not at all.
    let distribution = format!("{CLOUDFRONT}distribution/EOTHER");
    let certificate = format!("{CERTIFICATES}/other");
    for (action, resource) in [
        ("cloudfront:TagResource", &distribution),
        ("cloudfront:UntagResource", &distribution),
        ("cloudfront:UpdateDistribution", &distribution),
        ("cloudfront:DeleteDistribution", &distribution),
        ("cloudfront:CreateInvalidation", &distribution),
        ("acm:AddTagsToCertificate", &certificate),
        ("acm:RemoveTagsFromCertificate", &certificate),
        ("acm:DeleteCertificate", &certificate),
        ("apigateway:POST", &format!("{TAGS_OF_APIS}other")),
        ("apigateway:DELETE", &format!("{TAGS_OF_APIS}other")),
        ("apigateway:TagResource", &format!("{TAGS_OF_APIS}other")),
        ("apigateway:TagResource", &format!("{API}/apis/other")),
        ("apigateway:UntagResource", &format!("{API}/apis/other")),
        ("apigateway:PATCH", &format!("{API}/apis/other")),
        ("apigateway:DELETE", &format!("{API}/apis/other")),
        ("apigateway:PUT", &format!("{TAGS_OF_REST_APIS}other")),
        ("apigateway:DELETE", &format!("{TAGS_OF_REST_APIS}other")),
        ("apigateway:TagResource", &format!("{API}/restapis/other")),
        ("apigateway:PUT", &format!("{API}/restapis/other")),
        ("apigateway:PATCH", &format!("{API}/restapis/other")),
        ("apigateway:DELETE", &format!("{API}/restapis/other")),
        ("apigateway:POST", &format!("{API}/restapis/other/authorizers")),
    ] {
        let request = Request::new(action, resource.clone()).tagged("aws:RequestTag", "twin");
        attacks.push(request.clone());
        attacks.push(request.tagged("aws:ResourceTag", "other"));
    }
    attacks.extend(attacks_on_names());
    attacks.extend(attacks_on_iam());
    attacks
}

/// Requests for resources with other names than ours.
fn attacks_on_names() -> Vec<Request> {
    vec![
        Request::new("cloudfront:UpdateFunction", format!("{CLOUDFRONT}function/other-dev-paths")),
        Request::new("cloudfront:PublishFunction", format!("{CLOUDFRONT}function/other-dev-paths")),
        Request::new("lambda:UpdateFunctionCode", "arn:aws:lambda:eu-central-1:123456789012:function:other"),
        Request::new("logs:DeleteLogGroup", "arn:aws:logs:eu-central-1:123456789012:log-group:other:*"),
        Request::new("logs:PutMetricFilter", "arn:aws:logs:eu-central-1:123456789012:log-group:other:*"),
        Request::new("sns:DeleteTopic", "arn:aws:sns:eu-central-1:123456789012:twin-dev-2-alarms"),
        Request::new("sns:Subscribe", "arn:aws:sns:eu-central-1:123456789012:other"),
        Request::new(
            "cloudwatch:DeleteAlarms",
            "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:twin-dev-2-duration",
        ),
        Request::new(
            "cloudwatch:PutDashboard",
            "arn:aws:cloudwatch::123456789012:dashboard/twin-dev-2-eu-central-1",
        ),
        Request::new("budgets:ModifyBudget", "arn:aws:budgets::123456789012:budget/twin-dev-2-budget"),
        Request::new("s3:PutBucketPolicy", "arn:aws:s3:::other"),
        Request::new("s3:DeleteObject", "arn:aws:s3:::other/key"),
        Request::new(
            "secretsmanager:DeleteSecret",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:other-AbCdEf",
        ),
        Request::new("dynamodb:UpdateItem", "arn:aws:dynamodb:eu-central-1:123456789012:table/twinctl-locks")
            .with("dynamodb:LeadingKeys", &["twin/prod"]),
    ]
}

/// Requests that would give the attacker more permissions.
fn attacks_on_iam() -> Vec<Request> {
    let mut attacks = Vec::new();
    let other = "arn:aws:iam::123456789012:role/admin";
    for action in [
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
    ] {
        attacks.push(Request::new(action, other).with("iam:PermissionsBoundary", &[BOUNDARY]));
        // The function's role without a boundary, as it is before `ci setup`, or with a wider one.
        attacks.push(Request::new(action, ROLE));
        attacks.push(
            Request::new(action, ROLE)
                .with("iam:PermissionsBoundary", &["arn:aws:iam::aws:policy/AdministratorAccess"]),
        );
    }
    for (action, resource) in [
        ("iam:AttachRolePolicy", ROLE),
        ("iam:DeleteRolePermissionsBoundary", ROLE),
        ("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/twin-dev-ci-deploy"),
        ("iam:CreatePolicyVersion", BOUNDARY),
        ("iam:CreatePolicyVersion", "arn:aws:iam::123456789012:policy/twin-dev-ci-deploy-data"),
    ] {
        attacks.push(Request::new(action, resource).with("iam:PermissionsBoundary", &[BOUNDARY]));
    }
    attacks.extend([
        Request::new("iam:PassRole", other).with("iam:PassedToService", &["lambda.amazonaws.com"]),
        Request::new("iam:PassRole", ROLE).with("iam:PassedToService", &["ec2.amazonaws.com"]),
        Request::new(
            "lambda:AddPermission",
            "arn:aws:lambda:eu-central-1:123456789012:function:twin-dev-api",
        )
        .with("lambda:Principal", &["*"]),
    ]);
    attacks
}

/// Attacks that only become impossible when `ci setup` runs again after the first deployment.
fn attacks_before_the_first_deployment() -> Vec<Request> {
    let bounded = |action: &str| Request::new(action, ROLE).with("iam:PermissionsBoundary", &[BOUNDARY]);
    let mut attacks = vec![
        // Conversations and the function's permissions, for another account.
        Request::new("s3:PutBucketPolicy", "arn:aws:s3:::twin-dev-memory-123456789012"),
        Request::new("s3:PutBucketPolicy", "arn:aws:s3:::twin-dev-data-123456789012"),
        bounded("iam:UpdateAssumeRolePolicy"),
        bounded("iam:CreateRole"),
    ];
    for (action, resource) in [
        ("apigateway:POST", format!("{API}/apis/other/integrations")),
        ("apigateway:PATCH", format!("{API}/apis/other/routes/1")),
        ("apigateway:DELETE", format!("{API}/apis/other/stages/$default")),
        ("apigateway:POST", format!("{API}/restapis/other/deployments")),
        ("apigateway:PATCH", format!("{API}/restapis/other/stages/prod")),
        ("cloudfront:UpdateOriginAccessControl", format!("{CLOUDFRONT}origin-access-control/EOTHER")),
        ("cloudfront:DeleteResponseHeadersPolicy", format!("{CLOUDFRONT}response-headers-policy/other")),
    ] {
        attacks.push(Request::new(action, resource));
    }
    attacks
}

#[test]
fn the_deploy_role_reaches_no_resources_of_others() {
    for is_deployed in [false, true] {
        let access = access(is_deployed);
        for attack in attacks() {
            assert!(!allows(&policies(&access), &attack), "deployed: {is_deployed}: {attack:?}");
            assert!(!allows(&sweep_policies(&access), &attack), "deployed: {is_deployed}: {attack:?}");
        }
    }
}

#[test]
fn a_second_setup_takes_back_what_only_the_first_deployment_needs() {
    let (new, deployed) = (access(false), access(true));
    for attack in attacks_before_the_first_deployment() {
        assert!(allows(&policies(&new), &attack), "{attack:?}");
        assert!(!allows(&policies(&deployed), &attack), "{attack:?}");
    }
}

/// The attacks would prove nothing if the evaluator denied everything.
#[test]
fn the_deploy_role_reaches_its_own_resources() {
    let validation = "_0123456789abcdef0123456789abcdef.chat.example.com";
    for (is_deployed, request) in [
        (true, records(&["chat.example.com"], &["A", "AAAA"], &["CREATE"])),
        (true, records(&["chat.example.com"], &["CNAME", "A"], &["DELETE", "CREATE"])),
        (true, records(&[validation], &["CNAME"], &["CREATE"])),
        (
            true,
            Request::new("acm:RequestCertificate", "*")
                .tagged("aws:RequestTag", "twin")
                .with("acm:DomainNames", &["chat.example.com"]),
        ),
        (
            true,
            Request::new("acm:AddTagsToCertificate", format!("{CERTIFICATES}/*"))
                .tagged("aws:RequestTag", "twin"),
        ),
        (true, Request::new("cloudfront:CreateDistribution", format!("{CLOUDFRONT}distribution/*"))),
        (
            true,
            Request::new("cloudfront:TagResource", format!("{CLOUDFRONT}distribution/*"))
                .tagged("aws:RequestTag", "twin"),
        ),
        (
            true,
            Request::new("cloudfront:UpdateDistribution", format!("{CLOUDFRONT}distribution/EOURS"))
                .tagged("aws:ResourceTag", "twin"),
        ),
        (true, Request::new("apigateway:POST", format!("{TAGS_OF_APIS}ours"))),
        (true, Request::new("apigateway:PATCH", format!("{API}/apis/ours/routes/1"))),
        (false, Request::new("apigateway:POST", format!("{API}/apis")).tagged("aws:RequestTag", "twin")),
        (false, Request::new("apigateway:TagResource", format!("{TAGS_OF_APIS}*"))),
        (true, Request::new("apigateway:PUT", format!("{TAGS_OF_REST_APIS}ourstream"))),
        (true, Request::new("apigateway:POST", format!("{API}/restapis/ourstream/deployments"))),
        (
            true,
            Request::new("apigateway:PUT", format!("{API}/restapis/ourstream"))
                .tagged("aws:ResourceTag", "twin"),
        ),
        (false, Request::new("apigateway:POST", format!("{API}/restapis")).tagged("aws:RequestTag", "twin")),
        (false, Request::new("apigateway:PUT", format!("{TAGS_OF_REST_APIS}*"))),
        (true, Request::new("iam:PutRolePolicy", ROLE).with("iam:PermissionsBoundary", &[BOUNDARY])),
        (true, Request::new("s3:PutBucketPolicy", "arn:aws:s3:::twin-dev-frontend-123456789012")),
    ] {
        assert!(allows(&policies(&access(is_deployed)), &request), "{request:?}");
    }
}

/// Anyone who can push a branch has the role of the previews.
#[test]
fn the_role_of_previews_reaches_only_previews() {
    let access = access_of(&previews("twin"));
    let of_previews = policies(&access);
    let others = [attacks(), attacks_before_the_first_deployment()].concat();
    for attack in others {
        assert!(!allows(&of_previews, &attack), "{attack:?}");
    }
    let lock = "arn:aws:dynamodb:eu-central-1:123456789012:table/twinctl-locks";
    let bounded = |boundary: &str| {
        Request::new("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/twin-pr-7-lambda-role")
            .with("iam:PermissionsBoundary", &[boundary])
    };
    let distribution = |environment: &str| {
        Request::new("cloudfront:UpdateDistribution", format!("{CLOUDFRONT}distribution/E7"))
            .with("aws:ResourceTag/twinctl:project", &["twin"])
            .with("aws:ResourceTag/twinctl:environment", &[environment])
    };
    let arn = |name: &str| format!("arn:aws:lambda:eu-central-1:123456789012:function:twin-{name}-api");
    let code = |name: &str| Request::new("lambda:UpdateFunctionCode", arn(name));
    let record = |name: &str| {
        let id = format!("twin/{name}");
        Request::new("dynamodb:UpdateItem", lock).with("dynamodb:LeadingKeys", &[&id])
    };
    let all: [&dyn Fn(&str) -> Request; 3] = [&code, &record, &distribution];
    for request in all.iter().map(|request| request("dev")) {
        assert!(!allows(&of_previews, &request), "{request:?}");
    }
    assert!(!allows(&of_previews, &bounded(BOUNDARY)));
    // Their own.
    let own = all.iter().map(|request| request("pr-7"));
    for request in own.chain([
        bounded("arn:aws:iam::123456789012:policy/twin-pr-boundary"),
        Request::new("apigateway:PATCH", format!("{API}/apis/seven/routes/1")),
        Request::new("s3:DeleteBucket", "arn:aws:s3:::twin-pr-7-memory-123456789012"),
    ]) {
        assert!(allows(&of_previews, &request), "{request:?}");
    }
}

/// Jobs of the branch have the role of the sweep without an approval, so it must be useless for anything but a deletion.
#[test]
fn the_sweep_role_can_delete_but_not_deploy() {
    let access = access(false);
    let of_sweep = sweep_policies(&access);
    let bounded = |action: &str| Request::new(action, ROLE).with("iam:PermissionsBoundary", &[BOUNDARY]);
    let function = "arn:aws:lambda:eu-central-1:123456789012:function:twin-dev-api";
    let memory = "arn:aws:s3:::twin-dev-memory-123456789012";
    for request in [
        bounded("iam:DeleteRole"),
        records(&["chat.example.com"], &["A"], &["DELETE"]),
        Request::new("lambda:DeleteFunction", function),
        Request::new("s3:DeleteBucket", memory),
    ] {
        assert!(allows(&of_sweep, &request), "{request:?}");
    }
    for request in [
        bounded("iam:CreateRole"),
        bounded("iam:PutRolePolicy"),
        bounded("iam:UpdateAssumeRolePolicy"),
        records(&["chat.example.com"], &["A"], &["CREATE"]),
        records(&["chat.example.com"], &["A"], &["DELETE", "CREATE"]),
        Request::new("iam:PassRole", ROLE).with("iam:PassedToService", &["lambda.amazonaws.com"]),
        Request::new("lambda:UpdateFunctionCode", function),
        Request::new("lambda:UpdateFunctionConfiguration", function),
        Request::new("lambda:PublishVersion", function),
        Request::new("lambda:InvokeFunction", function),
        Request::new("lambda:AddPermission", function)
            .with("lambda:Principal", &["apigateway.amazonaws.com"]),
        Request::new("s3:PutBucketPolicy", memory),
        Request::new("s3:GetObject", format!("{memory}/a.json")),
        Request::new("s3:PutObject", "arn:aws:s3:::twin-dev-frontend-123456789012/index.html"),
        Request::new("apigateway:PATCH", format!("{API}/apis/other/routes/1")),
        Request::new("apigateway:DELETE", format!("{API}/apis/other/stages/$default")),
    ] {
        assert!(!allows(&of_sweep, &request), "{request:?}");
    }
}

#[test]
fn the_role_cannot_read_conversations_itself() {
    for action in ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"] {
        let request = Request::new(action, "arn:aws:s3:::twin-dev-memory-123456789012/a.json");
        assert!(!allows(&policies(&access(true)), &request), "{action}");
    }
}

/// A statement for all resources must have a condition, allow only creations, or be listed in [`UNAVOIDABLE`].
#[test]
fn statements_for_all_resources_are_listed() {
    let access = access(true);
    let change: Vec<_> = access.change_policies().map(|(_, policy)| policy).collect();
    let creates = |statement: &Value| {
        let actions = statement["Action"].to_string();
        let all = actions.matches(':').count();
        actions.matches(":Create").count() == all
    };
    let wide = statements(&change).filter(|statement| {
        statement["Resource"] == "*" && statement.get("Condition").is_none() && !creates(statement)
    });
    let wide: Vec<_> = wide.map(|statement| statement["Sid"].as_str().unwrap()).collect();
    assert_eq!(wide, UNAVOIDABLE);
}

#[test]
fn every_condition_key_is_evaluated() {
    let access = access(false);
    assert_eq!(keys_of(&policies(&access)).into_iter().collect::<Vec<_>>(), KEYS);
}
