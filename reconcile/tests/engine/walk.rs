//! Order, drift, ownership, replacement and removal.

use std::sync::Arc;

use reconcile::{Action, Apply, Choices, Class, Graph, Outcome, Problem, Waits, testing::LossyCloud};

use crate::{
    fake::{FakeCloud, FakeDesired, FakeItem, FakeResource},
    stack::{APPLY, destroy, engine, run, stack},
};

#[tokio::test(start_paused = true)]
async fn a_deploy_creates_everything_and_a_second_one_writes_nothing() {
    let cloud = Arc::new(FakeCloud::new());
    let report = run(&cloud, stack("1", true), Choices::default()).await.unwrap();
    assert!(report.complete(), "{report:?}");
    assert!(report.nodes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Created)));
    let engine = engine(&cloud, stack("1", true), Choices::default());
    engine.observe().await.unwrap();
    assert!(!engine.plan().changes_anything());
    let writes = cloud.writes();
    assert!(run(&cloud, stack("1", true), Choices::default()).await.unwrap().complete());
    assert_eq!(cloud.writes(), writes);
}

#[tokio::test(start_paused = true)]
async fn early_dependents_start_once_their_upstream_exists() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let log = cloud.log();
    let at = |line: &str| {
        log.iter().position(|l| l == line).unwrap_or_else(|| panic!("{line} is not in {log:#?}"))
    };
    assert!(at("create role") < at("create function"));
    assert!(at("create function") < at("set role field.b"), "the function only needs the role to exist");
    assert!(at("set function field.version") < at("create api"), "the API waits until the function is ready");
}

#[tokio::test(start_paused = true)]
async fn a_change_upstream_rechecks_its_dependents() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let engine = engine(&cloud, stack("2", false), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    assert_eq!(plan.action("bucket"), Some(&Action::Keep));
    assert_eq!(plan.action("function"), Some(&Action::Update));
    assert_eq!(plan.action("api"), Some(&Action::Recheck));
    assert_eq!(plan.nodes.iter().find(|n| n.node == "api").unwrap().after, ["function"]);
    let report = engine.verify(&plan, engine.apply(&plan, APPLY).await).await;
    assert!(report.complete());
    assert!(matches!(report.outcome("api"), Some(Outcome::Updated)));
    assert_eq!(cloud.get("api").unwrap().fields["target"], "function:2");
}

#[tokio::test(start_paused = true)]
async fn an_extra_field_is_removed() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let mut role = cloud.get("role").unwrap();
    role.fields.insert("extra".to_owned(), "added by hand".to_owned());
    cloud.put("role", role);
    let report = run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    assert!(matches!(report.outcome("role"), Some(Outcome::Updated)));
    assert!(!cloud.get("role").unwrap().fields.contains_key("extra"));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_turned_off_is_deleted_after_its_dependents_are_updated() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", true), Choices::default()).await.unwrap();
    let report = run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    assert!(report.complete());
    assert!(matches!(report.outcome("note"), Some(Outcome::Deleted)));
    let log = cloud.log();
    assert!(cloud.get("note").is_none());
    assert_eq!(log.iter().rposition(|l| l == "delete note"), Some(log.len() - 1), "{log:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_unmanaged_resource_stops_the_plan_unless_adopted() {
    let cloud = Arc::new(FakeCloud::new());
    cloud.put("role", FakeItem { foreign: true, ..FakeItem::default() });
    assert!(run(&cloud, stack("1", false), Choices::default()).await.is_none());
    assert_eq!(cloud.writes(), 0);
    let adopt = Choices { adopt: true, ..Choices::default() };
    assert!(run(&cloud, stack("1", false), adopt).await.unwrap().complete());
    assert!(!cloud.get("role").unwrap().foreign);
}

#[tokio::test(start_paused = true)]
async fn a_unmanaged_resource_that_appears_after_the_plan_is_not_taken_over() {
    let cloud = Arc::new(FakeCloud::new());
    let engine = engine(&cloud, stack("1", false), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    cloud.fail("create role", Class::Stale);
    cloud.put("role", FakeItem { foreign: true, ..FakeItem::default() });
    let report = engine.verify(&plan, engine.apply(&plan, APPLY).await).await;
    let Some(Outcome::Failed(failure)) = report.outcome("role") else { panic!("{report:?}") };
    assert!(matches!(failure.problem, Problem::Foreign(_)));
}

#[tokio::test(start_paused = true)]
async fn the_owner_of_a_resource_whose_creation_got_no_response_may_be_readable_later() {
    for (untagged, complete) in [(3, true), (u32::MAX, false)] {
        let cloud = Arc::new(FakeCloud::new());
        let engine = engine(&cloud, stack("1", false), Choices::default());
        engine.observe().await.unwrap();
        let plan = engine.plan();
        cloud.fail("create role", Class::Unavailable);
        cloud.put("role", FakeItem { untagged, ..FakeItem::default() });
        let report = engine.verify(&plan, engine.apply(&plan, APPLY).await).await;
        assert_eq!(report.complete(), complete, "{report:?}");
        let written = cloud.log().iter().any(|line| line.starts_with("set role"));
        assert_eq!(written, complete, "nothing is written before its owner is known");
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_keeps_unmanaged_resources() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    cloud.put("role", FakeItem { foreign: true, ..FakeItem::default() });
    assert!(run(&cloud, stack("1", false), destroy()).await.unwrap().complete());
    assert!(cloud.get("role").is_some());
    assert!(cloud.get("bucket").is_none());
}

#[tokio::test(start_paused = true)]
async fn only_named_nodes_are_replaced() {
    let cloud = Arc::new(FakeCloud::new());
    cloud.put("bucket", FakeItem { fields: FakeDesired::of(&[("kind", "old")]).0, ..FakeItem::default() });
    assert!(run(&cloud, stack("1", false), Choices::default()).await.is_none());
    let named = Choices { replace: ["bucket".to_owned()].into(), ..Choices::default() };
    let report = run(&cloud, stack("1", false), named).await.unwrap();
    assert!(matches!(report.outcome("bucket"), Some(Outcome::Replaced)), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_destroy_is_in_reverse_order_and_does_not_wait_for_a_detached_dependent() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", true), Choices::default()).await.unwrap();
    let before = cloud.log().len();
    assert!(run(&cloud, stack("1", true), destroy()).await.unwrap().complete());
    let log = &cloud.log()[before..];
    let at = |line: &str| {
        log.iter().position(|l| l == line).unwrap_or_else(|| panic!("{line} is not in {log:#?}"))
    };
    assert_eq!(at("disable front"), 0);
    assert!(at("delete api") < at("delete front"), "the API does not wait for the slow front: {log:#?}");
    assert!(at("delete api") < at("delete function") && at("delete function") < at("delete role"));
    assert_eq!(cloud.snapshot().await, "{}");
}

/// Returns the graph `lower ── upper`, with an early or an ordinary edge.
fn pair(version: &str, early: bool) -> Graph<FakeCloud> {
    let version = version.to_owned();
    let mut graph = Graph::new();
    let lower = FakeResource { slow: 2, ..FakeResource::new("lower") };
    let lower = graph.add("lower", lower, (), move |()| {
        FakeDesired::of(&[("version", &version), ("x", "1"), ("y", "1"), ("z", "1")])
    });
    let upper = FakeResource { disable_first: true, slow: 2, ..FakeResource::new("upper") };
    let desired = |(lower,): (String,)| FakeDesired::of(&[("target", &lower)]);
    if early {
        graph.add("upper", upper, (lower.early(),), desired);
    } else {
        graph.add("upper", upper, (lower,), desired);
    }
    graph
}

#[tokio::test(start_paused = true)]
async fn an_early_output_does_not_change_afterwards() {
    let cloud = Arc::new(FakeCloud::new());
    for version in ["1", "2"] {
        let before = cloud.log().len();
        assert!(run(&cloud, pair(version, true), Choices::default()).await.unwrap().complete());
        let log = &cloud.log()[before..];
        let targets = log.iter().filter(|line| *line == "set upper field.target").count();
        assert_eq!(targets, 1, "{log:#?}");
        assert_eq!(cloud.get("upper").unwrap().fields["target"], format!("lower:{version}"));
    }
    let first = cloud.log();
    let at = |line: &str| first.iter().position(|l| l == line).unwrap();
    assert!(
        at("create upper") < at("set lower field.z"),
        "the version is certain before the other fields are set"
    );
}

#[tokio::test(start_paused = true)]
async fn over_an_early_edge_the_upstream_is_deleted_once_its_dependent_is_detached() {
    for early in [true, false] {
        let cloud = Arc::new(FakeCloud::new());
        run(&cloud, pair("1", early), Choices::default()).await.unwrap();
        assert!(run(&cloud, pair("1", early), destroy()).await.unwrap().complete());
        let log = cloud.log();
        let at = |line: &str| log.iter().position(|l| l == line).unwrap();
        assert!(at("disable upper") < at("delete lower"));
        assert_eq!(at("delete lower") < at("delete upper"), early, "{log:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_does_not_wait_reports_what_is_in_progress() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let engine = engine(&cloud, stack("1", false), destroy());
    engine.observe().await.unwrap();
    let report = {
        let plan = engine.plan();
        engine.verify(&plan, engine.apply(&plan, Apply { waits: Waits::No, observed: true }).await).await
    };
    assert!(matches!(report.outcome("front"), Some(Outcome::InProgress(_))), "{report:?}");
    assert!(cloud.get("function").is_none() && cloud.get("front").is_some());
    assert!(run(&cloud, stack("1", false), destroy()).await.unwrap().complete());
    assert_eq!(cloud.snapshot().await, "{}");
}

#[tokio::test(start_paused = true)]
async fn kept_nodes_are_not_deleted() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let choices = Choices { keep: ["bucket".to_owned()].into(), ..destroy() };
    assert!(run(&cloud, stack("1", false), choices).await.unwrap().complete());
    assert!(cloud.get("bucket").is_some() && cloud.get("role").is_none());
}

#[tokio::test(start_paused = true)]
async fn outputs_are_available_after_observing_planning_and_running() {
    let cloud = Arc::new(FakeCloud::new());
    let mut graph = Graph::new();
    let part = graph.add("part", FakeResource::new("part"), (), |()| FakeDesired::of(&[("version", "7")]));
    let engine = engine(&cloud, graph, Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    assert_eq!(engine.output(part), None);
    engine.verify(&plan, engine.apply(&plan, APPLY).await).await;
    assert_eq!(engine.output(part).as_deref(), Some("part:7"));
    engine.plan();
    assert_eq!(engine.output(part).as_deref(), Some("part:7"));

    let mut graph = Graph::new();
    let part = graph.add("part", FakeResource::new("part"), (), |()| FakeDesired::of(&[("version", "8")]));
    let later = self::engine(&cloud, graph, Choices::default());
    later.observe().await.unwrap();
    assert_eq!(later.output(part).as_deref(), Some("part:7"));
    later.plan();
    assert_eq!(later.output(part), None);
}

/// A difference that can be written after `deferred` reads.
fn deferred_difference(deferred: u32) -> (Arc<FakeCloud>, Graph<FakeCloud>) {
    let cloud = Arc::new(FakeCloud::new());
    cloud.put("limit", FakeItem { deferred, ..FakeItem::default() });
    let mut graph = Graph::new();
    graph.add("limit", FakeResource::new("limit"), (), |()| FakeDesired::of(&[("rate", "1")]));
    (cloud, graph)
}

#[tokio::test(start_paused = true)]
async fn a_deferred_difference_is_written_after_the_wait() {
    let (cloud, graph) = deferred_difference(3);
    let report = run(&cloud, graph, Choices::default()).await.unwrap();
    assert!(matches!(report.outcome("limit"), Some(Outcome::Updated)), "{report:?}");
    assert_eq!(cloud.log(), ["set limit field.rate"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_wait_leaves_a_deferred_difference_to_the_next_one() {
    // It could be written by the time of the verification, which must not report it.
    let (cloud, graph) = deferred_difference(1);
    let engine = engine(&cloud, graph, Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    assert_eq!(plan.action("limit"), Some(&Action::Update));
    let report = engine.apply(&plan, Apply { waits: Waits::No, ..APPLY }).await;
    let report = engine.verify(&plan, report).await;
    let Some(Outcome::InProgress(reason)) = report.outcome("limit") else { panic!("{report:?}") };
    assert_eq!((reason.as_str(), cloud.writes()), ("limit to be used", 0));
}

#[tokio::test(start_paused = true)]
async fn an_edge_without_a_value_holds_up_a_change_but_not_a_node_that_is_kept() {
    for (field, kept) in [("1", true), ("2", false)] {
        let cloud = Arc::new(FakeCloud::new());
        cloud.put("b", FakeItem { fields: FakeDesired::of(&[("x", "1")]).0, ..FakeItem::default() });
        cloud.fail("create a", Class::Refused);
        let mut graph = Graph::new();
        let a = graph.add("a", FakeResource::new("a"), (), |()| FakeDesired::default());
        graph.add("b", FakeResource::new("b"), (a.after(),), move |((),)| FakeDesired::of(&[("x", field)]));
        let report = run(&cloud, graph, Choices::default()).await.unwrap();
        let unchanged = matches!(report.outcome("b"), Some(Outcome::Unchanged));
        let skipped = matches!(report.outcome("b"), Some(Outcome::Skipped { because: "a" }));
        assert_eq!((unchanged, skipped), (kept, !kept), "{report:?}");
    }
}
