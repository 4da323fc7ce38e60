//! The stream API: created, unchanged, deleted, and crashed at every call.

use std::sync::Arc;

use futures_util::{FutureExt as _, future::BoxFuture};
use reconcile::{
    Choices, Graph, Outcome, Resource as _,
    testing::{LossyCloud as _, every_crash_point},
};
use testbed::clock::fast_clock;
use twinctl::targets::aws::{
    Cloud,
    resources::stream_api::{StreamApi, StreamApiDesired},
};

use super::sandbox::{Sandbox, changes, destroy, labels};

fn stream_api() -> StreamApi {
    StreamApi::new("twin-dev-stream-api", "twin-dev-api", labels())
}

fn desired(cloud: &Cloud) -> StreamApiDesired {
    let function = format!("arn:aws:lambda:eu-central-1:{}:function:twin-dev-api:live", cloud.account);
    let path = format!("2021-11-15/functions/{function}/response-streaming-invocations");
    StreamApiDesired { uri: format!("arn:aws:apigateway:eu-central-1:lambda:path/{path}"), burst: 4, rate: 8 }
}

fn graph(cloud: &Cloud) -> Graph<Cloud> {
    let mut graph = Graph::new();
    let desired = desired(cloud);
    graph.add("stream api", stream_api(), (), move |()| desired.clone());
    graph
}

/// The differences of our API from the desired state. Two APIs are an error.
fn picture(cloud: Arc<Cloud>) -> BoxFuture<'static, String> {
    async move {
        let actual = stream_api().observe(&cloud, &mut None).await.unwrap();
        format!("{} {:#?}", actual.is_some(), stream_api().diff(&desired(&cloud), actual.as_ref()))
    }
    .boxed()
}

#[testbed::test(emulator)]
async fn an_api_is_created_in_ten_calls_and_then_unchanged() {
    let sandbox = Sandbox::new(picture);
    let report = sandbox.run(graph(&sandbox.cloud), Choices::default()).await.expect("it runs");
    assert!(matches!(report.outcome("stream api"), Some(Outcome::Created)), "{report:?}");
    // One read, four writes one after the other (API, definition, deployment, limits), and five reads to verify.
    assert_eq!((sandbox.calls(), sandbox.writes()), (1 + 4 + 5, 4));
    assert_eq!(changes(Arc::clone(&sandbox.by_hand), graph(&sandbox.by_hand)).await, [""; 0]);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert_eq!(sandbox.writes(), 4);
}

#[testbed::test(emulator)]
async fn it_is_deleted_completely() {
    let sandbox = Sandbox::new(picture);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), destroy()).await);
    assert!(stream_api().observe(&sandbox.by_hand, &mut None).await.unwrap().is_none());
    assert!(sandbox.succeeds(graph(&sandbox.cloud), destroy()).await);
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
