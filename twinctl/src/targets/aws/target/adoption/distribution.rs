//! The distribution: tags, comment, hostnames and their certificate.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{
    Aliases, DistributionConfig, MinimumProtocolVersion, SslSupportMethod, TagKeys, ViewerCertificate,
};
use reconcile::{Class, Fault};

use super::settings::{NONE, former_labels, own_tags};
use crate::targets::{
    aws::{
        Cloud, SdkResult,
        names::Names,
        resources::cloudfront::{distributions, of_environment, tag_map, tags},
    },
    record::Former,
};

const COMMENT: &str = "comment";
const HOSTNAMES: &str = "hostnames";
const CERTIFICATE: &str = "certificate";
const PROTOCOL: &str = "minimum protocol version";
const GONE: &[&str] = &["NoSuchDistribution"];

pub(super) async fn read(cloud: &Cloud, names: &Names) -> Result<Option<Former>, Fault> {
    let comment = format!("twinctl {}", names.marker);
    let all = distributions(cloud).await?;
    let Some(found) = of_environment(&all, &comment, Some(&names.web_bucket)).into_iter().next() else {
        return Ok(None);
    };
    let response = cloud.cloudfront.get_distribution_config().id(&found.id).send().await;
    let config = response.fault("cloudfront:GetDistributionConfig")?.distribution_config;
    let Some(config) = config else { return Ok(None) };
    let tags = own_tags(read_tags(cloud, &found.id).await?);
    Ok(Some(Former { id: found.id.clone(), tags, settings: settings(&config) }))
}

fn settings(config: &DistributionConfig) -> BTreeMap<String, String> {
    let hostnames = config.aliases.as_ref().map(Aliases::items).unwrap_or_default();
    let certificate = config.viewer_certificate.as_ref();
    let arn = certificate.and_then(|certificate| certificate.acm_certificate_arn.clone());
    let protocol = certificate.and_then(|certificate| certificate.minimum_protocol_version.clone());
    let mut settings = BTreeMap::from([
        (COMMENT.to_owned(), config.comment.clone()),
        (HOSTNAMES.to_owned(), hostnames.join(" ")),
        (CERTIFICATE.to_owned(), arn.unwrap_or_else(|| NONE.to_owned())),
    ]);
    settings.extend(protocol.map(|protocol| (PROTOCOL.to_owned(), protocol.as_str().to_owned())));
    settings
}

async fn read_tags(cloud: &Cloud, id: &str) -> Result<BTreeMap<String, String>, Fault> {
    let list = cloud.cloudfront.list_tags_for_resource().resource(arn(cloud, id)).send().await;
    Ok(tag_map(list.fault("cloudfront:ListTagsForResource")?.tags))
}

fn arn(cloud: &Cloud, id: &str) -> String {
    format!("arn:aws:cloudfront::{}:distribution/{id}", cloud.account)
}

pub(super) async fn restore(cloud: &Cloud, former: &Former) -> Result<(), Fault> {
    let response = cloud.cloudfront.get_distribution_config().id(&former.id).send().await;
    let Some(response) = response.found("cloudfront:GetDistributionConfig", GONE)? else { return Ok(()) };
    let (Some(config), Some(etag)) = (response.distribution_config, response.e_tag) else {
        return Err(Fault::new(Class::Stale, "CloudFront's response lacks the configuration"));
    };
    if settings(&config) != former.settings {
        let update = cloud.cloudfront.update_distribution().id(&former.id).if_match(etag);
        let update = update.distribution_config(restored(config, former)?);
        update.send().await.fault("cloudfront:UpdateDistribution")?;
    }
    let arn = arn(cloud, &former.id);
    let tag = async |missing: Vec<(String, String)>| {
        let tag = cloud.cloudfront.tag_resource().resource(&arn).tags(tags(missing));
        tag.send().await.fault("cloudfront:TagResource")
    };
    let untag = async |keys| {
        let keys = TagKeys::builder().set_items(Some(keys)).build();
        let untag = cloud.cloudfront.untag_resource().resource(&arn).tag_keys(keys);
        untag.send().await.fault("cloudfront:UntagResource")
    };
    former_labels(former).write(&read_tags(cloud, &former.id).await?, tag, untag).await
}

fn restored(mut config: DistributionConfig, former: &Former) -> Result<DistributionConfig, Fault> {
    let setting = |name: &str| former.settings.get(name).map(String::as_str).unwrap_or_default();
    let hostnames: Vec<_> = setting(HOSTNAMES).split_whitespace().map(ToOwned::to_owned).collect();
    let quantity = i32::try_from(hostnames.len()).unwrap_or_default();
    let aliases = Aliases::builder().quantity(quantity).set_items(Some(hostnames)).build();
    let aliases = aliases.map_err(|error| Fault::new(Class::Refused, error))?;
    let certificate = match setting(CERTIFICATE) {
        NONE | "" => ViewerCertificate::builder().cloud_front_default_certificate(true),
        arn => ViewerCertificate::builder()
            .acm_certificate_arn(arn)
            .ssl_support_method(SslSupportMethod::SniOnly)
            .minimum_protocol_version(MinimumProtocolVersion::from(setting(PROTOCOL))),
    };
    setting(COMMENT).clone_into(&mut config.comment);
    config.aliases = Some(aliases);
    config.viewer_certificate = Some(certificate.build());
    Ok(config)
}
