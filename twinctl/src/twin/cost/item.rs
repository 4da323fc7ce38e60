//! The items that AWS charges for, as far as a twin uses them.

use serde::Serialize;

/// An item on AWS's bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Item {
    LambdaRequests,
    LambdaX86,
    LambdaArm,
    HttpApiRequests,
    RestApiRequests,
    CloudFrontRequests,
    CloudFrontTransfer,
    CloudFrontFunctions,
    S3Storage,
    S3Writes,
    S3Reads,
    DynamoDbWrites,
    DynamoDbReads,
    LogIngestion,
    LogStorage,
    Metrics,
    Alarms,
    Dashboards,
    Secrets,
    SecretReads,
    HostedZones,
}

impl Item {
    /// Returns the service that charges for the item.
    pub(super) const fn service(self) -> &'static str {
        match self {
            Self::LambdaRequests | Self::LambdaX86 | Self::LambdaArm => "Lambda",
            Self::HttpApiRequests => "API Gateway (HTTP)",
            Self::RestApiRequests => "API Gateway (REST)",
            Self::CloudFrontRequests | Self::CloudFrontTransfer | Self::CloudFrontFunctions => "CloudFront",
            Self::S3Storage | Self::S3Writes | Self::S3Reads => "S3",
            Self::DynamoDbWrites | Self::DynamoDbReads => "DynamoDB",
            Self::LogIngestion | Self::LogStorage | Self::Metrics | Self::Alarms | Self::Dashboards => {
                "CloudWatch"
            }
            Self::Secrets | Self::SecretReads => "Secrets Manager",
            Self::HostedZones => "Route 53",
        }
    }

    /// Returns what is counted, in the plural.
    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::LambdaRequests
            | Self::HttpApiRequests
            | Self::RestApiRequests
            | Self::CloudFrontRequests => "requests",
            Self::LambdaX86 => "GB-seconds (x86_64)",
            Self::LambdaArm => "GB-seconds (arm64)",
            Self::CloudFrontTransfer => "GB to visitors",
            Self::CloudFrontFunctions => "function calls",
            Self::S3Storage => "GB stored",
            Self::S3Writes | Self::DynamoDbWrites => "writes",
            Self::S3Reads | Self::DynamoDbReads | Self::SecretReads => "reads",
            Self::LogIngestion => "GB of logs",
            Self::LogStorage => "GB of logs kept",
            Self::Metrics => "metrics",
            Self::Alarms => "alarms",
            Self::Dashboards => "dashboards",
            Self::Secrets => "secrets",
            Self::HostedZones => "hosted zones",
        }
    }
}
