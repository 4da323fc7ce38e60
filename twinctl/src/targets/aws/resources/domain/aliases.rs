//! The aliases and the certificate in a distribution's configuration.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudfront::types::{
    Aliases, DistributionConfig, MinimumProtocolVersion, SslSupportMethod, ViewerCertificate,
};

use crate::targets::aws::{
    dns::normalize_name,
    resources::{cloudfront::built, distribution::DistributionActual},
};

/// The minimum protocol version. A stricter one that was set by hand is kept.
const MINIMUM: MinimumProtocolVersion = MinimumProtocolVersion::TlSv122021;
const ACCEPTED: [MinimumProtocolVersion; 3] =
    [MINIMUM, MinimumProtocolVersion::TlSv122025, MinimumProtocolVersion::TlSv132025];

pub(super) fn names(distribution: &DistributionActual) -> BTreeSet<String> {
    let aliases = distribution.config.aliases.iter().flat_map(Aliases::items);
    aliases.map(|name| normalize_name(name)).collect()
}

/// Returns whether the distribution has any alias or a certificate.
pub(super) fn has_any(distribution: &DistributionActual) -> bool {
    !names(distribution).is_empty() || actual(distribution).contains_key("certificate")
}

/// Returns the desired values of the compared fields.
pub(super) fn wanted(names: &BTreeSet<String>, certificate: &str) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("certificate", certificate.to_owned()),
        ("names", joined(names)),
        ("tls", format!("{MINIMUM}, SNI")),
    ])
}

/// Returns the actual values of the compared fields.
pub(super) fn actual(distribution: &DistributionActual) -> BTreeMap<&'static str, String> {
    let certificate = distribution.config.viewer_certificate.as_ref();
    let mut fields = BTreeMap::from([("names", joined(&names(distribution)))]);
    if let Some((certificate, arn)) =
        certificate.and_then(|each| Some((each, each.acm_certificate_arn.clone()?)))
    {
        let minimum = certificate.minimum_protocol_version.clone();
        let minimum = minimum.map(|version| if ACCEPTED.contains(&version) { MINIMUM } else { version });
        let support = match &certificate.ssl_support_method {
            Some(SslSupportMethod::SniOnly) => "SNI".to_owned(),
            other => other.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        let minimum = minimum.map(|version| version.to_string()).unwrap_or_default();
        fields.insert("tls", format!("{minimum}, {support}"));
        fields.insert("certificate", arn);
    }
    fields
}

fn joined(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Returns the configuration with these aliases and this certificate.
pub(super) fn added(live: DistributionConfig, names: &[String], certificate: &str) -> DistributionConfig {
    let quantity = i32::try_from(names.len()).unwrap_or_default();
    let aliases = Aliases::builder().quantity(quantity).set_items(Some(names.to_vec()));
    let before = live.viewer_certificate.as_ref().and_then(|each| each.minimum_protocol_version.clone());
    let minimum = before.filter(|version| ACCEPTED.contains(version)).unwrap_or(MINIMUM);
    let certificate = ViewerCertificate::builder()
        .acm_certificate_arn(certificate)
        .ssl_support_method(SslSupportMethod::SniOnly)
        .minimum_protocol_version(minimum);
    let mut config = live;
    config.aliases = Some(built(aliases.build()));
    config.viewer_certificate = Some(certificate.build());
    config
}

/// Returns the configuration without aliases, with CloudFront's own certificate.
pub(super) fn removed(live: DistributionConfig) -> DistributionConfig {
    let mut config = live;
    config.aliases = Some(built(Aliases::builder().quantity(0).build()));
    let own = ViewerCertificate::builder().cloud_front_default_certificate(true);
    config.viewer_certificate = Some(own.build());
    config
}
