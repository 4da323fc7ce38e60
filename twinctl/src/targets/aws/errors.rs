//! The one table from an SDK error to its class, by code.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use reconcile::{Class, Fault};

use crate::ui::ApiError;

/// What a resource does with the SDK's answers.
pub trait Answer<T> {
    /// Any failure is a fault. `action` is service and operation as IAM names them.
    fn fault(self, action: &'static str) -> Result<T, Fault>;

    /// Like `fault`, but the codes in `missing` say that there is no such thing.
    fn found(self, action: &'static str, missing: &[&str]) -> Result<Option<T>, Fault>;

    /// Like `fault`, but the codes in `already` say that it was done before.
    fn done(self, action: &'static str, already: &[&str]) -> Result<(), Fault>
    where
        Self: Sized,
    {
        self.found(action, already).map(drop)
    }
}

impl<T, E> Answer<T> for Result<T, SdkError<E, HttpResponse>>
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

/// The fault that an SDK error stands for.
pub fn fault<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let error = api_error(action, error);
    Fault::new(error.class, error)
}

fn api_error<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let without_answer = |class: Class, code: &str| ApiError {
        action,
        code: code.to_owned(),
        message: innermost(error),
        request_id: None,
        class,
    };
    match error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let code = context.err().code().map_or_else(|| status.to_string(), ToOwned::to_owned);
            let message = context.err().message().unwrap_or_default().to_owned();
            let headers = context.raw().headers();
            let request_id = REQUEST_IDS.iter().find_map(|name| headers.get(*name));
            let request_id = request_id.map(ToOwned::to_owned);
            ApiError { action, class: class(&code, &message, status), code, message, request_id }
        }
        _ if lacks_credentials(error) => without_answer(Class::Credentials, "no credentials"),
        SdkError::ConstructionFailure(_) => without_answer(Class::Refused, "the request could not be made"),
        SdkError::TimeoutError(_) => without_answer(Class::Unavailable, "no answer in time"),
        _ => without_answer(Class::Unavailable, "no answer"),
    }
}

fn class(code: &str, message: &str, status: u16) -> Class {
    // Some services put a namespace before the code, or an address behind it.
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code);
    if propagating(code, message) {
        return Class::Propagating;
    }
    // A hosted zone that was made or moved a moment ago; no code tells it from a mistake of ours.
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

/// A new role or principal is known to the rest of AWS only after a while, and the code alone does not tell.
/// The whole phrases hold no name of ours, so that no name can look like one of them.
fn propagating(code: &str, message: &str) -> bool {
    let phrases: &[&str] = match code {
        "InvalidParameterValueException" => &[
            "The role defined for the function cannot be assumed by Lambda",
            "The provided execution role does not have permissions",
            "KMS key is invalid for CreateGrant",
        ],
        // A secret that was given up a moment ago, and a read that did not know it yet.
        "InvalidRequestException" => &["scheduled for deletion", "marked for deletion"],
        // Issued a moment ago, and CloudFront does not know it yet.
        "InvalidViewerCertificate" => &["The specified SSL certificate doesn't exist"],
        "MalformedPolicyDocument" | "MalformedPolicy" => &["Invalid principal in policy"],
        _ => &[],
    };
    phrases.iter().any(|phrase| message.contains(phrase))
}

/// Codes by class. What is in no list goes by its HTTP status; a 4xx is final.
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
        // Being changed, or still used: it passes when the other is done.
        Class::Busy,
        &[
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
            "ResourceConflictException",
            "RequestInProgressException",
            "ResourceInUseException",
            "ResponseHeadersPolicyInUse",
        ],
    ),
    (
        // There already: a call whose answer was lost has made it. Gone already, or not known everywhere yet. Changed
        // since it was read. Each time the next look decides.
        Class::Stale,
        &[
            "BucketAlreadyOwnedByYou",
            "DistributionAlreadyExists",
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
            "NotFoundException",
            "OriginAccessControlAlreadyExists",
            "PreconditionFailed",
            "ResourceAlreadyExistsException",
            "ResourceExistsException",
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
            "InternalFailure",
            "InternalServerError",
            "RequestTimeout",
            "RequestTimeoutException",
            "ServiceException",
            "ServiceFailure",
            "ServiceFailureException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ],
    ),
];

/// No signature could be made, because no credentials were found or they could not be refreshed.
fn lacks_credentials(error: &(dyn Error + 'static)) -> bool {
    causes(error).find_map(|cause| cause.downcast_ref::<Lacking>()).is_some()
}

type Lacking = aws_credential_types::provider::error::CredentialsError;

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
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
    fn codes_decide_and_status_only_where_there_is_none() {
        let table = [
            ("ThrottlingException", 400, Class::Throttled),
            ("com.amazonaws.dynamodb.v20120810#ThrottlingException", 400, Class::Throttled),
            ("ResourceConflictException", 409, Class::Busy),
            ("BucketAlreadyOwnedByYou", 409, Class::Stale),
            ("BucketAlreadyExists", 409, Class::Refused),
            ("AccessDenied", 403, Class::Denied),
            ("ExpiredToken", 400, Class::Credentials),
            ("InvalidParameterValueException", 400, Class::Refused),
            ("503", 503, Class::Unavailable),
            ("404", 404, Class::Stale),
            ("429", 429, Class::Throttled),
        ];
        for (code, status, expected) in table {
            assert_eq!(class(code, "", status), expected, "{code}");
        }
    }

    #[test]
    fn wordings_count_only_with_their_code() {
        let phrase = "The role defined for the function cannot be assumed by Lambda.";
        assert_eq!(class("InvalidParameterValueException", phrase, 400), Class::Propagating);
        assert_eq!(class("ValidationException", phrase, 400), Class::Refused);
        let named = "1 validation error: functionName `cannot-be-assumed` is too long";
        assert_eq!(class("InvalidParameterValueException", named, 400), Class::Refused);
    }
}
