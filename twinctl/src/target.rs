//! What differs between the places where a twin can run; the commands are the same for all of them.

mod aws;

use std::{path::Path, sync::Arc};

use reconcile::{Engine, Fault, Graph, Plan};
use serde_json::{Map, Value};

pub(crate) use aws::{Aws, login};

use crate::{
    cli::{Code, Global},
    diagnostic::Diagnostic,
    front::Front,
    lock::{Birth, Former, Record, Register, Release},
    logs::Asked,
    owed::Owed,
    session::Sources,
    spec::Environment,
    stack::Page,
    ui::Ui,
};

/// A place where a twin can run. One value stands for one environment there.
pub(crate) trait Target: Sized {
    /// What the resources of its graph work with.
    type Cloud: Send + Sync + 'static;
    /// What a deploy brings. The default stands for "as it is": looking and destroying need no build and no sources.
    type Sources: Clone + Default + Send + Sync + 'static;
    /// The nodes that `destroy --keep-data` leaves alone: conversations, then the owner's files.
    const DATA_NODES: [&'static str; 2];
    /// Whether a deploy waits for a yes.
    const ASKS: bool;

    /// Enters, reads the record, and makes the graph.
    async fn open(global: &Global, environment: &Environment, ui: &Ui) -> Result<Opened<Self>, Diagnostic>;

    /// Where the record is, for whoever wants nothing else.
    async fn register(global: &Global, environment: &Environment) -> Result<Register, Diagnostic>;

    /// Shows what the twin logs.
    async fn logs(
        global: &Global,
        environment: &Environment,
        asked: Asked,
        ui: &Ui,
    ) -> Result<(), Diagnostic>;

    /// Builds and loads what a deploy brings.
    async fn sources(
        global: &Global,
        code: &Code,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Self::Sources, Diagnostic>;

    /// The owner's facts as the twin speaks from them now; `None` when there are none.
    async fn facts_there(&self) -> Result<Option<Value>, Fault>;

    /// The sources with the page told about its owner.
    fn introduced(sources: Self::Sources, environment: &Environment, facts: Option<Value>) -> Self::Sources;

    /// The hashes of the code and of the page, without what follows from the owner's facts.
    fn hashes(sources: &Self::Sources) -> (String, String);

    /// Where it is, for the head of everything that is shown.
    fn whereabouts(&self, environment: &Environment) -> String;

    /// Where visitors reach it; `None` when there is nothing yet.
    fn front(&self, engine: &Engine<Self::Cloud>) -> Option<Front>;

    /// What a release of what is there now would be noted as; the hashes are filled in by the caller.
    fn release(&self, engine: &Engine<Self::Cloud>, page: Page, id: String) -> Release;

    /// What a run brings of the page, to be remembered with the release.
    fn page(sources: &Self::Sources) -> Page;

    /// Puts the version of an earlier release in the place of one that does not answer. `false` where there is no way back.
    async fn move_back(&self, version: &str) -> Result<bool, Fault>;

    /// Takes away what releases left behind, but nothing that one of `remembered` may need for going back.
    async fn clear(&self, engine: &Engine<Self::Cloud>, remembered: &[Release]);

    /// Asks, before anything is changed, what could be in the way of it.
    async fn preflight(&self, _: &Environment, _: &Plan, _: &Ui) -> Result<(), Diagnostic> {
        Ok(())
    }

    /// Whether anything of a domain that is not wanted any more may be left after a run that reached its end.
    fn former(&self, _: &Engine<Self::Cloud>) -> Former {
        Former::Forgotten
    }

    /// The records that the owner has still to write, at another DNS host.
    async fn owed(&self, _: &Environment, _: &Engine<Self::Cloud>) -> Vec<Owed> {
        Vec::new()
    }

    /// What else `status` has to tell, for people.
    fn notes(&self, engine: &Engine<Self::Cloud>, last: Option<&Release>) -> Vec<String>;

    /// What else `status` has to tell, for machines.
    fn facts(&self, environment: &Environment, engine: &Engine<Self::Cloud>) -> Map<String, Value>;

    /// Names, ids and addresses, all that there are.
    fn outputs(&self, environment: &Environment, engine: &Engine<Self::Cloud>)
    -> Vec<(&'static str, String)>;

    /// How many conversations and how many of the owner's files there are.
    async fn count(&self) -> Result<[u64; 2], Diagnostic>;

    /// Saves conversations and files below `folder`, except those of nodes that the plan says are absent.
    async fn back_up(&self, plan: &Plan, folder: &Path, ui: &Ui) -> Result<(), Diagnostic>;
}

/// An environment that was entered.
pub(crate) struct Opened<T: Target> {
    pub(crate) target: T,
    pub(crate) register: Register,
    /// As it was before anything was observed.
    pub(crate) seen: Option<Record>,
    pub(crate) birth: Birth,
    /// The release that a deploy would make.
    pub(crate) release: String,
    pub(crate) cloud: Arc<T::Cloud>,
    pub(crate) graph: Graph<T::Cloud>,
    pub(crate) sources: Sources<T>,
}

/// Runs a generic command on the target that the environment names.
macro_rules! on_target {
    ($environment:expr, $run:ident($($argument:expr),*)) => {
        match $environment.target {
            crate::spec::Target::Aws => $run::<crate::target::Aws>($($argument),*).await,
            crate::spec::Target::Local => $run::<crate::local::Local>($($argument),*).await,
        }
    };
}
pub(crate) use on_target;
