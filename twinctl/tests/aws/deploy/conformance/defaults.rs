//! Members that AWS adds to its responses by default, although nobody set them, are no drift.

use std::fmt::Write as _;

use serde_json::{Value, json};
use testbed::proxy::Selector;

use super::super::{
    alarms::ALARMS,
    budget::{BUDGET, with_bedrock},
    domain::{CHAT, twin_with_zone},
    streaming::STREAMING,
    twin::Twin,
};

/// JSON that AWS adds, by operation and by the place of the object, or of a list of objects.
fn json_defaults() -> Vec<(&'static str, &'static str, Value)> {
    let date = "2026-01-31T23:59:00Z";
    vec![
        (
            "GET /2015-03-31/functions/{}",
            "/Configuration",
            json!({
                "Description": "", "EphemeralStorage": { "Size": 512 }, "TracingConfig": { "Mode": "PassThrough" },
                "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" }, "PackageType": "Zip",
                "RuntimeVersionConfig": { "RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:0" },
                "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/ada-dev-api" }, "RevisionId": "r",
                "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": false },
            }),
        ),
        (
            "GET /2015-03-31/functions/{}/aliases/{}",
            "",
            json!({ "Description": "", "RevisionId": "r", "RoutingConfig": null }),
        ),
        (
            "DescribeLogGroups",
            "/logGroups",
            json!({
                "metricFilterCount": 0, "storedBytes": 0, "logGroupClass": "STANDARD", "inheritedProperties": [],
                "deletionProtectionEnabled": false, "logGroupArn": "arn:aws:logs:us-east-1:0:log-group:l",
            }),
        ),
        (
            "GET /v2/apis/{}",
            "",
            json!({
                "apiKeySelectionExpression": "$request.header.x-api-key", "apiGatewayManaged": false,
                "routeSelectionExpression": "$request.method $request.path", "createdDate": date,
                "disableExecuteApiEndpoint": false, "ipAddressType": "ipv4", "warnings": [], "importInfo": [],
            }),
        ),
        (
            "GET /v2/apis/{}/routes",
            "/items",
            json!({
                "apiGatewayManaged": false, "apiKeyRequired": false, "authorizationType": "NONE",
                "authorizationScopes": [], "requestModels": {}, "requestParameters": {} }),
        ),
        (
            "GET /v2/apis/{}/integrations",
            "/items",
            json!({
                "apiGatewayManaged": false, "connectionType": "INTERNET", "integrationMethod": "POST",
                "timeoutInMillis": 30_000, "requestParameters": {}, "responseParameters": {} }),
        ),
        (
            "GET /v2/apis/{}/stages",
            "/items",
            json!({
                "apiGatewayManaged": false, "routeSettings": {}, "stageVariables": {}, "createdDate": date,
                "lastUpdatedDate": date, "deploymentId": "d", "lastDeploymentStatusMessage": "Successfully deployed",
                "defaultRouteSettings":
                    { "detailedMetricsEnabled": false, "dataTraceEnabled": false, "loggingLevel": "OFF" },
            }),
        ),
    ]
}

/// Like [`json_defaults`], for what a twin has only with streaming, alarms, a budget or a domain.
fn json_defaults_of_options() -> Vec<(&'static str, &'static str, Value)> {
    let date = 1_769_903_940;
    vec![
        (
            "GET /restapis/{}",
            "",
            json!({
                "apiKeySource": "HEADER", "apiStatus": "AVAILABLE", "createdDate": date, "disableExecuteApiEndpoint": false,
                "endpointConfiguration": { "types": ["REGIONAL"], "ipAddressType": "ipv4" }, "rootResourceId": "r",
                "warnings": [],
            }),
        ),
        (
            "GET /restapis/{}/stages",
            "/item",
            json!({
                "cacheClusterEnabled": false, "cacheClusterStatus": "NOT_AVAILABLE", "tracingEnabled": false,
                "createdDate": date, "lastUpdatedDate": date,
                "methodSettings": { "*/*": {
                    "metricsEnabled": false, "loggingLevel": "OFF", "dataTraceEnabled": false, "cachingEnabled": false,
                    "cacheTtlInSeconds": 300, "cacheDataEncrypted": false, "requireAuthorizationForCacheControl": true,
                    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
                } },
            }),
        ),
        (
            "DescribeTable",
            "/Table",
            json!({
                "ProvisionedThroughput":
                    { "NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0 },
                "TableSizeBytes": 0, "ItemCount": 0, "TableId": "t", "DeletionProtectionEnabled": false,
                "TableClassSummary": { "TableClass": "STANDARD" },
                "WarmThroughput": { "ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000, "Status": "ACTIVE" },
            }),
        ),
        (
            "DescribeBudget",
            "/Budget",
            json!({
                "BillingViewArn": "arn:aws:billing::012345678901:billingview/primary", "LastUpdatedTime": date,
                "CalculatedSpend": {
                    "ActualSpend": { "Amount": "1.2", "Unit": "USD" },
                    "ForecastedSpend": { "Amount": "4.8", "Unit": "USD" },
                },
                "HealthStatus": { "Status": "HEALTHY", "LastUpdatedTime": date },
            }),
        ),
        (
            "DescribeAlarms",
            "/MetricAlarms",
            json!({
                "ActionsEnabled": true, "AlarmConfigurationUpdatedTimestamp": date, "InsufficientDataActions": [],
                "OKActions": [], "StateReason": "Unchecked: Initial alarm creation", "StateTransitionedTimestamp": date,
                "StateUpdatedTimestamp": date, "StateValue": "INSUFFICIENT_DATA",
            }),
        ),
        (
            "DescribeMetricFilters",
            "/metricFilters",
            json!({ "applyOnTransformedLogs": false, "creationTime": date }),
        ),
        (
            "DescribeCertificate",
            "/Certificate",
            json!({
                "ExtendedKeyUsages": [], "KeyAlgorithm": "RSA-2048", "KeyUsages": [],
                "Options": { "CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED" },
                "RenewalEligibility": "INELIGIBLE", "SignatureAlgorithm": "SHA256WITHRSA",
            }),
        ),
    ]
}

type Additions = &'static [(&'static str, &'static str)];

/// XML that AWS adds, by operation and element: its tag, and its content.
const XML_DEFAULTS: &[(&str, &[(&str, Additions)])] = &[
    (
        "GetRole",
        &[(
            "Role",
            &[
                ("MaxSessionDuration", "3600"),
                (
                    "RoleLastUsed",
                    "<LastUsedDate>2026-01-31T23:59:00Z</LastUsedDate><Region>us-east-1</Region>",
                ),
            ],
        )],
    ),
    (
        "GET /{bucket}?encryption",
        &[(
            "Rule",
            &[
                ("BucketKeyEnabled", "false"),
                ("BlockedEncryptionTypes", "<EncryptionType>SSE-C</EncryptionType>"),
            ],
        )],
    ),
    ("GET /{bucket}?versioning", &[("VersioningConfiguration", &[("MfaDelete", "Disabled")])]),
    (
        "GET /{bucket}?list-type",
        &[(
            "Contents",
            &[
                ("StorageClass", "STANDARD"),
                ("ChecksumAlgorithm", "CRC64NVME"),
                ("ChecksumType", "FULL_OBJECT"),
                ("Owner", "<ID>0</ID>"),
            ],
        )],
    ),
    (
        "GET /2020-05-31/distribution/{}",
        &[
            ("DefaultCacheBehavior", BEHAVIOR),
            ("CacheBehavior", BEHAVIOR),
            (
                "Origin",
                &[
                    ("CustomHeaders", "<Quantity>0</Quantity>"),
                    ("ConnectionAttempts", "3"),
                    ("ConnectionTimeout", "10"),
                    ("OriginShield", "<Enabled>false</Enabled>"),
                    ("OriginAccessControlId", ""),
                ],
            ),
            ("CustomOriginConfig", &[("IpAddressType", "ipv4")]),
            ("S3OriginConfig", &[("OriginReadTimeout", "30")]),
            (
                "DistributionConfig",
                &[
                    ("Aliases", "<Quantity>0</Quantity>"),
                    ("OriginGroups", "<Quantity>0</Quantity>"),
                    ("ContinuousDeploymentPolicyId", ""),
                    ("Staging", "false"),
                    ("WebACLId", ""),
                    ("ConnectionMode", "direct"),
                    (
                        "Logging",
                        "<Enabled>false</Enabled><IncludeCookies>false</IncludeCookies><Bucket></Bucket><Prefix></Prefix>",
                    ),
                    (
                        "Restrictions",
                        "<GeoRestriction><RestrictionType>none</RestrictionType><Quantity>0</Quantity></GeoRestriction>",
                    ),
                ],
            ),
            (
                "ViewerCertificate",
                &[
                    ("SSLSupportMethod", "vip"),
                    ("MinimumProtocolVersion", "TLSv1"),
                    ("CertificateSource", "cloudfront"),
                ],
            ),
            (
                "Distribution",
                &[
                    ("AliasICPRecordals", "<AliasICPRecordal><CNAME>a</CNAME></AliasICPRecordal>"),
                    ("ActiveTrustedSigners", "<Enabled>false</Enabled><Quantity>0</Quantity>"),
                ],
            ),
        ],
    ),
    (
        "GET /2020-05-31/response-headers-policy",
        &[(
            "ResponseHeadersPolicyConfig",
            &[
                ("CustomHeadersConfig", "<Quantity>0</Quantity>"),
                ("RemoveHeadersConfig", "<Quantity>0</Quantity>"),
                ("ServerTimingHeadersConfig", "<Enabled>false</Enabled>"),
            ],
        )],
    ),
    (
        "GET /2020-05-31/function/{}/describe",
        &[("FunctionConfig", &[("KeyValueStoreAssociations", "<Quantity>0</Quantity>")])],
    ),
];

const BEHAVIOR: Additions = &[
    ("TrustedSigners", "<Enabled>false</Enabled><Quantity>0</Quantity>"),
    ("TrustedKeyGroups", "<Enabled>false</Enabled><Quantity>0</Quantity>"),
    ("LambdaFunctionAssociations", "<Quantity>0</Quantity>"),
    ("FunctionAssociations", "<Quantity>0</Quantity>"),
    ("FieldLevelEncryptionId", ""),
    ("SmoothStreaming", "false"),
    ("GrpcConfig", "<Enabled>false</Enabled>"),
];

/// A member of a later version of the service, which no client knows yet.
const UNKNOWN: &str = "MemberOfTheFuture";

fn merge(target: &mut Value, defaults: &Value) {
    match (target, defaults) {
        (Value::Array(items), defaults) => items.iter_mut().for_each(|item| merge(item, defaults)),
        (Value::Object(found), Value::Object(defaults)) => {
            for (name, default) in defaults {
                match found.get_mut(name) {
                    Some(found) => merge(found, default),
                    None => drop(found.insert(name.clone(), default.clone())),
                }
            }
        }
        _ => {}
    }
}

fn with_json(text: &str, place: &str, defaults: &Value) -> String {
    let Ok(mut body) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    if let Some(target) = body.pointer_mut(place) {
        merge(target, defaults);
        merge(target, &json!({ UNKNOWN: { "a": [1] } }));
    }
    body.to_string()
}

fn with_xml(text: &str, element: &str, additions: Additions) -> String {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut parts: Vec<_> = text.split(close.as_str()).map(ToOwned::to_owned).collect();
    let last = parts.len() - 1;
    for part in &mut parts[..last] {
        let inside = part.rfind(&format!("{open}>")).or_else(|| part.rfind(&format!("{open} ")));
        let inside = part[inside.unwrap_or_default()..].to_owned();
        let absent = |tag: &str| {
            !["<{}>", "<{}/>", "<{} />"].iter().any(|form| inside.contains(&form.replace("{}", tag)))
        };
        for (tag, content) in additions.iter().filter(|(tag, _)| absent(tag)) {
            write!(part, "<{tag}>{content}</{tag}>").unwrap();
        }
        write!(part, "<{UNKNOWN}>1</{UNKNOWN}>").unwrap();
    }
    parts.join(&close)
}

/// Adds the members to all responses of these operations, and of operations whose paths have one of the `endings`. Returns the
/// operations.
pub(in super::super) fn add_defaults(twin: &Twin, endings: &[&str]) -> Vec<String> {
    let mut operations = Vec::new();
    for ending in endings {
        for (operation, place, defaults) in json_defaults() {
            let place = if ending.is_empty() { place } else { place.trim_end_matches("/items") };
            let operation = format!("{operation}{ending}");
            twin.proxy
                .edit(Selector::first(1_000, &operation), move |text| with_json(text, place, &defaults));
            operations.push(operation);
        }
        for (operation, elements) in XML_DEFAULTS {
            let operation = format!("{operation}{ending}");
            twin.proxy.edit(Selector::first(1_000, &operation), move |text| {
                elements
                    .iter()
                    .fold(text.to_owned(), |text, (element, additions)| with_xml(&text, element, additions))
            });
            operations.push(operation);
        }
    }
    operations
}

#[testbed::test(emulator)]
async fn members_that_aws_adds_by_default_are_no_drift() {
    let twin = twin_with_zone().await;
    let environment = format!("{}{CHAT}{STREAMING}{ALARMS}{BUDGET}", with_bedrock());
    twin.write("environments/dev.yaml", environment);
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    let mut operations = add_defaults(&twin, &[""]);
    for (operation, place, defaults) in json_defaults_of_options() {
        twin.proxy.edit(Selector::first(1_000, operation), move |text| with_json(text, place, &defaults));
        operations.push(operation.to_owned());
    }
    twin.plan().await.exits_with(0);
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert!(twin.writes().is_empty(), "{:?}", twin.writes());
    let calls = twin.proxy.calls();
    let unused: Vec<_> = operations
        .iter()
        .filter(|operation| !calls.iter().any(|call| call.operation == **operation))
        .collect();
    assert!(unused.is_empty(), "not called: {unused:?}");
}
