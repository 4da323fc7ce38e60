//! The walk over the graph: starts each node when nothing blocks it, and none that depends on a failed one.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{sync::mpsc, task::JoinSet, time::Instant};

use crate::{
    event::Event,
    inputs::Reached,
    node::Node,
    plan::Action,
    report::{Failure, Outcome, Report},
    run::Run,
};

/// The job of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    Nothing,
    Converge { replace: bool },
    Remove,
}

struct Walk<'a, C> {
    nodes: &'a [Arc<dyn Node<C>>],
    jobs: Vec<Job>,
    actions: Vec<Action>,
    /// For each node, the nodes it waits for, and the progress they must make.
    blockers: Vec<BTreeSet<(usize, Reached)>>,
    outcomes: Vec<Option<Outcome>>,
    started: Vec<bool>,
    running: JoinSet<(usize, Result<Outcome, Failure>, Duration)>,
}

/// Does every node's job, in parallel as far as the edges allow.
pub(crate) async fn walk<C: Send + Sync + 'static>(
    nodes: &[Arc<dyn Node<C>>],
    actions: Vec<Action>,
    run: Arc<Run<C>>,
    mut milestones: mpsc::UnboundedReceiver<(usize, Reached)>,
) -> Report {
    let jobs: Vec<Job> = actions.iter().map(job).collect();
    let blockers = blockers(nodes, &jobs, &actions);
    let count = nodes.len();
    let mut walk = Walk {
        nodes,
        jobs,
        actions,
        blockers,
        outcomes: vec![None; count],
        started: vec![false; count],
        running: JoinSet::new(),
    };
    loop {
        walk.start_unblocked(&run);
        tokio::select! {
            biased;
            Some((node, reached)) = milestones.recv() => walk.unblock(node, reached),
            joined = walk.running.join_next() => match joined {
                None => break,
                Some(Ok((node, result, took))) => walk.finish(node, result, took, &run),
                Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Some(Err(_)) => {}
            }
        }
    }
    walk.into_report(run.halt.reason().is_some())
}

fn job(action: &Action) -> Job {
    match action {
        Action::Delete => Job::Remove,
        Action::Replace => Job::Converge { replace: true },
        Action::Keep | Action::Create | Action::Update | Action::Recheck => Job::Converge { replace: false },
        Action::Absent | Action::Leave(_) | Action::Foreign(_) | Action::NeedsReplacing => Job::Nothing,
    }
}

/// Returns what each node waits for. Creating follows the edges, removing goes against them. A node that is removed
/// also waits until dependents that stay no longer use it. An edge that only orders writes does not hold up a node that is
/// kept, because it is known to write nothing.
fn blockers<C>(
    nodes: &[Arc<dyn Node<C>>],
    jobs: &[Job],
    actions: &[Action],
) -> Vec<BTreeSet<(usize, Reached)>> {
    let is_kept = |index: usize| matches!(actions[index], Action::Keep);
    let mut blockers = vec![BTreeSet::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for edge in node.edges() {
            match (jobs[index], jobs[edge.upstream]) {
                (Job::Converge { .. }, Job::Converge { .. }) if !edge.value && is_kept(index) => {}
                (Job::Converge { .. }, Job::Converge { .. }) => {
                    blockers[index].insert((edge.upstream, edge.need));
                }
                (Job::Converge { .. }, Job::Remove) => {
                    blockers[edge.upstream].insert((index, Reached::Done));
                }
                (Job::Remove, Job::Remove) => {
                    blockers[edge.upstream].insert((index, edge.need));
                }
                _ => {}
            }
        }
    }
    blockers
}

impl<C: Send + Sync + 'static> Walk<'_, C> {
    fn start_unblocked(&mut self, run: &Arc<Run<C>>) {
        if run.halt.reason().is_some() {
            return;
        }
        for index in 0..self.nodes.len() {
            let unblocked = !self.started[index] && self.blockers[index].is_empty();
            if unblocked && self.jobs[index] != Job::Nothing {
                self.started[index] = true;
                self.start(index, run);
            }
        }
    }

    fn start(&mut self, index: usize, run: &Arc<Run<C>>) {
        let (node, run, job) = (Arc::clone(&self.nodes[index]), Arc::clone(run), self.jobs[index]);
        if !matches!(self.actions[index], Action::Keep) {
            run.observer.on(Event::Started { node: node.name(), action: self.actions[index].clone() });
        }
        self.running.spawn(async move {
            let started = Instant::now();
            let result = match job {
                Job::Remove => node.remove(&run).await,
                Job::Converge { replace } => node.converge(&run, replace).await,
                Job::Nothing => Ok(Outcome::Unchanged),
            };
            (index, result, started.elapsed())
        });
    }

    fn unblock(&mut self, node: usize, reached: Reached) {
        for blockers in &mut self.blockers {
            blockers.retain(|&(upstream, need)| upstream != node || need > reached);
        }
    }

    fn finish(&mut self, index: usize, result: Result<Outcome, Failure>, took: Duration, run: &Run<C>) {
        let outcome = result.unwrap_or_else(Outcome::Failed);
        // Dependents may start after a node that is still in progress, unless it is being removed.
        let done = match &outcome {
            Outcome::Failed(_) | Outcome::Halted | Outcome::Skipped { .. } => false,
            Outcome::InProgress(_) => self.jobs[index] != Job::Remove,
            _ => true,
        };
        if done {
            self.unblock(index, Reached::Done);
        }
        let quiet = matches!((&self.actions[index], &outcome), (Action::Keep, Outcome::Unchanged));
        if !quiet {
            run.observer.on(Event::Finished {
                node: self.nodes[index].name(),
                outcome: outcome.clone(),
                took,
            });
        }
        self.outcomes[index] = Some(outcome);
    }

    /// Returns the report. A node that never started was blocked by a failure, or the run was canceled.
    fn into_report(self, halted: bool) -> Report {
        let name = |index: usize| self.nodes[index].name();
        let outcome = |index: usize| match &self.outcomes[index] {
            Some(outcome) => outcome.clone(),
            None if self.jobs[index] == Job::Nothing => Outcome::Unchanged,
            None if halted => Outcome::Halted,
            None => self.blocked(index),
        };
        Report { nodes: (0..self.nodes.len()).map(|index| (name(index), outcome(index))).collect() }
    }

    /// Follows the blockers to the node that finished without success.
    fn blocked(&self, mut index: usize) -> Outcome {
        while let Some(&(upstream, _)) = self.blockers[index].first() {
            match &self.outcomes[upstream] {
                Some(Outcome::InProgress(reason)) => return Outcome::InProgress(reason.clone()),
                Some(_) => {
                    return Outcome::Skipped { because: self.nodes[upstream].name() };
                }
                None => index = upstream,
            }
        }
        Outcome::Halted
    }
}
