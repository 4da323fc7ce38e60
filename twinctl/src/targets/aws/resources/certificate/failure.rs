//! Why a certificate was not issued, and what to do about it.

use aws_sdk_acm::types::{CertificateStatus, FailureReason};

use super::catalogue::Held;

pub(super) fn sentence(held: &Held) -> String {
    let names = held.names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (why, next) = reason(held);
    format!("the certificate for {names} was not issued: {why}. {next}; then deploy again")
}

fn reason(held: &Held) -> (String, &'static str) {
    let (why, next) = match (&held.status, &held.failure) {
        (CertificateStatus::ValidationTimedOut, _) => (
            "its validation record was not seen in public DNS for three days",
            "Let the domain's registrar name the name servers of the zone that holds the record",
        ),
        (CertificateStatus::Expired, _) => ("it has expired", "A new one is made by the next deploy"),
        (CertificateStatus::Revoked, _) => ("it was revoked", "Find out by whom in the AWS console"),
        (_, Some(FailureReason::CaaError)) => (
            "a CAA record of the domain lets Amazon issue no certificates (CAA_ERROR)",
            "Add a CAA record `0 issue \"amazon.com\"`, or delete the others",
        ),
        (_, Some(FailureReason::AdditionalVerificationRequired)) => (
            "Amazon wants to look at it first (ADDITIONAL_VERIFICATION_REQUIRED)",
            "Ask AWS Support to let the name through",
        ),
        (_, Some(FailureReason::DomainNotAllowed)) => (
            "the name is on a list of unsafe sites (DOMAIN_NOT_ALLOWED)",
            "Ask AWS Support, or take another name",
        ),
        (_, Some(FailureReason::InvalidPublicDomain)) => (
            "the name does not end with a public domain (INVALID_PUBLIC_DOMAIN)",
            "Take a name below a domain that you own",
        ),
        (_, Some(FailureReason::NoAvailableContacts)) => (
            "nobody could be asked whose the name is (NO_AVAILABLE_CONTACTS)",
            "Make sure that the domain is registered, and resolves in public DNS",
        ),
        (_, Some(FailureReason::DomainValidationDenied)) => {
            ("the domain's owner said no (DOMAIN_VALIDATION_DENIED)", "Take another name")
        }
        (status, Some(other)) => {
            return (
                format!("ACM says {status}, because of {other}"),
                "See the certificate in the AWS console",
            );
        }
        (status, None) => return (format!("ACM says {status}"), "See the certificate in the AWS console"),
    };
    (why.to_owned(), next)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn each_failure_is_said_with_what_to_do() {
        let failures = [
            "CAA_ERROR",
            "ADDITIONAL_VERIFICATION_REQUIRED",
            "DOMAIN_NOT_ALLOWED",
            "INVALID_PUBLIC_DOMAIN",
            "NO_AVAILABLE_CONTACTS",
            "DOMAIN_VALIDATION_DENIED",
            "OTHER",
        ];
        let failed = failures.map(|failure| (CertificateStatus::Failed, Some(FailureReason::from(failure))));
        let ended = [
            CertificateStatus::ValidationTimedOut,
            CertificateStatus::Expired,
            CertificateStatus::Revoked,
            CertificateStatus::Failed,
        ]
        .map(|status| (status, None));
        let said = failed.into_iter().chain(ended).map(|(status, failure)| {
            sentence(&Held {
                arn: String::new(),
                names: BTreeSet::from(["ada.example".to_owned(), "chat.ada.example".to_owned()]),
                status,
                failure,
                proofs: vec![],
                in_use: false,
                tags: BTreeMap::new(),
            })
        });
        insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"));
    }
}
