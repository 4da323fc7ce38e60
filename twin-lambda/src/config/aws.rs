//! The AWS region, credentials and endpoints.

use std::fmt;

use super::reader::Reader;

#[derive(Clone, Debug)]
pub struct AwsSettings {
    pub region: String,
    pub credentials: Option<Credentials>,
    endpoint: Option<String>,
    service_endpoints: [Option<String>; 4],
}

#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

/// An AWS service that the twin calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    S3,
    Bedrock,
    SecretsManager,
    DynamoDb,
}

impl Service {
    const ALL: [Self; 4] = [Self::S3, Self::Bedrock, Self::SecretsManager, Self::DynamoDb];

    /// Returns the service name in signatures.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Bedrock => "bedrock",
            Self::SecretsManager => "secretsmanager",
            Self::DynamoDb => "dynamodb",
        }
    }

    fn host_prefix(self) -> &'static str {
        match self {
            Self::Bedrock => "bedrock-runtime",
            other => other.signing_name(),
        }
    }

    fn endpoint_variable(self) -> &'static str {
        match self {
            Self::S3 => "AWS_ENDPOINT_URL_S3",
            Self::Bedrock => "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
            Self::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
        }
    }
}

impl AwsSettings {
    pub(super) fn read(reader: &Reader) -> Self {
        let url = |name| reader.text(&[name]).map(|url| url.trim_end_matches('/').to_owned());
        let credentials = reader.text(&["AWS_ACCESS_KEY_ID"]).zip(reader.text(&["AWS_SECRET_ACCESS_KEY"]));
        Self {
            region: region(reader),
            credentials: credentials.map(|(access_key_id, secret_access_key)| Credentials {
                access_key_id,
                secret_access_key,
                session_token: reader.text(&["AWS_SESSION_TOKEN"]),
            }),
            endpoint: url("AWS_ENDPOINT_URL"),
            service_endpoints: Service::ALL.map(|service| url(service.endpoint_variable())),
        }
    }

    /// Returns the configured endpoint of a service, if any: an emulator or a private endpoint.
    pub fn custom_endpoint(&self, service: Service) -> Option<&str> {
        self.service_endpoints[service as usize].as_deref().or(self.endpoint.as_deref())
    }

    pub fn endpoint(&self, service: Service) -> String {
        self.custom_endpoint(service).map_or_else(
            || format!("https://{}.{}.amazonaws.com", service.host_prefix(), self.region),
            ToOwned::to_owned,
        )
    }

    /// Returns the URL of a bucket: its own hostname on AWS, or a path on a custom endpoint. If the bucket's name
    /// contains a dot, it is a path too, because the certificate does not match such a hostname.
    pub fn bucket_url(&self, bucket: &str) -> String {
        if self.custom_endpoint(Service::S3).is_some() || bucket.contains('.') {
            format!("{}/{bucket}", self.endpoint(Service::S3))
        } else {
            format!("https://{bucket}.s3.{}.amazonaws.com", self.region)
        }
    }
}

pub(super) fn region(reader: &Reader) -> String {
    reader
        .text(&["AWS_REGION", "AWS_DEFAULT_REGION", "DEFAULT_AWS_REGION"])
        .unwrap_or_else(|| "us-east-1".to_owned())
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}
