//! The DNS records that the owner of a domain has still to write, where another host keeps it.

use crate::targets::{
    aws::{
        dns::{Found, Kind, Resolver},
        resources::{
            CertificateOutput,
            domain::{Resolution, resolve},
        },
    },
    missing_record::{MissingRecord, Purpose},
};

/// Asks public DNS, all at once, what is still missing. What nobody can be asked about is told as well.
pub(crate) async fn missing(
    dns: &dyn Resolver,
    names: &[String],
    certificate: Option<&CertificateOutput>,
    host: Option<&str>,
) -> Vec<MissingRecord> {
    let proofs = certificate.filter(|certificate| !certificate.issued).into_iter();
    let proofs = proofs.flat_map(|certificate| &certificate.validation_records).map(async |proof| {
        let told = dns.ask(&proof.name, Kind::Cname).await;
        let there = match told {
            Ok(told) if told.contains(&Found::Cname(proof.value.clone())) => return None,
            Ok(told) => told.into_iter().find_map(alias),
            Err(_) => None,
        };
        Some(cname(&proof.name, &proof.value, Purpose::Proof, there))
    });
    let visitors = names.iter().filter_map(|name| Some((name, host?))).map(async |(name, host)| {
        let there = match resolve(dns, name, host).await {
            Resolution::Here => return None,
            Resolution::Elsewhere(there) => Some(there),
            Resolution::Nowhere | Resolution::Unknown => None,
        };
        Some(cname(name, host, Purpose::Visitors, there))
    });
    let (proofs, visitors) =
        tokio::join!(futures_util::future::join_all(proofs), futures_util::future::join_all(visitors));
    proofs.into_iter().chain(visitors).flatten().collect()
}

fn alias(found: Found) -> Option<String> {
    match found {
        Found::Cname(alias) => Some(alias),
        _ => None,
    }
}

fn cname(name: &str, value: &str, purpose: Purpose, there: Option<String>) -> MissingRecord {
    MissingRecord { name: name.to_owned(), kind: "CNAME", value: value.to_owned(), purpose, there }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::{
        aws::{dns::script::Names, resources::certificate::ValidationRecord},
        missing_record,
    };

    fn pending() -> CertificateOutput {
        let proof = ValidationRecord {
            hostname: "ada.example".to_owned(),
            name: "_a.ada.example".to_owned(),
            value: "_b.acm-validations.aws".to_owned(),
        };
        CertificateOutput { arn: "arn".to_owned(), issued: false, validation_records: vec![proof] }
    }

    #[tokio::test]
    async fn what_public_dns_lacks_is_told_and_nothing_else() {
        let names = ["ada.example".to_owned(), "chat.ada.example".to_owned()];
        let host = "d1.cloudfront.net";
        let alias = |to: &str| [Found::Cname(to.to_owned())];
        let dns = Names::online().with("chat.ada.example", Kind::A, alias("d2.cloudfront.net"));
        let records = missing(&dns, &names, Some(&pending()), Some(host)).await;
        insta::assert_snapshot!(missing_record::describe(&records).join("\n"));
        let dns = Names::online()
            .with("_a.ada.example", Kind::Cname, alias("_b.acm-validations.aws"))
            .with("ada.example", Kind::A, alias(host))
            .with("chat.ada.example", Kind::A, alias(host));
        assert_eq!(missing(&dns, &names, Some(&pending()), Some(host)).await, []);
        assert_eq!(missing(&Names::default(), &names, Some(&pending()), Some(host)).await.len(), 3);
    }
}
