//! A web ACL on the distribution: one that the environment file sets, or one that a CloudFront flat-rate plan attached.

use testbed::{proxy::Selector, twin_lambda::second_zip};

use super::{
    inventory::inventory,
    streaming::FILE,
    twin::{ENVIRONMENT, Twin},
};

const WEB_ACL: &str = "arn:aws:wafv2:us-east-1:000000000000:global/webacl/CreatedByCloudFront/1";
const LIMITS: &str = "the plan allows at most five behaviors and only managed cache policies, and the distribution cannot be \
                      deleted before the end of the billing cycle";

async fn attach(twin: &Twin) {
    let client = &twin.by_hand.cloudfront;
    let listed = client.list_distributions().send().await.unwrap();
    let id = listed.distribution_list().unwrap().items()[0].id().to_owned();
    let found = client.get_distribution_config().id(&id).send().await.unwrap();
    let (etag, mut config) = (found.e_tag.unwrap(), found.distribution_config.unwrap());
    config.web_acl_id = Some(WEB_ACL.to_owned());
    client.update_distribution().id(id).if_match(etag).distribution_config(config).send().await.unwrap();
}

async fn attached(twin: &Twin) -> Option<String> {
    let listed = twin.by_hand.cloudfront.list_distributions().send().await.unwrap();
    let id = listed.distribution_list().unwrap().items()[0].id().to_owned();
    let found = twin.by_hand.cloudfront.get_distribution_config().id(id).send().await.unwrap();
    found.distribution_config.unwrap().web_acl_id
}

#[testbed::test(emulator)]
async fn plan_deploy_and_destroy_report_what_a_flat_rate_plan_forbids() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let without = twin.plan().await.exits_with(0);
    assert!(!without.stderr.contains("flat-rate"), "{}", without.stderr);
    attach(&twin).await;

    let plan = twin.plan().await.exits_with(0);
    let noted = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        text.contains("keeps the web ACL of the distribution")
            && text.contains(WEB_ACL)
            && text.contains(LIMITS)
    };
    assert!(noted(&plan.stderr), "{}", plan.stderr);
    let deployed = twin.deploy_zip(second_zip()).await.exits_with(0);
    assert!(noted(&deployed.stderr), "{}", deployed.stderr);
    assert_eq!(attached(&twin).await.as_deref(), Some(WEB_ACL));
    twin.run(&["status", "dev"]).await.exits_with(0);

    let shown = twin.run(&["destroy", "dev", "--dry-run"]).await.exits_with(0);
    assert!(noted(&shown.stderr), "{}", shown.stderr);
    assert_eq!(attached(&twin).await.as_deref(), Some(WEB_ACL));
}

#[testbed::test(emulator)]
async fn the_web_acl_of_the_file_is_attached_and_stays_without_the_setting() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.write(FILE, format!("{ENVIRONMENT}waf: {{ arn: {WEB_ACL} }}\n"));
    twin.plan().await.exits_with(7).reports("web_acl");
    for _ in 0..2 {
        twin.deploy(&[]).await.exits_with(0);
        assert_eq!(attached(&twin).await.as_deref(), Some(WEB_ACL));
    }
    let plan = twin.plan().await.exits_with(0);
    assert!(!plan.stderr.contains("flat-rate"), "{}", plan.stderr);
    twin.write(FILE, ENVIRONMENT);
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(attached(&twin).await.as_deref(), Some(WEB_ACL));
    twin.destroy(&[]).await.exits_with(0);
}

#[testbed::test(emulator)]
async fn a_destroy_that_a_flat_rate_plan_forbids_has_a_hint_and_is_finished_by_the_next_one() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    attach(&twin).await;
    twin.proxy.refuse(Selector::first(1_000, "DELETE /2020-05-31/distribution/{}"), 400, "InvalidArgument");
    let refused = twin.destroy(&[]).await.exits_with(6);
    refused.reports("cloudfront:DeleteDistribution: InvalidArgument");
    refused.reports("cancel the plan in the CloudFront console");
    assert_eq!(attached(&twin).await.as_deref(), Some(WEB_ACL));
    let left = inventory(&twin.by_hand).await;
    assert!(
        !left.iter().any(|line| line.starts_with("bucket ")),
        "all that can be deleted is deleted: {left:?}"
    );
    assert!(left.contains(&"item ada/dev free".to_owned()), "{left:?}");

    twin.proxy.reset();
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}
