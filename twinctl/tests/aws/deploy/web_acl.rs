//! A web ACL on the distribution, as each CloudFront flat-rate plan attaches one.

use testbed::twin_lambda::second_zip;

use super::twin::Twin;

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
