//! The limit of the HTTP API with scripted responses.

use std::{collections::BTreeMap, sync::Arc};

use reconcile::{Apply, Choices, Engine, Graph, Halt, Outcome, Report, Silent, Waits};

use super::*;
use crate::targets::aws::{
    Labels,
    resources::testing::count,
    script::{Reply, Script, ok},
};

const STAGE_OF_API: &str = "GET /v2/apis/one/stages/%24default";
const UPDATE: &str = "PATCH /v2/apis/one/stages/%24default";
const DISTRIBUTION: &str = "GET /2020-05-31/distribution/EDIST";

fn stage(burst: i32, rate: f64) -> Reply {
    let settings = format!(r#"{{"throttlingBurstLimit":{burst},"throttlingRateLimit":{rate:.1}}}"#);
    ok(&format!(r#"{{"stageName":"$default","defaultRouteSettings":{settings}}}"#))
}

/// A distribution, with or without the stream API.
fn distribution(streams: bool, status: &str) -> Reply {
    let config = include_str!("../../distribution/tests/live.xml");
    let body = config.replace("{status}", status).replace("{enabled}", "true");
    let body = if streams { body.replacen("<Id>api</Id>", "<Id>stream</Id>", 1) } else { body };
    Reply::Response { status: 200, body, headers: vec![("etag", "E1".to_owned())] }
}

async fn deploy(script: &Script, waits: Waits) -> Report {
    let labels = || Labels::new("twin", "dev", &BTreeMap::new());
    let limit = ApiLimit {
        api: HttpApi::new("twin-api", labels()).found_before(Some("one")),
        distribution: Distribution::new("twin-dev", labels()).found_before(Some("EDIST")),
        limit: Throttle { burst: 2, rate: 1 },
    };
    let mut graph = Graph::new();
    graph.add("api limit", limit, (), |()| ApiLimitDesired { api_id: "one".to_owned() });
    let engine =
        Engine::new(graph, Arc::new(script.cloud()), Arc::new(Silent), Halt::new(), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    let report = engine.apply(&plan, Apply { waits, observed: true }).await;
    engine.verify(&plan, report).await
}

fn script(distributions: impl IntoIterator<Item = Reply>, stages: impl IntoIterator<Item = Reply>) -> Script {
    Script::new()
        .on("GET /2020-05-31/tagging", [ok("<Tags><Items></Items></Tags>")])
        .on(DISTRIBUTION, distributions)
        .on(STAGE_OF_API, stages)
        .on(UPDATE, [ok("{}")])
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_lowered_when_every_edge_location_uses_the_stream_api() {
    let distributions =
        [distribution(false, "Deployed"), distribution(true, "InProgress"), distribution(true, "Deployed")];
    let script = script(distributions, [stage(10, 5.0), stage(10, 5.0), stage(10, 5.0), stage(2, 1.0)]);
    let report = deploy(&script, Waits::Yes).await;
    assert!(matches!(report.outcome("api limit"), Some(Outcome::Updated)), "{report:?}");
    assert_eq!((count(&script, UPDATE), count(&script, DISTRIBUTION)), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_wait_keeps_the_limit_even_if_cloudfront_is_done_before_it_ends() {
    let script = script([distribution(true, "InProgress"), distribution(true, "Deployed")], [stage(10, 5.0)]);
    let report = deploy(&script, Waits::No).await;
    assert!(matches!(report.outcome("api limit"), Some(Outcome::InProgress(_))), "{report:?}");
    assert_eq!(count(&script, UPDATE), 0);
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_is_lowered_is_one_read() {
    let script = script([], [stage(2, 1.0)]);
    let report = deploy(&script, Waits::Yes).await;
    assert!(matches!(report.outcome("api limit"), Some(Outcome::Unchanged)), "{report:?}");
    assert_eq!(script.log(), [STAGE_OF_API, STAGE_OF_API], "one to plan, one to verify");
}
