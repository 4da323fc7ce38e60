//! Runs one resource through the engine against scripted responses. Tests only.

use std::sync::Arc;

use reconcile::{Apply, Choices, Engine, Graph, Halt, Report, Resource, Silent, Waits};

use crate::targets::aws::{Cloud, script::Script};

/// The name of the only node in these graphs.
pub(crate) const NODE: &str = "resource";

pub(crate) async fn deploy<R: Resource<Cloud = Cloud>>(
    script: &Script,
    resource: R,
    desired: R::Desired,
) -> Report {
    run(engine(script, resource, desired, Choices::default())).await
}

pub(crate) async fn destroy<R: Resource<Cloud = Cloud>>(
    script: &Script,
    resource: R,
    desired: R::Desired,
) -> Report {
    run(engine(script, resource, desired, Choices { destroy: true, ..Choices::default() })).await
}

pub(crate) fn engine<R: Resource<Cloud = Cloud>>(
    script: &Script,
    resource: R,
    desired: R::Desired,
    choices: Choices,
) -> Engine<Cloud> {
    let mut graph = Graph::new();
    graph.add(NODE, resource, (), move |()| desired.clone());
    Engine::new(graph, Arc::new(script.cloud()), Arc::new(Silent), Halt::new(), choices)
}

pub(crate) async fn run(engine: Engine<Cloud>) -> Report {
    engine.observe().await.expect("all requests of the first read are scripted");
    let plan = engine.plan();
    let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
    engine.verify(&plan, report).await
}

/// Counts the requests whose log line starts with `prefix`.
pub(crate) fn count(script: &Script, prefix: &str) -> usize {
    script.log().iter().filter(|line| line.starts_with(prefix)).count()
}
