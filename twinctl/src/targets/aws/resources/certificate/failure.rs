//! Explains why a certificate was not issued and how to fix it.

use aws_sdk_acm::types::{CertificateStatus, FailureReason};

use super::catalog::ExistingCertificate;

pub(super) fn explain(certificate: &ExistingCertificate) -> String {
    let names = certificate.names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (reason, fix) = reason_and_fix(certificate);
    format!("the certificate for {names} was not issued: {reason}. {fix}deploy again")
}

/// Returns the reason and the beginning of a sentence that ends with "deploy again".
fn reason_and_fix(certificate: &ExistingCertificate) -> (String, &'static str) {
    const SEE_CONSOLE: &str = "See the certificate in the AWS console, then ";
    let (reason, fix) = match (&certificate.status, &certificate.failure) {
        (CertificateStatus::ValidationTimedOut, _) => (
            "its validation record did not appear in public DNS within three days",
            "Set the name servers of the zone that contains the record at the domain's registrar, then ",
        ),
        (CertificateStatus::Expired, _) => ("it has expired", "For a new one, "),
        (CertificateStatus::Revoked, _) => ("it was revoked", SEE_CONSOLE),
        (_, Some(FailureReason::CaaError)) => (
            "a CAA record of the domain forbids Amazon to issue certificates (CAA_ERROR)",
            "Add a CAA record `0 issue \"amazon.com\"` or delete the other CAA records, then ",
        ),
        (_, Some(FailureReason::AdditionalVerificationRequired)) => (
            "Amazon requires additional verification (ADDITIONAL_VERIFICATION_REQUIRED)",
            "Ask AWS Support to verify the name, then ",
        ),
        (_, Some(FailureReason::DomainNotAllowed)) => (
            "the name is on a list of unsafe sites (DOMAIN_NOT_ALLOWED)",
            "Contact AWS Support or choose another name, then ",
        ),
        (_, Some(FailureReason::InvalidPublicDomain)) => (
            "the name does not end with a public domain (INVALID_PUBLIC_DOMAIN)",
            "Choose a name below a domain that you own, then ",
        ),
        (_, Some(FailureReason::NoAvailableContacts)) => (
            "the domain has no contacts for validation (NO_AVAILABLE_CONTACTS)",
            "Make sure that the domain is registered and resolves in public DNS, then ",
        ),
        (_, Some(FailureReason::DomainValidationDenied)) => {
            ("the domain's owner denied it (DOMAIN_VALIDATION_DENIED)", "Choose another name, then ")
        }
        (status, Some(other)) => {
            return (format!("ACM reports {status} with the reason {other}"), SEE_CONSOLE);
        }
        (status, None) => return (format!("ACM reports {status}"), SEE_CONSOLE),
    };
    (reason.to_owned(), fix)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_failure_is_reported_with_a_fix() {
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
        let explanations = failed.into_iter().chain(ended).map(|(status, failure)| {
            explain(&ExistingCertificate {
                arn: String::new(),
                names: BTreeSet::from(["ada.example".to_owned(), "chat.ada.example".to_owned()]),
                status,
                failure,
                validation_records: vec![],
                in_use: false,
                tags: BTreeMap::new(),
            })
        });
        insta::assert_snapshot!(explanations.collect::<Vec<_>>().join("\n"));
    }
}
