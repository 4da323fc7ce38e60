//! The Bedrock model: inference profiles that do not exist or may not be read, and models at their end of life.

use testbed::proxy::Selector;

use super::twin::{ENVIRONMENT, Twin};

const READ: &str = "GET /inference-profiles/us.amazon.nova-micro-v1%3A0";

fn twin_with_model(model: &str) -> Twin {
    let twin = Twin::new();
    twin.write("environments/dev.yaml", ENVIRONMENT.replace("{ source: builtin }", model));
    twin
}

#[testbed::test(emulator)]
async fn a_profile_that_does_not_exist_stops_a_deploy_and_one_that_may_not_be_read_does_not() {
    let twin = twin_with_model("{ source: bedrock }");
    twin.proxy.refuse(Selector::first(1, READ), 404, "ResourceNotFoundException");
    let refused = twin.deploy(&[]).await.exits_with(3);
    refused.reports("Bedrock has no inference profile `us.amazon.nova-micro-v1:0` in us-east-1");
    assert!(twin.by_hand.s3.list_buckets().send().await.unwrap().buckets().is_empty());

    twin.proxy.refuse(Selector::first(1, READ), 403, "AccessDeniedException");
    twin.deploy(&[]).await.exits_with(0);
    let policy =
        twin.by_hand.iam.get_role_policy().role_name("ada-dev-lambda-role").policy_name("twinctl").send();
    let policy = policy.await.unwrap().policy_document;
    assert!(
        policy.contains("us-west-2%3A%3Afoundation-model") || policy.contains("us-west-2::foundation-model")
    );
}

#[testbed::test(emulator)]
async fn status_reports_the_end_of_life_of_the_model_without_another_call() {
    let twin = twin_with_model("{ id: amazon.nova-premier-v1:0 }");
    let status = twin.run(&["status", "dev"]).await.exits_with(8);
    status.reports("the model us.amazon.nova-premier-v1:0 reached its end of life on 2026-09-14");
    status.reports("for example us.amazon.nova-micro-v1:0");
    let calls = twin.proxy.calls();
    let model: Vec<_> = calls.iter().filter(|call| call.service == "bedrock").collect();
    assert_eq!(model.len(), 1, "{model:?}");
}
