//! Observes, plans, applies and verifies a graph.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::join_all;
use tokio::sync::mpsc;

use crate::{
    Action, Cadence, Choices, Event, Failure, Graph, Halt, Handle, Observer, Outcome, Phase, Plan, Problem,
    Report,
    inputs::{Outputs, Reached},
    node::Node,
    settle::Run,
    walk,
};

/// How often the verification may look before it calls a difference real: reads can be stale for a while.
const VERIFYING_LOOKS: u32 = 8;

/// A graph, the cloud it lives in, and whoever watches.
pub struct Engine<C> {
    graph: Graph<C>,
    cloud: Arc<C>,
    observer: Arc<dyn Observer>,
    halt: Halt,
    choices: Choices,
    /// Of the last plan or run.
    outputs: Mutex<Arc<Outputs>>,
}

impl<C> fmt::Debug for Engine<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("graph", &self.graph)
            .field("choices", &self.choices)
            .finish_non_exhaustive()
    }
}

/// Whether to wait for what gets ready, or goes, by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    Yes,
    No,
}

/// How to apply a plan.
#[derive(Debug, Clone, Copy)]
pub struct Apply {
    pub waits: Waits,
    /// What was observed for the plan can still be relied on, because nobody else can have written since.
    pub observed: bool,
}

impl<C: Send + Sync + 'static> Engine<C> {
    pub fn new(
        graph: Graph<C>,
        cloud: Arc<C>,
        observer: Arc<dyn Observer>,
        halt: Halt,
        choices: Choices,
    ) -> Self {
        let outputs = Mutex::new(graph.outputs());
        Self { graph, cloud, observer, halt, choices, outputs }
    }

    /// The nodes, in the order of the stack.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.graph.names()
    }

    /// Looks at every node at once.
    pub async fn observe(&self) -> Result<(), Vec<Failure>> {
        let (run, _milestones) = self.run(self.graph.outputs(), Waits::Yes);
        self.observer.on(Event::Observing { nodes: self.graph.nodes.len() });
        let looks = self.graph.nodes.iter().map(|node| async {
            let looked = node.look(&run).await;
            self.observer.on(Event::Observed { node: node.name() });
            looked
        });
        let failures: Vec<_> = join_all(looks).await.into_iter().filter_map(Result::err).collect();
        let outputs = self.fresh_outputs();
        self.graph.nodes.iter().for_each(|node| node.publish_seen(&outputs));
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }

    /// What is known of a node's output: after a look what was seen, after a plan what is foreseen, after a run what came of it.
    pub fn output<T: Clone + 'static>(&self, handle: Handle<T>) -> Option<T> {
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).get(handle.node())
    }

    fn fresh_outputs(&self) -> Arc<Outputs> {
        let fresh = self.graph.outputs();
        *self.outputs.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        fresh
    }

    /// What a run would do, from what was observed.
    pub fn plan(&self) -> Plan {
        let outputs = self.fresh_outputs();
        let upstream = |index: usize| self.graph.nodes[index].name();
        let nodes = self.graph.nodes.iter().map(|node| node.plan(&outputs, &upstream, &self.choices));
        Plan { nodes: nodes.collect() }
    }

    /// Does what the plan says. What came of it still has to be verified.
    pub async fn apply(&self, plan: &Plan, apply: Apply) -> Report {
        if !apply.observed {
            self.graph.nodes.iter().for_each(|node| node.forget());
        }
        let outputs = self.fresh_outputs();
        self.graph.nodes.iter().filter(|node| !node.wanted()).for_each(|node| node.publish_absence(&outputs));
        let (run, milestones) = self.run(outputs, apply.waits);
        let actions = plan.nodes.iter().map(|planned| planned.action.clone()).collect();
        walk::walk(&self.graph.nodes, actions, Arc::new(run), milestones).await
    }

    /// One parallel look at everything that was brought to its end: it must find nothing left to change.
    pub async fn verify(&self, plan: &Plan, mut report: Report) -> Report {
        if self.halt.reason().is_some() {
            return report;
        }
        let outputs = Arc::clone(&self.outputs.lock().unwrap_or_else(PoisonError::into_inner));
        let (run, _milestones) = self.run(outputs, Waits::Yes);
        self.observer.on(Event::Verifying { nodes: self.graph.nodes.len() });
        let nodes = self.graph.nodes.iter().zip(&plan.nodes).zip(&mut report.nodes);
        let checks = nodes.map(|((node, planned), (name, outcome))| {
            let run = &run;
            async move {
                let problem = match (&planned.action, &*outcome) {
                    (Action::Absent | Action::Leave(_), _)
                    | (Action::Delete, Outcome::Left(_))
                    | (_, Outcome::Failed(_) | Outcome::Skipped { .. } | Outcome::Halted) => None,
                    (Action::Delete, _) => {
                        let there = |node: &dyn Node<C>| {
                            node.exists().then(|| Problem::Broken("it is still there".to_owned()))
                        };
                        self.check(run, node.as_ref(), there).await
                    }
                    _ => {
                        let differs = |node: &dyn Node<C>| {
                            let changes = node.remaining(&run.outputs);
                            (!changes.is_empty()).then_some(Problem::Unsettled(changes))
                        };
                        self.check(run, node.as_ref(), differs).await
                    }
                };
                if let Some(failure) = problem {
                    *outcome = Outcome::Failed(Failure { node: name, ..failure });
                }
            }
        });
        join_all(checks).await;
        self.observer.on(Event::Verified);
        report
    }

    /// Looks until `differs` finds nothing, for as long as a read can be stale.
    async fn check(
        &self,
        run: &Run<C>,
        node: &dyn Node<C>,
        differs: impl Fn(&dyn Node<C>) -> Option<Problem>,
    ) -> Option<Failure> {
        for attempt in 0.. {
            if let Err(failure) = node.look(run).await {
                return Some(failure);
            }
            let problem = differs(node)?;
            if attempt == VERIFYING_LOOKS || self.halt.reason().is_some() {
                return Some(Failure { node: node.name(), phase: Phase::Verify, problem });
            }
            run.pause(Cadence::PROPAGATION.pause(attempt, node.name())).await;
        }
        None
    }

    fn run(
        &self,
        outputs: Arc<Outputs>,
        waits: Waits,
    ) -> (Run<C>, mpsc::UnboundedReceiver<(usize, Reached)>) {
        let (milestones, receiver) = mpsc::unbounded_channel();
        let run = Run {
            cloud: Arc::clone(&self.cloud),
            outputs,
            observer: Arc::clone(&self.observer),
            halt: self.halt.clone(),
            waits,
            adopt: self.choices.adopt,
            milestones,
        };
        (run, receiver)
    }
}
