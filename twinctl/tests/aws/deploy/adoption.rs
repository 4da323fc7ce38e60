//! Resources with our names that are not managed by twinctl.

use aws_sdk_cloudfront::types::{
    Aliases, CustomOriginConfig, DefaultCacheBehavior, DistributionConfig, Origin, OriginProtocolPolicy,
    Origins, ViewerProtocolPolicy,
};
use aws_sdk_s3::types::{
    BucketVersioningStatus, IndexDocument, ObjectCannedAcl, ObjectOwnership, OwnershipControls,
    OwnershipControlsRule, VersioningConfiguration, WebsiteConfiguration,
};
use serde_json::json;
use testbed::proxy::Call;

use super::{inventory::inventory, twin::Twin};

pub(super) const WEB_BUCKET: &str = "ada-dev-frontend-000000000000";
pub(super) const BUCKET: &str = "ada-dev-memory-000000000000";

/// Returns the inventory without the lock table.
pub(super) async fn resources(twin: &Twin) -> Vec<String> {
    let mut resources = inventory(&twin.by_hand).await;
    resources.retain(|resource| !resource.starts_with("table ") && !resource.starts_with("item "));
    resources
}

#[testbed::test(emulator)]
async fn an_unmanaged_bucket_blocks_the_deploy_until_it_is_adopted() {
    let twin = Twin::new();
    let s3 = &twin.by_hand.s3;
    s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    let versioned = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(versioned).send().await.unwrap();
    let before = resources(&twin).await;
    twin.proxy.reset();

    for refused in [twin.plan().await, twin.deploy(&[]).await] {
        let refused = refused.exits_with(6);
        refused.reports("nothing was changed: cannot take over the memory bucket");
        refused.reports("--adopt");
        assert_eq!(refused.stdout, "");
    }
    // With `--yes`, a deploy takes the lock while it reads.
    assert!(twin.writes().iter().all(|call| call.service == "dynamodb"), "{:?}", twin.writes());
    assert_eq!(resources(&twin).await, before);

    let adopted = twin.deploy(&["--adopt"]).await.exits_with(0);
    adopted.reports("what was replaced or deleted in the memory bucket more than 30 days ago");
    assert!(!adopted.stderr.contains("in the data bucket more than"), "it is new: {}", adopted.stderr);
    let tags = twin.by_hand.s3.get_bucket_tagging().bucket(BUCKET).send().await.unwrap();
    assert!(tags.tag_set().iter().any(|tag| (tag.key(), tag.value()) == ("twinctl:environment", "dev")));
    twin.plan().await.exits_with(0);
}

/// Creates a public website bucket behind a distribution, as the Terraform files of existing twins do. Returns the id.
pub(super) async fn create_former_page(twin: &Twin, aliases: &[&str]) -> String {
    create_website(twin).await;
    open_to_everyone(twin).await;
    create_former_distribution(twin, aliases).await
}

async fn create_website(twin: &Twin) {
    let s3 = &twin.by_hand.s3;
    s3.create_bucket().bucket(WEB_BUCKET).send().await.unwrap();
    let index = IndexDocument::builder().suffix("index.html").build().unwrap();
    let website = WebsiteConfiguration::builder().index_document(index).build();
    s3.put_bucket_website().bucket(WEB_BUCKET).website_configuration(website).send().await.unwrap();
    let page = "the former page".as_bytes().to_vec();
    s3.put_object().bucket(WEB_BUCKET).key("index.html").body(page.into()).send().await.unwrap();
}

async fn open_to_everyone(twin: &Twin) {
    let public = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "PublicReadGetObject", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{WEB_BUCKET}/*"),
    }]});
    let request = twin.by_hand.s3.put_bucket_policy().bucket(WEB_BUCKET).policy(public.to_string());
    request.send().await.unwrap();
}

async fn create_former_distribution(twin: &Twin, aliases: &[&str]) -> String {
    let website = CustomOriginConfig::builder()
        .http_port(80)
        .https_port(443)
        .origin_protocol_policy(OriginProtocolPolicy::HttpOnly)
        .build();
    let origin = Origin::builder()
        .id("S3-former")
        .domain_name(format!("{WEB_BUCKET}.s3-website-us-east-1.amazonaws.com"))
        .custom_origin_config(website.unwrap())
        .build();
    let origins = Origins::builder().quantity(1).items(origin.unwrap()).build().unwrap();
    let behavior = DefaultCacheBehavior::builder()
        .target_origin_id("S3-former")
        .viewer_protocol_policy(ViewerProtocolPolicy::RedirectToHttps)
        .build();
    let names = aliases.iter().map(ToString::to_string).collect::<Vec<_>>();
    let count = i32::try_from(names.len()).unwrap();
    let config = DistributionConfig::builder()
        .caller_reference("terraform")
        .comment("")
        .enabled(true)
        .origins(origins)
        .aliases(Aliases::builder().quantity(count).set_items(Some(names)).build().unwrap())
        .default_cache_behavior(behavior.unwrap())
        .build();
    let created = twin.by_hand.cloudfront.create_distribution().distribution_config(config.unwrap());
    created.send().await.unwrap().distribution.unwrap().id
}

pub(super) async fn web_policy(twin: &Twin) -> String {
    let policy = twin.by_hand.s3.get_bucket_policy().bucket(WEB_BUCKET).send().await.unwrap();
    policy.policy.unwrap()
}

async fn is_blocked(twin: &Twin) -> bool {
    twin.by_hand.s3.get_public_access_block().bucket(WEB_BUCKET).send().await.is_ok()
}

#[testbed::test(emulator)]
async fn an_existing_page_stays_online_until_its_distribution_serves_the_twin() {
    let twin = Twin::new();
    let id = create_former_page(&twin, &[]).await;
    let refused = twin.deploy(&[]).await.exits_with(6);
    refused.reports("--adopt");
    assert!(web_policy(&twin).await.contains("PublicReadGetObject"));
    twin.proxy.reset();

    let deployed = twin.deploy(&["--adopt"]).await.exits_with(0);
    deployed.reports("Visitors see the existing page until CloudFront has deployed the change");
    let listed = twin.by_hand.cloudfront.list_distributions().send().await.unwrap();
    let all = listed.distribution_list.unwrap();
    assert_eq!(
        all.items().iter().map(|each| each.id.as_str()).collect::<Vec<_>>(),
        [&id],
        "the address stays"
    );
    let calls = twin.proxy.calls();
    let at = |service: &str, ending: &str| {
        let is_write =
            |call: &Call| call.service == service && call.method == "PUT" && call.path.ends_with(ending);
        calls.iter().position(is_write).unwrap_or_else(|| panic!("{service} {ending}"))
    };
    assert!(at("cloudfront", "/config") < at("s3", "/index.html"), "the former page stays until then");
    let policy = web_policy(&twin).await;
    assert!(
        policy.contains("PublicReadGetObject") && policy.contains("cloudfront.amazonaws.com"),
        "{policy}"
    );
    assert!(!policy.contains("Deny"), "CloudFront reads a website endpoint without TLS: {policy}");
    assert!(!is_blocked(&twin).await);

    twin.plan().await.exits_with(7).reports("web access");
    twin.deploy(&[]).await.exits_with(0);
    let policy = web_policy(&twin).await;
    assert!(!policy.contains("PublicReadGetObject") && policy.contains("Deny"), "{policy}");
    assert!(is_blocked(&twin).await);
    twin.plan().await.exits_with(0);
}

/// Returns whether the access control lists of the objects are in effect.
async fn has_object_acls(twin: &Twin) -> bool {
    let controls = twin.by_hand.s3.get_bucket_ownership_controls().bucket(WEB_BUCKET).send().await;
    let controls = controls.ok().and_then(|response| response.ownership_controls);
    let is_enforced =
        |rule: &OwnershipControlsRule| rule.object_ownership == ObjectOwnership::BucketOwnerEnforced;
    !controls.is_some_and(|controls| controls.rules.iter().any(is_enforced))
}

/// A bucket without a policy, whose objects are public.
#[testbed::test(emulator)]
async fn objects_that_are_public_by_access_control_lists_stay_so_until_the_distribution_serves_the_twin() {
    let twin = Twin::new();
    create_website(&twin).await;
    create_former_distribution(&twin, &[]).await;
    let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::ObjectWriter).build();
    let controls = OwnershipControls::builder().rules(rule.unwrap()).build().unwrap();
    let request = twin.by_hand.s3.put_bucket_ownership_controls().bucket(WEB_BUCKET);
    request.ownership_controls(controls).send().await.unwrap();
    let acl = twin.by_hand.s3.put_object_acl().bucket(WEB_BUCKET).key("index.html");
    acl.acl(ObjectCannedAcl::PublicRead).send().await.unwrap();

    twin.deploy(&["--adopt"]).await.exits_with(0);
    assert!(has_object_acls(&twin).await && !is_blocked(&twin).await);
    let policy = web_policy(&twin).await;
    assert!(!policy.contains("Deny"), "CloudFront reads a website endpoint without TLS: {policy}");

    twin.plan().await.exits_with(7).reports("object ownership");
    twin.deploy(&[]).await.exits_with(0);
    assert!(!has_object_acls(&twin).await && is_blocked(&twin).await);
    assert!(web_policy(&twin).await.contains("Deny"));
    twin.plan().await.exits_with(0);
}

#[testbed::test(emulator)]
async fn a_destroy_releases_adopted_data_unless_it_is_named() {
    let twin = Twin::new();
    let adopt = async || {
        twin.by_hand.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        let put = twin.by_hand.s3.put_object().bucket(BUCKET).key("old.json");
        put.body(b"[]".to_vec().into()).send().await.unwrap();
        twin.deploy(&["--adopt"]).await.exits_with(0);
    };
    adopt().await;
    let planned = twin.destroy(&["--dry-run"]).await.exits_with(0);
    planned.reports("kept, as requested");
    assert!(!planned.stderr.contains("conversation would be lost"), "{}", planned.stderr);
    twin.destroy(&[]).await.exits_with(0).reports(&format!("released the memory bucket `{BUCKET}`"));
    assert_eq!(resources(&twin).await, [format!("bucket {BUCKET}"), format!("object {BUCKET}/old.json")]);
    assert!(twin.by_hand.s3.get_bucket_tagging().bucket(BUCKET).send().await.is_err(), "no tags");
    assert!(twin.by_hand.s3.get_bucket_policy().bucket(BUCKET).send().await.is_err(), "no policy");

    twin.reset();
    adopt().await;
    let refused = twin.destroy(&["--delete-adopted", "data bucket"]).await.exits_with(2);
    refused.reports("`data bucket` was not taken over");
    refused.reports("memory bucket");
    twin.destroy(&["--delete-adopted", "memory bucket"]).await.exits_with(0);
    assert_eq!(resources(&twin).await, Vec::<String>::new());
}

#[testbed::test(emulator)]
async fn a_page_whose_hostname_would_stop_working_is_not_taken_over() {
    let twin = Twin::new();
    create_former_page(&twin, &["ada.example"]).await;
    let before = resources(&twin).await;
    let refused = twin.deploy(&["--adopt"]).await.exits_with(6);
    refused.reports("set `domain: ada.example`");
    assert_eq!(resources(&twin).await, before);
    assert!(!web_policy(&twin).await.contains("cloudfront"));
}

#[testbed::test(emulator)]
async fn a_bucket_that_another_distribution_still_reads_stays_public() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.by_hand.s3.delete_public_access_block().bucket(WEB_BUCKET).send().await.unwrap();
    open_to_everyone(&twin).await;
    create_former_distribution(&twin, &[]).await;
    twin.deploy(&[]).await.exits_with(0);
    assert!(web_policy(&twin).await.contains("PublicReadGetObject"));
    assert!(!is_blocked(&twin).await);
}
