//! The DNS records that the owner of a domain still has to create, if another provider hosts the domain.

use crate::targets::{
    aws::{
        dns::{DnsRecord, RecordType, Resolver},
        resources::{
            CertificateOutput,
            domain::{Resolution, resolve},
        },
    },
    missing_record::{MissingRecord, Purpose},
};

/// Looks up all records concurrently. Returns those that are missing or different in public DNS, or that could not be
/// looked up.
pub(crate) async fn missing(
    dns: &dyn Resolver,
    names: &[String],
    certificate: Option<&CertificateOutput>,
    host: Option<&str>,
) -> Vec<MissingRecord> {
    let validation = certificate.filter(|certificate| !certificate.issued).into_iter();
    let validation = validation.flat_map(|certificate| &certificate.validation_records).map(async |record| {
        let response = dns.lookup(&record.name, RecordType::Cname).await;
        let current = match response {
            Ok(found) if found.contains(&DnsRecord::Cname(record.value.clone())) => return None,
            Ok(found) => found.into_iter().find_map(alias),
            Err(_) => None,
        };
        Some(cname(&record.name, &record.value, Purpose::Validation, current))
    });
    let visitors = names.iter().filter_map(|name| Some((name, host?))).map(async |(name, host)| {
        let current = match resolve(dns, name, host).await {
            Resolution::Here => return None,
            Resolution::Elsewhere(target) => Some(target),
            Resolution::Nowhere | Resolution::Unknown => None,
        };
        Some(cname(name, host, Purpose::Traffic, current))
    });
    let (validation, visitors) =
        tokio::join!(futures_util::future::join_all(validation), futures_util::future::join_all(visitors));
    validation.into_iter().chain(visitors).flatten().collect()
}

fn alias(record: DnsRecord) -> Option<String> {
    match record {
        DnsRecord::Cname(alias) => Some(alias),
        _ => None,
    }
}

fn cname(name: &str, value: &str, purpose: Purpose, current_value: Option<String>) -> MissingRecord {
    MissingRecord {
        name: name.to_owned(),
        record_type: "CNAME",
        value: value.to_owned(),
        purpose,
        current_value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::{
        aws::{dns::script::ScriptedDns, resources::certificate::ValidationRecord},
        missing_record,
    };

    fn pending() -> CertificateOutput {
        let record = ValidationRecord {
            hostname: "ada.example".to_owned(),
            name: "_a.ada.example".to_owned(),
            value: "_b.acm-validations.aws".to_owned(),
        };
        CertificateOutput { arn: "arn".to_owned(), issued: false, validation_records: vec![record] }
    }

    #[tokio::test]
    async fn only_records_that_public_dns_lacks_are_reported() {
        let names = ["ada.example".to_owned(), "chat.ada.example".to_owned()];
        let host = "d1.cloudfront.net";
        let alias = |to: &str| [DnsRecord::Cname(to.to_owned())];
        let dns = ScriptedDns::online().with("chat.ada.example", RecordType::A, alias("d2.cloudfront.net"));
        let records = missing(&dns, &names, Some(&pending()), Some(host)).await;
        insta::assert_snapshot!(missing_record::describe(&records).join("\n"));
        let dns = ScriptedDns::online()
            .with("_a.ada.example", RecordType::Cname, alias("_b.acm-validations.aws"))
            .with("ada.example", RecordType::A, alias(host))
            .with("chat.ada.example", RecordType::A, alias(host));
        assert_eq!(missing(&dns, &names, Some(&pending()), Some(host)).await, []);
        assert_eq!(missing(&ScriptedDns::default(), &names, Some(&pending()), Some(host)).await.len(), 3);
    }
}
