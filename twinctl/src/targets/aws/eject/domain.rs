//! The certificate of a domain, and its DNS records in Route 53.

use std::collections::BTreeMap;

use aws_sdk_acm::types::{CertificateDetail, DomainValidation, ValidationMethod};
use aws_sdk_route53::types::{AliasTarget, ResourceRecord, RrType};
use reconcile::Fault;
use serde_json::json;

use super::{
    function::label_of,
    hcl::{Body, Resource},
};
use crate::targets::aws::{
    Cloud, SdkResult,
    resources::route53::{RecordSet, Zones, records_at},
};

/// Returns the certificate, and the names of its validation records.
pub(super) async fn certificate(cloud: &Cloud, arn: &str) -> Result<(Resource, Vec<String>), Fault> {
    let (described, tags) = tokio::join!(
        cloud.acm.describe_certificate().certificate_arn(arn).send(),
        cloud.acm.list_tags_for_certificate().certificate_arn(arn).send(),
    );
    let certificate = described.fault("acm:DescribeCertificate")?.certificate;
    let tags = tags.fault("acm:ListTagsForCertificate")?.tags.unwrap_or_default();
    let tags: BTreeMap<_, _> = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    let certificate = certificate.unwrap_or_else(|| CertificateDetail::builder().build());
    let validations = certificate.domain_validation_options.unwrap_or_default();
    let method = validations.first().and_then(|each| each.validation_method.as_ref());
    let body = Body::new()
        .expression("provider", "aws.us_east_1")
        .set_some("domain_name", certificate.domain_name)
        .set_some(
            "subject_alternative_names",
            certificate.subject_alternative_names.map(|names| json!(names)),
        )
        .set_some("validation_method", method.map(ValidationMethod::as_str))
        .set("tags", json!(tags));
    let record = |each: DomainValidation| each.resource_record.map(|record| record.name);
    let names = validations.into_iter().filter_map(record).collect();
    Ok((Resource::new("aws_acm_certificate", "domain", arn, body).provides("arn", arn), names))
}

/// Returns the addresses of the hostnames, and the records that validate the certificate.
pub(super) async fn records(
    cloud: &Cloud,
    zones: &Zones,
    hostnames: &[String],
    validations: &[String],
) -> Result<Vec<Resource>, Fault> {
    let mut resources: BTreeMap<String, Resource> = BTreeMap::new();
    let addresses = hostnames.iter().map(|name| (name, [RrType::A, RrType::Aaaa]));
    let validations = validations.iter().map(|name| (name, [RrType::Cname, RrType::Cname]));
    for (name, kinds) in addresses.chain(validations) {
        let Some(zone) = zones.find(cloud, name.trim_end_matches('.')).await? else { continue };
        let found = records_at(cloud, zone, name).await?.into_iter();
        let wanted = found.filter(|record| kinds.contains(record.kind()) && record.is_simple());
        resources.extend(wanted.map(|found| record(&found)).map(|record| (record.address(), record)));
    }
    Ok(resources.into_values().collect())
}

fn record(record: &RecordSet) -> Resource {
    let (name, kind) = (record.name(), record.kind().as_str());
    let values: Vec<_> = record.set.resource_records().iter().map(ResourceRecord::value).collect();
    let alias = record.set.alias_target.as_ref().map(|alias: &AliasTarget| {
        Body::new()
            .set("name", alias.dns_name.trim_end_matches('.'))
            .set("zone_id", &*alias.hosted_zone_id)
            .set("evaluate_target_health", alias.evaluate_target_health)
    });
    let body = Body::new()
        .set("zone_id", &*record.zone.id)
        .set("name", &*name)
        .set("type", kind)
        .set_some("ttl", record.set.ttl)
        .set_some("records", (!values.is_empty()).then(|| json!(values)))
        .blocks("alias", alias);
    let label = format!("{}_{}", label_of(&name), kind.to_ascii_lowercase());
    let id = format!("{}_{name}_{kind}", record.zone.id);
    Resource::new("aws_route53_record", label, id, body)
}
