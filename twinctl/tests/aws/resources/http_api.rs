//! The HTTP API: created, changed by hand, repaired, deleted, and crashed at every call.

use std::sync::Arc;

use aws_sdk_apigatewayv2::types::{AccessLogSettings, Cors, IntegrationType, ProtocolType, RouteSettings};
use futures_util::{FutureExt as _, future::BoxFuture};
use reconcile::{
    Choices, Engine, Graph, Halt, Outcome, Resource as _, Silent,
    testing::{LossyCloud as _, every_crash_point},
};
use testbed::clock::fast_clock;
use twinctl::targets::aws::{
    Cloud,
    resources::http_api::{HttpApi, HttpApiDesired, HttpApiOutput, LimitOwner},
};

use super::sandbox::{Sandbox, changes, destroy, labels};

const NAME: &str = "twin-dev-api-gateway";

fn api() -> HttpApi {
    HttpApi::new(NAME, labels())
}

fn desired(cloud: &Cloud) -> HttpApiDesired {
    let account = &cloud.account;
    HttpApiDesired {
        target_arn: format!("arn:aws:lambda:eu-central-1:{account}:function:twin-dev-api:live"),
        burst: 5,
        rate: 10,
        limit_owner: LimitOwner::Api,
        log_group_arn: format!("arn:aws:logs:eu-central-1:{account}:log-group:/aws/vendedlogs/twin-dev-api"),
        former_log_group: "/aws/lambda/twin-dev-api".to_owned(),
    }
}

fn graph(cloud: &Cloud) -> Graph<Cloud> {
    let mut graph = Graph::new();
    let desired = desired(cloud);
    graph.add("api", api(), (), move |()| desired.clone());
    graph
}

/// The number of APIs, and the differences of our API from the desired state.
fn picture(cloud: Arc<Cloud>) -> BoxFuture<'static, String> {
    async move {
        let all = cloud.api.get_apis().send().await.unwrap().items.unwrap_or_default();
        let actual = api().observe(&cloud, &mut None).await.unwrap();
        format!("{} {:#?}", all.len(), api().diff(&desired(&cloud), actual.as_ref()))
    }
    .boxed()
}

async fn plan(sandbox: &Sandbox) -> Vec<String> {
    changes(Arc::clone(&sandbox.by_hand), graph(&sandbox.by_hand)).await
}

async fn output(cloud: &Cloud) -> HttpApiOutput {
    let actual = api().observe(cloud, &mut None).await.unwrap().expect("it exists");
    api().output(&actual).expect("it has an output")
}

#[testbed::test(emulator)]
async fn an_api_is_created_in_nine_calls_and_then_unchanged() {
    let sandbox = Sandbox::new(picture);
    let report = sandbox.run(graph(&sandbox.cloud), Choices::default()).await.expect("it runs");
    assert!(matches!(report.outcome("api"), Some(Outcome::Created)), "{report:?}");
    // One read, four writes one after the other (API, integration, route, stage), and four reads to verify.
    assert_eq!((sandbox.calls(), sandbox.writes()), (1 + 4 + 4, 4));
    assert_eq!(plan(&sandbox).await, [""; 0]);
    let HttpApiOutput { id, endpoint } = output(&sandbox.by_hand).await;
    assert!(endpoint.starts_with("http") && endpoint.contains(&id), "{endpoint}");
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert_eq!(sandbox.writes(), 4);
}

#[testbed::test(emulator)]
async fn every_setting_changed_by_hand_is_detected_and_repaired() {
    let sandbox = Sandbox::new(picture);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    let wanted = sandbox.snapshot().await;
    let id = output(&sandbox.by_hand).await.id;
    drift(&sandbox.by_hand, &id).await;
    let mut seen = plan(&sandbox).await;
    seen.retain(|field| {
        !field.starts_with("integration.") || field.ends_with("target") || field.ends_with("ms")
    });
    assert_eq!(
        seen,
        [
            "name",
            "endpoint",
            "cors",
            "integration.target",
            "integration.timeout_ms",
            "throttle.burst",
            "throttle.rate",
            "stage.detailed_metrics",
            "access_log.group",
            "access_log.format",
            "stage.settings.GET /odd",
            "route.GET /odd",
            "stage.odd",
        ]
    );
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert_eq!(sandbox.snapshot().await, wanted);
    let integrations = sandbox.by_hand.api.get_integrations().api_id(&id).send().await.unwrap();
    assert_eq!(integrations.items().len(), 1);
}

async fn drift(cloud: &Cloud, id: &str) {
    let client = &cloud.api;
    let cors = Cors::builder().allow_origins("*").build();
    let update = client.update_api().api_id(id).name("odd").disable_execute_api_endpoint(true);
    update.cors_configuration(cors).send().await.unwrap();
    let integrations = client.get_integrations().api_id(id).send().await.unwrap();
    let ours = integrations.items()[0].integration_id().unwrap();
    let update = client.update_integration().api_id(id).integration_id(ours).timeout_in_millis(1000);
    update.integration_uri("arn:aws:lambda:eu-central-1:1:function:odd").send().await.unwrap();
    let odd = client.create_integration().api_id(id).integration_type(IntegrationType::HttpProxy);
    let odd = odd.integration_uri("https://example.com").send().await.unwrap().integration_id.unwrap();
    let route = client.create_route().api_id(id).route_key("GET /odd");
    route.target(format!("integrations/{odd}")).send().await.unwrap();
    client.create_stage().api_id(id).stage_name("odd").send().await.unwrap();
    // Settings that are left out lose their limits.
    let metrics = RouteSettings::builder().detailed_metrics_enabled(true).build();
    let alone = RouteSettings::builder().throttling_burst_limit(1).throttling_rate_limit(1.0).build();
    let update = client.update_stage().api_id(id).stage_name("$default").default_route_settings(metrics);
    let logs = AccessLogSettings::builder().destination_arn("arn:aws:logs:eu-central-1:1:log-group:odd");
    let logs = logs.format("$context.requestId").build();
    update.route_settings("GET /odd", alone).access_log_settings(logs).send().await.unwrap();
}

#[testbed::test(emulator)]
async fn it_is_deleted_completely() {
    let sandbox = Sandbox::new(picture);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), destroy()).await);
    assert!(sandbox.by_hand.api.get_apis().send().await.unwrap().items().is_empty());
    assert!(sandbox.succeeds(graph(&sandbox.cloud), destroy()).await);
}

#[testbed::test(emulator)]
async fn an_api_with_our_name_but_without_our_tags_is_not_touched() {
    let sandbox = Sandbox::new(picture);
    let create = sandbox.by_hand.api.create_api().name(NAME).protocol_type(ProtocolType::Http);
    let id = create.send().await.unwrap().api_id.unwrap();
    assert!(sandbox.run(graph(&sandbox.cloud), Choices::default()).await.is_none());
    assert_eq!(sandbox.writes(), 0);
    let adopt = Choices { adopt: true, ..Choices::default() };
    let engine =
        Engine::new(graph(&sandbox.cloud), Arc::clone(&sandbox.cloud), Arc::new(Silent), Halt::new(), adopt);
    engine.observe().await.expect("it can be read");
    assert_eq!(engine.plan().refusals().count(), 0);
    assert_eq!(output(&sandbox.by_hand).await.id, id);
}

#[testbed::test(emulator)]
async fn a_deploy_crashed_at_any_call_is_finished_by_the_next_one() {
    let _clock = fast_clock();
    let fresh = async || Sandbox::new(picture);
    every_crash_point(fresh, async |sandbox: &Sandbox| {
        sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await
    })
    .await;
}
