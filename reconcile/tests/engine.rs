//! The engine on the fake cloud: order, waiting, failures, drift, removal and every crash point.

use std::{sync::Arc, sync::Mutex, time::Duration};

use proptest::prelude::*;
use reconcile::{
    Action, Apply, Choices, Class, Engine, Event, Graph, Halt, HaltReason, Observer, Outcome, Problem,
    Report, Silent, Waits,
    testing::{FakeCloud, Part, PartDesired, Thing, World, every_crash_point},
};

/// bucket ─┐
/// role ───┴─ function ── api ── front, and a note that can be turned off.
fn stack(version: &str, note: bool) -> Graph<FakeCloud> {
    let version = version.to_owned();
    let mut graph = Graph::new();
    let bucket = graph.add("bucket", Part::new("bucket"), (), |()| PartDesired::of(&[("kind", "s3")]));
    let role = graph.add("role", Part { tells: false, ..Part::new("role") }, (), |()| {
        PartDesired::of(&[("a", "1"), ("b", "2")])
    });
    let function = Part { slow: 3, ..Part::new("function") };
    let function = graph.add("function", function, (role.early(), bucket), move |(role, bucket)| {
        PartDesired::of(&[("version", &version), ("role", &role), ("bucket", &bucket)])
    });
    let note =
        graph.add_if(note, "note", Part::new("note"), (bucket,), |(_,)| PartDesired::of(&[("x", "y")]));
    let api = graph.add("api", Part::new("api"), (function, note), |(function, note)| {
        PartDesired::of(&[("target", &function), ("note", &note.unwrap_or_default())])
    });
    let front = Part { disable_first: true, slow: 2, ..Part::new("front") };
    graph
        .add("front", front, (api.early(), bucket.after()), |(api, ())| PartDesired::of(&[("origin", &api)]));
    graph
}

fn engine(cloud: &Arc<FakeCloud>, graph: Graph<FakeCloud>, choices: Choices) -> Engine<FakeCloud> {
    Engine::new(graph, Arc::clone(cloud), Arc::new(Silent), Halt::new(), choices)
}

const APPLY: Apply = Apply { waits: Waits::Yes, observed: true };

async fn run(cloud: &Arc<FakeCloud>, graph: Graph<FakeCloud>, choices: Choices) -> Option<Report> {
    let engine = engine(cloud, graph, choices);
    engine.observe().await.ok()?;
    let plan = engine.plan();
    if plan.refusals().next().is_some() {
        return None;
    }
    Some(engine.apply(&plan, APPLY).await)
}

fn destroy() -> Choices {
    Choices { destroy: true, ..Choices::default() }
}

#[tokio::test(start_paused = true)]
async fn a_deploy_makes_everything_and_a_second_one_writes_nothing() {
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
async fn upstream_comes_first_and_early_dependents_do_not_wait_for_the_rest() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let log = cloud.log();
    let at = |line: &str| {
        log.iter().position(|l| l == line).unwrap_or_else(|| panic!("{line} is not in {log:#?}"))
    };
    assert!(at("create role") < at("create function"));
    assert!(
        at("create function") < at("set role field.b"),
        "the role's existence is enough for the function"
    );
    assert!(at("set function field.version") < at("create api"), "the api waits until the function is ready");
}

#[tokio::test(start_paused = true)]
async fn a_change_upstream_rechecks_what_depends_on_it() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let engine = engine(&cloud, stack("2", false), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    assert_eq!(plan.action("bucket"), Some(&Action::Keep));
    assert_eq!(plan.action("function"), Some(&Action::Update));
    assert_eq!(plan.action("api"), Some(&Action::Recheck));
    assert_eq!(plan.nodes.iter().find(|n| n.node == "api").unwrap().after, ["function"]);
    let report = engine.apply(&plan, APPLY).await;
    assert!(report.complete());
    assert!(matches!(report.outcome("api"), Some(Outcome::Updated)));
    assert_eq!(cloud.get("api").unwrap().fields["target"], "function:2");
}

#[tokio::test(start_paused = true)]
async fn drift_added_beside_ours_is_seen_and_repaired() {
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
async fn what_is_turned_off_goes_after_its_users_let_go_of_it() {
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
async fn a_foreign_thing_stops_the_plan_unless_adopted() {
    let cloud = Arc::new(FakeCloud::new());
    cloud.put("role", Thing { foreign: true, ..Thing::default() });
    assert!(run(&cloud, stack("1", false), Choices::default()).await.is_none());
    assert_eq!(cloud.writes(), 0);
    let adopt = Choices { adopt: true, ..Choices::default() };
    assert!(run(&cloud, stack("1", false), adopt).await.unwrap().complete());
    assert!(!cloud.get("role").unwrap().foreign);
}

#[tokio::test(start_paused = true)]
async fn a_foreign_thing_survives_a_destroy() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    cloud.put("role", Thing { foreign: true, ..Thing::default() });
    assert!(run(&cloud, stack("1", false), destroy()).await.unwrap().complete());
    assert!(cloud.get("role").is_some());
    assert!(cloud.get("bucket").is_none());
}

#[tokio::test(start_paused = true)]
async fn replacing_needs_to_be_named() {
    let cloud = Arc::new(FakeCloud::new());
    cloud.put("bucket", Thing { fields: PartDesired::of(&[("kind", "old")]).0, ..Thing::default() });
    assert!(run(&cloud, stack("1", false), Choices::default()).await.is_none());
    let named = Choices { replace: ["bucket".to_owned()].into(), ..Choices::default() };
    let report = run(&cloud, stack("1", false), named).await.unwrap();
    assert!(matches!(report.outcome("bucket"), Some(Outcome::Replaced)), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn more_destruction_than_approved_is_refused() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let engine = engine(&cloud, stack("2", false), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    cloud.put("bucket", Thing { fields: PartDesired::of(&[("kind", "swapped")]).0, ..Thing::default() });
    let report = engine.apply(&plan, Apply { observed: false, ..APPLY }).await;
    let Some(Outcome::Failed(failure)) = report.outcome("bucket") else { panic!("{report:?}") };
    assert!(matches!(failure.problem, Problem::BeyondApproval(_)));
}

#[tokio::test(start_paused = true)]
async fn a_destroy_goes_backwards_and_a_disabled_front_frees_the_rest() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", true), Choices::default()).await.unwrap();
    let made = cloud.log().len();
    assert!(run(&cloud, stack("1", true), destroy()).await.unwrap().complete());
    let log = &cloud.log()[made..];
    let at = |line: &str| {
        log.iter().position(|l| l == line).unwrap_or_else(|| panic!("{line} is not in {log:#?}"))
    };
    assert_eq!(at("disable front"), 0);
    assert!(at("delete api") < at("delete front"), "nothing waits for the slow front: {log:#?}");
    assert!(at("delete api") < at("delete function") && at("delete function") < at("delete role"));
    assert_eq!(cloud.picture().await, "{}");
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_does_not_wait_says_what_it_left() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let engine = engine(&cloud, stack("1", false), destroy());
    engine.observe().await.unwrap();
    let report = engine.apply(&engine.plan(), Apply { waits: Waits::No, observed: true }).await;
    assert!(matches!(report.outcome("front"), Some(Outcome::Left(_))), "{report:?}");
    assert!(cloud.get("function").is_none() && cloud.get("front").is_some());
    assert!(run(&cloud, stack("1", false), destroy()).await.unwrap().complete());
    assert_eq!(cloud.picture().await, "{}");
}

#[tokio::test(start_paused = true)]
async fn kept_nodes_stay() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let choices = Choices { keep: ["bucket".to_owned()].into(), ..destroy() };
    assert!(run(&cloud, stack("1", false), choices).await.unwrap().complete());
    assert!(cloud.get("bucket").is_some() && cloud.get("role").is_none());
}

#[tokio::test(start_paused = true)]
async fn passing_failures_pass() {
    for class in [Class::Throttled, Class::Propagating, Class::Busy, Class::Stale, Class::Unavailable] {
        let cloud = Arc::new(FakeCloud::new());
        for line in ["create function", "observe role", "set api field.target"] {
            (0..5).for_each(|_| cloud.fail(line, class));
        }
        assert!(run(&cloud, stack("1", false), Choices::default()).await.unwrap().complete(), "{class:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn how_long_a_push_may_fail_is_a_matter_of_patience_alone() {
    let cloud = Arc::new(FakeCloud::new());
    (0..25).for_each(|_| cloud.fail("set api field.target", Class::Busy));
    assert!(run(&cloud, stack("1", false), Choices::default()).await.unwrap().complete());
}

#[tokio::test(start_paused = true)]
async fn a_final_no_stops_its_dependents_and_nothing_else() {
    let cloud = Arc::new(FakeCloud::new());
    cloud.fail("create function", Class::Denied);
    let report = run(&cloud, stack("1", true), Choices::default()).await.unwrap();
    assert!(matches!(report.outcome("function"), Some(Outcome::Failed(_))));
    assert!(matches!(report.outcome("api"), Some(Outcome::Skipped { because: "function" })), "{report:?}");
    assert!(matches!(report.outcome("front"), Some(Outcome::Skipped { because: "function" })));
    assert!(matches!(report.outcome("note"), Some(Outcome::Created)));
}

#[tokio::test(start_paused = true)]
async fn a_difference_that_no_push_removes_is_named() {
    let cloud = Arc::new(FakeCloud::new());
    let mut graph = Graph::new();
    graph.add("forgetful", Forgetful(Part::new("forgetful")), (), |()| PartDesired::of(&[("a", "1")]));
    let report = run(&cloud, graph, Choices::default()).await.unwrap();
    let Some(Outcome::Failed(failure)) = report.outcome("forgetful") else { panic!("{report:?}") };
    let Problem::Unsettled(changes) = &failure.problem else { panic!("{failure:?}") };
    assert_eq!(changes[0].field, "field.a");
}

/// Accepts a field and does not keep it.
struct Forgetful(Part);

impl reconcile::Resource for Forgetful {
    type Cloud = FakeCloud;
    type Desired = PartDesired;
    type Actual = Thing;
    type Output = String;

    async fn observe(&self, cloud: &FakeCloud) -> Result<Option<Thing>, reconcile::Fault> {
        self.0.observe(cloud).await
    }
    fn ownership(&self, actual: &Thing) -> reconcile::Ownership {
        self.0.ownership(actual)
    }
    fn diff(&self, desired: &PartDesired, actual: Option<&Thing>) -> Vec<reconcile::Change> {
        self.0.diff(desired, actual)
    }
    async fn converge(
        &self,
        cloud: &FakeCloud,
        _desired: &PartDesired,
        actual: Option<&Thing>,
    ) -> Result<reconcile::Pushed<Thing>, reconcile::Fault> {
        self.0.converge(cloud, &PartDesired::default(), actual).await
    }
    async fn delete(
        &self,
        cloud: &FakeCloud,
        actual: &Thing,
    ) -> Result<reconcile::Removed, reconcile::Fault> {
        self.0.delete(cloud, actual).await
    }
    fn output(&self, actual: &Thing) -> Option<String> {
        self.0.output(actual)
    }
}

/// Throws the switch at the first event that says so.
struct HaltAt(&'static str, Halt, Mutex<Vec<String>>);

impl Observer for HaltAt {
    fn on(&self, event: Event) {
        if let Event::Started { node, .. } = &event {
            self.2.lock().expect("no test panics while it holds the list").push((*node).to_owned());
            if *node == self.0 {
                self.1.set(HaltReason::Interrupted);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_halt_starts_nothing_new_and_the_next_run_finishes() {
    let cloud = Arc::new(FakeCloud::new());
    let halt = Halt::new();
    let observer = Arc::new(HaltAt("function", halt.clone(), Mutex::default()));
    let engine = Engine::new(stack("1", false), Arc::clone(&cloud), observer, halt, Choices::default());
    engine.observe().await.unwrap();
    let report = engine.apply(&engine.plan(), APPLY).await;
    assert!(report.halted());
    assert!(cloud.get("api").is_none());
    assert!(run(&cloud, stack("1", false), Choices::default()).await.unwrap().complete());
}

#[tokio::test(start_paused = true)]
async fn outputs_can_be_asked_for_after_a_plan_and_after_a_run() {
    let cloud = Arc::new(FakeCloud::new());
    let mut graph = Graph::new();
    let part = graph.add("part", Part::new("part"), (), |()| PartDesired::of(&[("version", "7")]));
    let engine = engine(&cloud, graph, Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    assert_eq!(engine.output(part), None);
    engine.apply(&plan, APPLY).await;
    assert_eq!(engine.output(part).as_deref(), Some("part:7"));
    engine.plan();
    assert_eq!(engine.output(part).as_deref(), Some("part:7"));
}

#[tokio::test(start_paused = true)]
async fn waiting_has_an_end() {
    let cloud = Arc::new(FakeCloud::new());
    let mut graph = Graph::new();
    graph.add("stuck", Part { slow: u32::MAX, ..Part::new("stuck") }, (), |()| PartDesired::default());
    let begun = tokio::time::Instant::now();
    let report = run(&cloud, graph, Choices::default()).await.unwrap();
    let Some(Outcome::Failed(failure)) = report.outcome("stuck") else { panic!("{report:?}") };
    assert!(matches!(failure.problem, Problem::TimedOut(_)));
    assert!(begun.elapsed() < Duration::from_secs(150));
}

#[tokio::test(start_paused = true)]
async fn a_deploy_survives_every_crash_point() {
    let fresh = async || Arc::new(FakeCloud::new());
    every_crash_point(fresh, async |cloud: &Arc<FakeCloud>| {
        run(cloud, stack("1", true), Choices::default()).await.is_some_and(|report| report.complete())
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_update_and_a_destroy_survive_every_crash_point() {
    let fresh = async || {
        let cloud = Arc::new(FakeCloud::new());
        run(&cloud, stack("1", true), Choices::default()).await.unwrap();
        cloud.restart_counting();
        cloud
    };
    every_crash_point(fresh, async |cloud: &Arc<FakeCloud>| {
        run(cloud, stack("2", false), Choices::default()).await.is_some_and(|report| report.complete())
    })
    .await;
    every_crash_point(fresh, async |cloud: &Arc<FakeCloud>| {
        run(cloud, stack("1", true), destroy()).await.is_some_and(|report| report.complete())
    })
    .await;
}

/// Any layered graph: each node takes the outputs of some earlier ones.
fn layered(edges: &[Vec<bool>], fields: &[u8]) -> Graph<FakeCloud> {
    let mut graph = Graph::new();
    let mut handles = Vec::new();
    for (index, uses) in edges.iter().enumerate() {
        let name: &'static str = ["a", "b", "c", "d", "e", "f", "g", "h"][index];
        let version = fields[index].to_string();
        let part = Part { slow: u32::from(fields[index] % 3), tells: index % 2 == 0, ..Part::new(name) };
        let mut upstream = handles.iter().zip(uses).filter(|(_, used)| **used).map(|(handle, _)| *handle);
        let handle = match (upstream.next(), upstream.next()) {
            (Some(one), Some(two)) => {
                graph.add(name, part, (one, two), move |(one, two): (String, String)| {
                    PartDesired::of(&[("version", &version), ("one", &one), ("two", &two)])
                })
            }
            (Some(one), None) => graph.add(name, part, (one,), move |(one,): (String,)| {
                PartDesired::of(&[("version", &version), ("one", &one)])
            }),
            _ => graph.add(name, part, (), move |()| PartDesired::of(&[("version", &version)])),
        };
        handles.push(handle);
    }
    graph
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_graph_ends_the_same_from_any_beginning(
        edges in prop::collection::vec(prop::collection::vec(any::<bool>(), 8), 1..8),
        first in prop::collection::vec(any::<u8>(), 8),
        second in prop::collection::vec(any::<u8>(), 8),
        drift in prop::collection::vec((0..8_usize, any::<bool>()), 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let cloud = Arc::new(FakeCloud::new());
            prop_assert!(run(&cloud, layered(&edges, &first), Choices::default()).await.unwrap().complete());
            for (node, delete) in drift {
                let name = ["a", "b", "c", "d", "e", "f", "g", "h"][node];
                match cloud.get(name) {
                    Some(_) if delete => cloud.remove(name),
                    Some(thing) => cloud.put(name, Thing { fields: [("odd".to_owned(), "1".to_owned())].into(), ..thing }),
                    None => {}
                }
            }
            prop_assert!(run(&cloud, layered(&edges, &second), Choices::default()).await.unwrap().complete());
            let fresh = Arc::new(FakeCloud::new());
            prop_assert!(run(&fresh, layered(&edges, &second), Choices::default()).await.unwrap().complete());
            prop_assert_eq!(cloud.picture().await, fresh.picture().await);
            prop_assert!(run(&cloud, layered(&edges, &second), destroy()).await.unwrap().complete());
            prop_assert_eq!(cloud.picture().await, "{}");
            Ok(())
        })?;
    }
}
