//! The permissions of the nightly sweep: what a destroy needs, and nothing that creates a resource or uploads a file.

use crate::targets::aws::permissions::Permission;

/// The permissions that a destroy uses, by their names, and the actions that it uses of each.
const USED: [(&str, &[&str]); 25] = [
    ("ChangeAlarms", &["cloudwatch:DeleteAlarms"]),
    ("ChangeApi", &["apigateway:DELETE"]),
    ("ChangeBudget", &["budgets:ModifyBudget"]),
    ("ChangeBuckets", &["s3:DeleteBucket", "s3:ListBucketVersions"]),
    ("ChangeCertificate", &["acm:DeleteCertificate"]),
    ("ChangeDashboard", &["cloudwatch:DeleteDashboards"]),
    (
        "ChangeDelivery",
        &[
            "cloudfront:DeleteOriginAccessControl",
            "cloudfront:DeleteResponseHeadersPolicy",
            "cloudfront:GetOriginAccessControl",
            "cloudfront:GetResponseHeadersPolicy",
        ],
    ),
    // A distribution is disabled before it is deleted.
    ("ChangeDistribution", &["cloudfront:DeleteDistribution", "cloudfront:UpdateDistribution"]),
    ("ChangeFilters", &["logs:DeleteMetricFilter"]),
    ("ChangeFunction", &["lambda:DeleteFunction"]),
    ("ChangeKey", &["secretsmanager:DeleteSecret"]),
    // A destroy ends a canary first, which moves the alias.
    ("ChangeLive", &["lambda:DeleteAlias", "lambda:UpdateAlias"]),
    ("ChangeLogGroup", &["logs:DeleteLogGroup"]),
    ("ChangePaths", &["cloudfront:DeleteFunction"]),
    ("ChangeStreamApi", &["apigateway:DELETE"]),
    ("ChangeTopic", &["sns:DeleteTopic"]),
    ("ChangeUsageTable", &["dynamodb:DeleteTable", "dynamodb:UpdateTable"]),
    ("ChangeWebAccess", &["s3:DeleteBucketPolicy"]),
    ("EmptyBuckets", &["s3:DeleteObject", "s3:DeleteObjectVersion"]),
    ("GrantWithinTheBoundary", &["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"]),
    // API Gateway ends the delivery of access logs for the caller.
    ("LetApiLog", &["logs:DeleteLogDelivery", "logs:GetLogDelivery", "logs:ListLogDeliveries"]),
    ("WaitForRecords", &["route53:GetChange"]),
    ("WriteAddresses", RECORDS),
    ("WriteValidation", RECORDS),
    ("WriteRecord", &["dynamodb:DeleteItem", "dynamodb:UpdateItem"]),
];
const RECORDS: &[&str] = &["route53:ChangeResourceRecordSets"];

/// Returns the permissions to delete an environment. `all` are those to deploy it.
pub(super) fn permissions(all: &[Permission]) -> Vec<Permission> {
    let used = |permission: &Permission| {
        let (_, actions) = USED.iter().find(|(name, _)| *name == permission.name())?;
        let limited = permission.limited_to(actions);
        Some(limited.narrowed("route53:ChangeResourceRecordSetsActions", "DELETE"))
    };
    all.iter().filter_map(used).collect()
}
