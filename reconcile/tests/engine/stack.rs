//! The graph that the tests run on the fake cloud, and a whole run of it.

use std::sync::Arc;

use reconcile::{
    Apply, Choices, Engine, Graph, Halt, Report, Silent, Waits,
    testing::{FakeCloud, Part, PartDesired},
};

/// bucket ─┐
/// role ───┴─ function ── api ── front, and a note that can be turned off.
pub(crate) fn stack(version: &str, note: bool) -> Graph<FakeCloud> {
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

pub(crate) fn engine(cloud: &Arc<FakeCloud>, graph: Graph<FakeCloud>, choices: Choices) -> Engine<FakeCloud> {
    Engine::new(graph, Arc::clone(cloud), Arc::new(Silent), Halt::new(), choices)
}

pub(crate) const APPLY: Apply = Apply { waits: Waits::Yes, observed: true };

pub(crate) async fn run(cloud: &Arc<FakeCloud>, graph: Graph<FakeCloud>, choices: Choices) -> Option<Report> {
    let engine = engine(cloud, graph, choices);
    engine.observe().await.ok()?;
    let plan = engine.plan();
    if plan.refusals().next().is_some() {
        return None;
    }
    Some(engine.verify(&plan, engine.apply(&plan, APPLY).await).await)
}

pub(crate) fn destroy() -> Choices {
    Choices { destroy: true, ..Choices::default() }
}
