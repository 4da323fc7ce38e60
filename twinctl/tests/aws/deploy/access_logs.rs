//! Access logs: their own log group, and the deletion of those that an earlier version wrote to the function's group.

use aws_sdk_apigatewayv2::types::AccessLogSettings;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use testbed::{
    proxy::{Selector, Timing},
    twin_lambda::first_zip,
};

use super::{
    by_hand::LOG_GROUP,
    inventory::inventory,
    twin::{Twin, deploy_args},
};

const ACCESS: &str = "/aws/vendedlogs/aws/lambda/ada-dev-api";
const OLD_FORMAT: &str =
    r#"{"requestId":"$context.requestId","path":"$context.path","status":"$context.status"}"#;
/// The line of a visitor. The last segment gives access to a conversation.
const OLD_LINE: &str = r#"{"requestId":"r","path":"/api/chat/history/3f9c1d","status":"200"}"#;
const OLD_STREAM: &str = "5f0e6a4b8a1e4f0c9d3b7a6c5d4e3f2a";
const FUNCTION_STREAM: &str = "2026/11/29/[1]0123456789abcdef0123456789abcdef";

async fn write(twin: &Twin, stream: &str, line: &str) {
    let logs = &twin.by_hand.logs;
    logs.create_log_stream().log_group_name(LOG_GROUP).log_stream_name(stream).send().await.unwrap();
    let now = twinctl::system::clock::now().as_millisecond();
    let event = InputLogEvent::builder().timestamp(now).message(line).build().unwrap();
    let put = logs.put_log_events().log_group_name(LOG_GROUP).log_stream_name(stream);
    put.log_events(event).send().await.unwrap();
}

/// Changes the environment to what an earlier version deployed.
pub(super) async fn downgrade(twin: &Twin) {
    let (api, logs) = (&twin.by_hand.api, &twin.by_hand.logs);
    let id = api.get_apis().send().await.unwrap().items()[0].api_id().unwrap().to_owned();
    let arn = format!("arn:aws:logs:us-east-1:000000000000:log-group:{LOG_GROUP}");
    let settings = AccessLogSettings::builder().destination_arn(arn).format(OLD_FORMAT).build();
    api.update_stage().api_id(id).stage_name("$default").access_log_settings(settings).send().await.unwrap();
    logs.delete_log_group().log_group_name(ACCESS).send().await.unwrap();
    write(twin, OLD_STREAM, OLD_LINE).await;
}

/// Returns the destination and the format of the access logs.
async fn settings(twin: &Twin) -> (String, String) {
    let api = &twin.by_hand.api;
    let id = api.get_apis().send().await.unwrap().items()[0].api_id().unwrap().to_owned();
    let stage = api.get_stage().api_id(id).stage_name("$default").send().await.unwrap();
    let settings = stage.access_log_settings.unwrap();
    (settings.destination_arn.unwrap(), settings.format.unwrap())
}

async fn streams(twin: &Twin) -> Vec<String> {
    let found = twin.by_hand.logs.describe_log_streams().log_group_name(LOG_GROUP).send().await.unwrap();
    found.log_streams.unwrap().into_iter().filter_map(|stream| stream.log_stream_name).collect()
}

#[testbed::test(emulator)]
async fn an_upgrade_moves_the_access_logs_and_deletes_the_old_ones_also_after_a_crash() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let (expected, resources) = (settings(&twin).await, inventory(&twin.by_hand).await);
    assert!(expected.0.ends_with(ACCESS) && !expected.1.contains("path"), "{expected:?}");
    write(&twin, FUNCTION_STREAM, "{}").await;
    let args = deploy_args(first_zip());
    let update = "PATCH /v2/apis/{}/stages/{}";
    for kill in [
        None,
        Some((Selector::first(1, update), Timing::BeforeEffect)),
        Some((Selector::first(1, update), Timing::AfterEffect)),
        Some((Selector::first(1, "DescribeLogStreams"), Timing::AfterEffect)),
        Some((Selector::first(1, "DeleteLogStream"), Timing::BeforeEffect)),
        Some((Selector::first(1, "DeleteLogStream"), Timing::AfterEffect)),
    ] {
        downgrade(&twin).await;
        assert!(streams(&twin).await.contains(&OLD_STREAM.to_owned()));
        twin.proxy.reset();
        if let Some((which, timing)) = kill.clone() {
            assert!(twin.kill_at(which, timing, &args).await.is_some(), "{kill:?}");
            twin.proxy.reset();
        }
        twin.deploy(&[]).await.exits_with(0);
        let left = streams(&twin).await;
        assert!(left.contains(&FUNCTION_STREAM.to_owned()), "{left:?}");
        assert!(!left.contains(&OLD_STREAM.to_owned()), "{kill:?}: {left:?}");
        assert_eq!(settings(&twin).await, expected, "{kill:?}");
        assert_eq!(inventory(&twin.by_hand).await, resources, "{kill:?}");
        twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    }
    twin.destroy(&[]).await.exits_with(0);
    let left = twin.by_hand.logs.describe_log_groups().send().await.unwrap();
    assert!(left.log_groups().is_empty(), "{left:?}");
}
