//! The nodes of the graph, with the types of their resources erased.

use std::pin::Pin;

use crate::{
    change::Change,
    entry::{Entry, Observed},
    inputs::{Edge, Outputs},
    plan::{Action, Choices, Planned},
    report::{Failure, Outcome},
    resource::{Ownership, Resource},
    run::Run,
};

pub(crate) type Task<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A node of the graph, whatever its resource.
pub(crate) trait Node<C>: Send + Sync {
    fn name(&self) -> &'static str;
    fn edges(&self) -> &[Edge];
    fn wanted(&self) -> bool;
    /// Observes the resource, with retries, and stores the result.
    fn observe<'a>(&'a self, run: &'a Run<C>) -> Task<'a, Result<(), Failure>>;
    /// Discards the last observation, so that the next step observes again.
    fn forget(&self);
    fn exists(&self) -> bool;
    /// Whether it exists, must exist, and is not ours.
    fn is_unowned(&self) -> bool;
    /// Publishes the output of the last observation, even if the node must not exist.
    fn publish_observed(&self, outputs: &Outputs);
    /// Publishes the output of a node that must not exist.
    fn publish_absence(&self, outputs: &Outputs);
    /// Compares the last observation with the desired state, and publishes the predicted output.
    fn plan(&self, outputs: &Outputs, upstream: &dyn Fn(usize) -> &'static str, choices: &Choices)
    -> Planned;
    /// Returns the changes that the last observation still shows.
    fn remaining_changes(&self, outputs: &Outputs) -> Vec<Change>;
    fn converge<'a>(&'a self, run: &'a Run<C>, replace: bool) -> Task<'a, Result<Outcome, Failure>>;
    fn remove<'a>(&'a self, run: &'a Run<C>) -> Task<'a, Result<Outcome, Failure>>;
}

impl<R: Resource> Entry<R> {
    /// Returns the action for a wanted node, its changes and its predicted output.
    fn compare(&self, outputs: &Outputs, choices: &Choices) -> (Action, Vec<Change>, Option<R::Output>) {
        let desired = self.desired(outputs);
        let Some(actual) = self.actual() else {
            let changes = desired.as_ref().map(|d| self.resource.diff(d, None)).unwrap_or_default();
            return (Action::Create, changes, desired.and_then(|d| self.resource.predict_output(&d, None)));
        };
        let foreign = match self.resource.ownership(&actual) {
            Ownership::Untagged(what) | Ownership::Foreign(what) if !choices.adopt => Some(what),
            _ => None,
        };
        let changes = desired.as_ref().map(|d| self.resource.diff(d, Some(&actual))).unwrap_or_default();
        if let Some(what) = foreign {
            return (Action::Foreign(what), changes, None);
        }
        let Some(desired) = desired else {
            return (Action::Recheck, Vec::new(), None);
        };
        if changes.is_empty() {
            return (Action::Keep, changes, self.resource.output(&actual));
        }
        let predicted = self.resource.predict_output(&desired, Some(&actual));
        if !changes.iter().any(|change| change.replaces) {
            (Action::Update, changes, predicted)
        } else if choices.replace.contains(self.name) {
            (Action::Replace, changes, self.resource.predict_output(&desired, None))
        } else {
            (Action::NeedsReplacing, changes, None)
        }
    }

    /// Returns the action for a node that should not exist.
    fn unwanted(&self, choices: &Choices) -> Action {
        match self.actual() {
            None => Action::Absent,
            Some(_) if choices.keep.contains(self.name) => Action::Leave("kept, as requested".to_owned()),
            Some(actual) => match self.resource.ownership(&actual) {
                Ownership::Ours => Action::Delete,
                Ownership::Untagged(what) | Ownership::Foreign(what) => Action::Leave(what),
            },
        }
    }
}

impl<R: Resource> Node<R::Cloud> for Entry<R> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn edges(&self) -> &[Edge] {
        &self.edges
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn observe<'a>(&'a self, run: &'a Run<R::Cloud>) -> Task<'a, Result<(), Failure>> {
        Box::pin(self.observe_and_store(run))
    }

    fn forget(&self) {
        self.set_observed(Observed::NotYet);
    }

    fn exists(&self) -> bool {
        self.actual().is_some()
    }

    fn is_unowned(&self) -> bool {
        let is_ours = |actual| self.resource.ownership(&actual) == Ownership::Ours;
        self.wanted && !self.actual().is_none_or(is_ours)
    }

    fn publish_observed(&self, outputs: &Outputs) {
        self.publish(outputs, self.actual().and_then(|actual| self.resource.output(&actual)));
    }

    fn publish_absence(&self, outputs: &Outputs) {
        self.publish(outputs, None);
    }

    fn plan(
        &self,
        outputs: &Outputs,
        upstream: &dyn Fn(usize) -> &'static str,
        choices: &Choices,
    ) -> Planned {
        if choices.destroy || !self.wanted {
            self.publish(outputs, None);
            return Planned {
                node: self.name,
                physical_name: self.resource.physical_name(),
                action: self.unwanted(choices),
                changes: vec![],
                after: vec![],
            };
        }
        let unknown = self.edges.iter().filter(|edge| edge.value && !outputs.known(edge.upstream));
        let after = unknown.map(|edge| upstream(edge.upstream)).collect();
        let (action, changes, predicted) = self.compare(outputs, choices);
        self.publish(outputs, predicted);
        Planned { node: self.name, physical_name: self.resource.physical_name(), action, changes, after }
    }

    fn remaining_changes(&self, outputs: &Outputs) -> Vec<Change> {
        match (self.desired(outputs), self.observed()) {
            (Some(desired), Observed::Actual(actual)) => self.resource.diff(&desired, actual.as_ref()),
            _ => Vec::new(),
        }
    }

    fn converge<'a>(&'a self, run: &'a Run<R::Cloud>, replace: bool) -> Task<'a, Result<Outcome, Failure>> {
        Box::pin(self.converge_until_nothing_differs(run, replace))
    }

    fn remove<'a>(&'a self, run: &'a Run<R::Cloud>) -> Task<'a, Result<Outcome, Failure>> {
        Box::pin(self.remove_until_gone(run))
    }
}
