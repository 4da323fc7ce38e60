//! Runs one resource through the engine against scripted answers. Tests only.

use std::sync::Arc;

use reconcile::{Apply, Choices, Engine, Graph, Halt, Report, Resource, Silent, Waits};

use crate::targets::aws::{Cloud, script::Script};

pub(crate) async fn deploy<R: Resource<Cloud = Cloud>>(
    script: &Script,
    thing: R,
    desired: R::Desired,
) -> Report {
    run(script, thing, desired, Choices::default()).await
}

pub(crate) async fn destroy<R: Resource<Cloud = Cloud>>(
    script: &Script,
    thing: R,
    desired: R::Desired,
) -> Report {
    run(script, thing, desired, Choices { destroy: true, ..Choices::default() }).await
}

async fn run<R>(script: &Script, thing: R, desired: R::Desired, choices: Choices) -> Report
where
    R: Resource<Cloud = Cloud>,
{
    let mut graph = Graph::new();
    graph.add("thing", thing, (), move |()| desired.clone());
    let engine = Engine::new(graph, Arc::new(script.cloud()), Arc::new(Silent), Halt::new(), choices);
    engine.observe().await.unwrap();
    let plan = engine.plan();
    let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
    engine.verify(&plan, report).await
}

/// How many requests began like this.
pub(crate) fn count(script: &Script, beginning: &str) -> usize {
    script.log().iter().filter(|line| line.starts_with(beginning)).count()
}
