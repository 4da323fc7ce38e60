//! Converts SDK errors to faults. One table assigns a class to each error code.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse,
    result::{SdkError, ServiceError},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use reconcile::{Class, Fault};

use crate::ui::{ApiError, LastingError};

/// Converts the result of an SDK call.
pub trait SdkResult<T> {
    /// Converts an error to a fault. `action` is the IAM action, for example `s3:GetObject`.
    fn fault(self, action: &'static str) -> Result<T, Fault>;

    /// Like `fault`, but returns `None` for the error codes in `missing`, which mean that the resource does not
    /// exist.
    fn found(self, action: &'static str, missing: &[&str]) -> Result<Option<T>, Fault>;

    /// Like `fault`, but succeeds for the error codes in `already`, which mean that the change was made before.
    fn done(self, action: &'static str, already: &[&str]) -> Result<(), Fault>
    where
        Self: Sized,
    {
        self.found(action, already).map(drop)
    }
}

impl<T, E> SdkResult<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn fault(self, action: &'static str) -> Result<T, Fault> {
        self.map_err(|error| fault(action, &error))
    }

    fn found(self, action: &'static str, missing: &[&str]) -> Result<Option<T>, Fault> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(error) if missing.contains(&api_error(action, &error).code.as_str()) => Ok(None),
            Err(error) => Err(fault(action, &error)),
        }
    }
}

/// The response headers that can contain the request ID.
pub(super) const REQUEST_IDS: [&str; 3] = ["x-amzn-requestid", "x-amz-request-id", "apigw-requestid"];

/// Converts an SDK error to a fault.
pub fn fault<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    // Missing credentials are explained without the call that needs them.
    if let Some(missing) = causes(error).find_map(|cause| cause.downcast_ref::<LastingError>()) {
        return Fault::new(Class::Credentials, missing.clone());
    }
    let error = api_error(action, error);
    Fault::new(error.class, error)
}

fn api_error<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let without_response = |class: Class, code: &str| ApiError {
        action,
        code: code.to_owned(),
        message: innermost(error),
        request_id: None,
        class,
    };
    match error {
        // For example, the response of a proxy or of a network's login page.
        SdkError::ServiceError(context) if context.err().code().is_none() && is_unreadable(context) => {
            unreadable(action, error, context.raw().status().as_u16())
        }
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let code = context.err().code().map_or_else(|| status.to_string(), ToOwned::to_owned);
            let message = context.err().message().unwrap_or_default().to_owned();
            let headers = context.raw().headers();
            let request_id = REQUEST_IDS.iter().find_map(|name| headers.get(*name));
            let request_id = request_id.map(ToOwned::to_owned);
            ApiError { action, class: class(&code, &message, status), code, message, request_id }
        }
        _ if lacks_credentials(error) => without_response(Class::Credentials, "no credentials"),
        SdkError::ConstructionFailure(_) => without_response(Class::Refused, "invalid request"),
        SdkError::ResponseError(_) => without_response(Class::Unavailable, "unreadable response"),
        SdkError::TimeoutError(_) => without_response(Class::Unavailable, "timeout"),
        _ => without_response(Class::Unavailable, "no response"),
    }
}

/// Returns whether a response without an error code is not from AWS. AWS describes every error, except for HEAD requests,
/// whose responses have no body.
fn is_unreadable<E: ProvideErrorMetadata>(context: &ServiceError<E, HttpResponse>) -> bool {
    let response = context.raw();
    let has_body = response.body().bytes().is_some_and(|body| !body.is_empty());
    response.status().is_success() || has_body && context.err().message().is_none()
}

fn unreadable(action: &'static str, error: &(dyn Error + 'static), status: u16) -> ApiError {
    let code = "unreadable response".to_owned();
    let (class, message) = match status {
        ..300 => (Class::Unavailable, innermost(error)),
        _ => (
            class("", "", status),
            format!("HTTP status {status} without an error of AWS; it may come from a proxy or a firewall"),
        ),
    };
    ApiError { action, code, message, request_id: None, class }
}

fn class(code: &str, message: &str, status: u16) -> Class {
    // Some services add a namespace before the code or a URL after it.
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code);
    if is_propagating(code, message) {
        return Class::Propagating;
    }
    // The hosted zone was just created or moved. The error code alone looks like that of an invalid request.
    if message.contains("marked disabled for mutation") {
        return Class::Busy;
    }
    let listed = CLASSES.iter().find(|(_, codes)| codes.contains(&code)).map(|(class, _)| *class);
    listed.unwrap_or(match status {
        404 => Class::Stale,
        429 => Class::Throttled,
        500.. => Class::Unavailable,
        _ => Class::Refused,
    })
}

/// Returns whether a resource was just created and is not yet known to all of AWS. The error code alone is ambiguous,
/// so the message must match too. The phrases contain no resource names, so no resource name can match by accident.
fn is_propagating(code: &str, message: &str) -> bool {
    let phrases: &[&str] = match code {
        "InvalidParameterValueException" => &[
            "The role defined for the function cannot be assumed by Lambda",
            "The provided execution role does not have permissions",
            "KMS key is invalid for CreateGrant",
        ],
        // The secret was just scheduled for deletion, and the read before this call did not see that yet.
        "InvalidRequestException" => &["scheduled for deletion", "marked for deletion"],
        // The certificate was just issued, and CloudFront does not know it yet.
        "InvalidViewerCertificate" => &["The specified SSL certificate doesn't exist"],
        "MalformedPolicyDocument" | "MalformedPolicy" => &["Invalid principal in policy"],
        _ => &[],
    };
    phrases.iter().any(|phrase| message.contains(phrase))
}

/// Error codes by class. An unlisted code is classified by its HTTP status; most 4xx are final.
const CLASSES: &[(Class, &[&str])] = &[
    (
        Class::Throttled,
        &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "RequestLimitExceeded",
            "TooManyRequestsException",
            "ProvisionedThroughputExceededException",
            "SlowDown",
            "PriorRequestNotComplete",
            "TooManyInvalidationsInProgress",
        ],
    ),
    (
        // The resource is being changed or is still in use. The error is temporary.
        Class::Busy,
        &[
            "ConcurrentAccess",
            "ConcurrentModification",
            "ConcurrentModificationException",
            "ConditionalRequestConflict",
            "ConflictException",
            "DeleteConflict",
            "BucketNotEmpty",
            "DistributionNotDisabled",
            "FunctionInUse",
            "OperationAborted",
            "OperationAbortedException",
            "OriginAccessControlInUse",
            "ResourceConflict",
            "ResourceConflictException",
            "ReplicatedWriteConflictException",
            "RequestInProgressException",
            "ResourceInUseException",
            "ResponseHeadersPolicyInUse",
            "StaleTag",
            "TransactionConflictException",
        ],
    ),
    (
        // The resource was created by an earlier call whose response was lost, is already deleted, is not visible
        // everywhere yet, or has changed since it was read. The engine reads it again and decides.
        Class::Stale,
        &[
            "BucketAlreadyOwnedByYou",
            "DistributionAlreadyExists",
            "DuplicateRecordException",
            "EntityAlreadyExists",
            "FunctionAlreadyExists",
            "InvalidChangeBatch",
            "InvalidIfMatchVersion",
            "NoSuchBucket",
            "NoSuchDistribution",
            "NoSuchEntity",
            "NoSuchFunctionExists",
            "NoSuchOriginAccessControl",
            "NoSuchResponseHeadersPolicy",
            "NotFound",
            "NotFoundException",
            "OriginAccessControlAlreadyExists",
            "PreconditionFailed",
            "PreconditionFailedException",
            "ResourceAlreadyExistsException",
            "ResourceExistsException",
            "ResourceNotFound",
            "ResourceNotFoundException",
            "ResponseHeadersPolicyAlreadyExists",
        ],
    ),
    (
        Class::Denied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
            "Forbidden",
            "ForbiddenException",
            "NotAuthorized",
            "UnauthorizedException",
            "UnauthorizedOperation",
        ],
    ),
    (
        Class::Credentials,
        &[
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "InvalidToken",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ],
    ),
    (
        Class::Unavailable,
        &[
            "InternalError",
            "InternalErrorException",
            "InternalFailure",
            "InternalServerError",
            "InternalServiceError",
            // IAM could not reach GitHub.
            "OpenIdIdpCommunicationError",
            "RequestTimeout",
            "RequestTimeoutException",
            "ServiceException",
            "ServiceFailure",
            "ServiceFailureException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ],
    ),
    (
        // Lambda returns these with status 502, although repeating the call cannot help.
        Class::Refused,
        &[
            "InvalidRuntimeException",
            "InvalidZipFileException",
            "KMSDisabledException",
            "KMSNotFoundException",
        ],
    ),
];

/// Returns whether no credentials were found, or they could not be refreshed.
fn lacks_credentials(error: &(dyn Error + 'static)) -> bool {
    causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>()).is_some()
}

pub(super) fn causes<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_one_class_only() {
        let mut all: Vec<_> = CLASSES.iter().flat_map(|(_, codes)| codes.iter()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn errors_are_classified_by_code_and_otherwise_by_status() {
        let table = [
            ("ThrottlingException", 400, Class::Throttled),
            ("com.amazonaws.dynamodb.v20120810#ThrottlingException", 400, Class::Throttled),
            ("ResourceConflictException", 409, Class::Busy),
            ("BucketAlreadyOwnedByYou", 409, Class::Stale),
            ("BucketAlreadyExists", 409, Class::Refused),
            ("AccessDenied", 403, Class::Denied),
            ("ExpiredToken", 400, Class::Credentials),
            ("InvalidParameterValueException", 400, Class::Refused),
            ("InvalidZipFileException", 502, Class::Refused),
            ("503", 503, Class::Unavailable),
            ("404", 404, Class::Stale),
            ("429", 429, Class::Throttled),
        ];
        for (code, status, expected) in table {
            assert_eq!(class(code, "", status), expected, "{code}");
        }
    }

    #[test]
    fn messages_are_matched_only_together_with_their_code() {
        let phrase = "The role defined for the function cannot be assumed by Lambda.";
        assert_eq!(class("InvalidParameterValueException", phrase, 400), Class::Propagating);
        assert_eq!(class("ValidationException", phrase, 400), Class::Refused);
        let named = "1 validation error: functionName `cannot-be-assumed` is too long";
        assert_eq!(class("InvalidParameterValueException", named, 400), Class::Refused);
    }
}
