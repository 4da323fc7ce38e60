//! Observes, plans, applies and verifies a graph.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::join_all;
use tokio::sync::mpsc;

use crate::{
    backoff::Backoff,
    event::{Event, Observer},
    graph::Graph,
    halt::Halt,
    inputs::{Handle, Outputs, Reached},
    node::Node,
    plan::{Action, Choices, Plan},
    report::{Failure, Outcome, Phase, Problem, Report},
    run::{CreationTimes, Run, Waits},
    walk::walk,
};

/// How often the verification repeats a read that shows a difference, because reads can be stale for a while.
const VERIFY_RETRIES: u32 = 8;

/// The engine for one graph.
pub struct Engine<C> {
    graph: Graph<C>,
    cloud: Arc<C>,
    observer: Arc<dyn Observer>,
    halt: Halt,
    choices: Choices,
    /// The outputs of the last observation, plan or run.
    outputs: Mutex<Arc<Outputs>>,
    created: Arc<CreationTimes>,
}

impl<C> fmt::Debug for Engine<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("graph", &self.graph)
            .field("choices", &self.choices)
            .finish_non_exhaustive()
    }
}

/// Options for [`Engine::apply`].
#[derive(Debug, Clone, Copy)]
pub struct Apply {
    pub waits: Waits,
    /// The observations of the plan are still valid, because no other process can have written since.
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
        Self { graph, cloud, observer, halt, choices, outputs, created: Arc::default() }
    }

    /// Returns the names of the nodes, in the order of the graph.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.graph.names()
    }

    /// Returns the nodes whose resources exist and are not ours, according to the last observation.
    pub fn unowned(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.graph.nodes.iter().filter(|node| node.is_unowned()).map(|node| node.name())
    }

    /// Keeps these nodes, too, if a run deletes everything.
    pub fn keep(&mut self, nodes: impl IntoIterator<Item = String>) {
        self.choices.keep.extend(nodes);
    }

    /// Observes all nodes in parallel.
    pub async fn observe(&self) -> Result<(), Vec<Failure>> {
        let (run, _milestones) = self.run(self.graph.outputs(), Waits::Yes);
        self.observer.on(Event::Observing { nodes: self.graph.nodes.len() });
        let reads = self.graph.nodes.iter().map(|node| async {
            let result = node.observe(&run).await;
            self.observer.on(Event::Observed { node: node.name() });
            result
        });
        let mut failures: Vec<_> = join_all(reads).await.into_iter().filter_map(Result::err).collect();
        // The cause of the cancellation explains it better than every canceled node does.
        let is_cause = |failure: &Failure| !matches!(failure.problem, Problem::Canceled);
        if failures.iter().any(is_cause) {
            failures.retain(is_cause);
        }
        let outputs = self.fresh_outputs();
        self.graph.nodes.iter().for_each(|node| node.publish_observed(&outputs));
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }

    /// Returns a node's output, if known: the observed one, the predicted one after a plan, or the actual one after a
    /// run.
    pub fn output<T: Clone + 'static>(&self, handle: Handle<T>) -> Option<T> {
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).get(handle.node())
    }

    fn fresh_outputs(&self) -> Arc<Outputs> {
        let fresh = self.graph.outputs();
        *self.outputs.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        fresh
    }

    /// Returns what a run would do, according to the last observation.
    pub fn plan(&self) -> Plan {
        let outputs = self.fresh_outputs();
        let upstream = |index: usize| self.graph.nodes[index].name();
        let nodes = self.graph.nodes.iter().map(|node| node.plan(&outputs, &upstream, &self.choices));
        Plan { nodes: nodes.collect() }
    }

    /// Applies the plan. Call [`verify`](Self::verify) with the report.
    pub async fn apply(&self, plan: &Plan, apply: Apply) -> Report {
        if !apply.observed {
            self.graph.nodes.iter().for_each(|node| node.forget());
        }
        let outputs = self.fresh_outputs();
        self.graph.nodes.iter().filter(|node| !node.wanted()).for_each(|node| node.publish_absence(&outputs));
        let (run, milestones) = self.run(outputs, apply.waits);
        let actions = plan.nodes.iter().map(|planned| planned.action.clone()).collect();
        walk(&self.graph.nodes, actions, Arc::new(run), milestones).await
    }

    /// Observes all nodes that finished, in parallel, and reports those that still differ as failed.
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
                    // A deletion that has not finished, or an update that was left to the next run.
                    | (Action::Delete | Action::Update, Outcome::InProgress(_))
                    | (_, Outcome::Failed(_) | Outcome::Skipped { .. } | Outcome::Halted) => None,
                    (Action::Delete, _) => {
                        let exists = |node: &dyn Node<C>| {
                            node.exists().then(|| Problem::Broken("it still exists".to_owned()))
                        };
                        self.check(run, node.as_ref(), exists).await
                    }
                    _ => {
                        let differs = |node: &dyn Node<C>| {
                            let changes = node.remaining_changes(&run.outputs);
                            (!changes.is_empty()).then_some(Problem::StillDiffers(changes))
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

    /// Observes the node until `problem` returns `None`, because a read can be stale. Returns the problem as a failure
    /// after [`VERIFY_RETRIES`] retries.
    async fn check(
        &self,
        run: &Run<C>,
        node: &dyn Node<C>,
        problem: impl Fn(&dyn Node<C>) -> Option<Problem>,
    ) -> Option<Failure> {
        for attempt in 0.. {
            match node.observe(run).await {
                Ok(()) => {}
                Err(Failure { problem: Problem::Canceled, .. }) => return None,
                Err(failure) => return Some(failure),
            }
            let problem = problem(node)?;
            if attempt == VERIFY_RETRIES || self.halt.reason().is_some() {
                return Some(Failure { node: node.name(), phase: Phase::Verify, problem });
            }
            run.sleep(Backoff::PROPAGATION.delay(attempt, node.name())).await;
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
            created: Arc::clone(&self.created),
            milestones,
        };
        (run, receiver)
    }
}
