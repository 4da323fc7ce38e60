//! The names and the certificate in a distribution's configuration.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudfront::types::{
    Aliases, DistributionConfig, MinimumProtocolVersion, SslSupportMethod, ViewerCertificate,
};

use crate::targets::aws::{
    dns::plain,
    resources::{cloudfront::built, distribution::DistributionActual},
};

/// The oldest that visitors may speak; what is newer was set by hand, and may stay.
const OLDEST: MinimumProtocolVersion = MinimumProtocolVersion::TlSv122021;
const FINE: [MinimumProtocolVersion; 3] =
    [OLDEST, MinimumProtocolVersion::TlSv122025, MinimumProtocolVersion::TlSv132025];

pub(super) fn names(there: &DistributionActual) -> BTreeSet<String> {
    let aliases = there.config.aliases.iter().flat_map(Aliases::items);
    aliases.map(|name| plain(name)).collect()
}

/// Whether it has any name but CloudFront's.
pub(super) fn is_named(there: &DistributionActual) -> bool {
    !names(there).is_empty() || facts(there).contains_key("certificate")
}

pub(super) fn wanted(names: &BTreeSet<String>, certificate: &str) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("certificate", certificate.to_owned()),
        ("names", joined(names)),
        ("tls", format!("{OLDEST}, by name")),
    ])
}

pub(super) fn facts(there: &DistributionActual) -> BTreeMap<&'static str, String> {
    let certificate = there.config.viewer_certificate.as_ref();
    let mut facts = BTreeMap::from([("names", joined(&names(there)))]);
    if let Some((certificate, arn)) =
        certificate.and_then(|each| Some((each, each.acm_certificate_arn.clone()?)))
    {
        let oldest = certificate.minimum_protocol_version.clone();
        let oldest = oldest.map(|oldest| if FINE.contains(&oldest) { OLDEST } else { oldest });
        let how = match &certificate.ssl_support_method {
            Some(SslSupportMethod::SniOnly) => "by name".to_owned(),
            other => other.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        facts
            .insert("tls", format!("{}, {how}", oldest.map(|oldest| oldest.to_string()).unwrap_or_default()));
        facts.insert("certificate", arn);
    }
    facts
}

fn joined(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) fn attached(live: DistributionConfig, names: &[String], certificate: &str) -> DistributionConfig {
    let quantity = i32::try_from(names.len()).unwrap_or_default();
    let aliases = Aliases::builder().quantity(quantity).set_items(Some(names.to_vec()));
    let before = live.viewer_certificate.as_ref().and_then(|each| each.minimum_protocol_version.clone());
    let oldest = before.filter(|oldest| FINE.contains(oldest)).unwrap_or(OLDEST);
    let certificate = ViewerCertificate::builder()
        .acm_certificate_arn(certificate)
        .ssl_support_method(SslSupportMethod::SniOnly)
        .minimum_protocol_version(oldest);
    let mut config = live;
    config.aliases = Some(built(aliases.build()));
    config.viewer_certificate = Some(certificate.build());
    config
}

pub(super) fn detached(live: DistributionConfig) -> DistributionConfig {
    let mut config = live;
    config.aliases = Some(built(Aliases::builder().quantity(0).build()));
    let own = ViewerCertificate::builder().cloud_front_default_certificate(true);
    config.viewer_certificate = Some(own.build());
    config
}
