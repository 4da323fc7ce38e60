//! The graph that most tests use, and complete runs of a graph.

use std::sync::Arc;

use reconcile::{Apply, Choices, Engine, Graph, Halt, Report, Silent, Waits};

use crate::fake::{FakeCloud, FakeDesired, FakeResource};

/// Returns this graph, and a `note` that can be turned off:
///
/// ```text
/// bucket ─┐
/// role ───┴─ function ── api ── front
/// ```
pub(crate) fn stack(version: &str, note: bool) -> Graph<FakeCloud> {
    let version = version.to_owned();
    let mut graph = Graph::new();
    let bucket =
        graph.add("bucket", FakeResource::new("bucket"), (), |()| FakeDesired::of(&[("kind", "s3")]));
    let role =
        graph.add("role", FakeResource { returns_item: false, ..FakeResource::new("role") }, (), |()| {
            FakeDesired::of(&[("a", "1"), ("b", "2")])
        });
    let function = FakeResource { slow: 3, ..FakeResource::new("function") };
    let function = graph.add("function", function, (role.early(), bucket), move |(role, bucket)| {
        FakeDesired::of(&[("version", &version), ("role", &role), ("bucket", &bucket)])
    });
    let note = graph
        .add_if(note, "note", FakeResource::new("note"), (bucket,), |(_,)| FakeDesired::of(&[("x", "y")]));
    let api = graph.add("api", FakeResource::new("api"), (function, note), |(function, note)| {
        FakeDesired::of(&[("target", &function), ("note", &note.unwrap_or_default())])
    });
    let front = FakeResource { disable_first: true, slow: 2, ..FakeResource::new("front") };
    graph
        .add("front", front, (api.early(), bucket.after()), |(api, ())| FakeDesired::of(&[("origin", &api)]));
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
