//! What differs between the places where a twin can run; the commands are the same for all of them.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;
use reconcile::{Engine, Fault, Graph, Plan};
use serde_json::{Map, Value};

use crate::{
    artifacts::{
        Code,
        data::{Files, There, Wanted},
        web::PageSettings,
    },
    spec::{Environment, Options},
    targets::{
        missing_record::MissingRecord,
        record::{Birth, Former, Record, Register, Release, WriteGate},
    },
    twin::{endpoint::Endpoint, logs::LogQuery, secret::KeyStore, store::Store},
    ui::{Diagnostic, Ui},
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

    /// The node of the owner's files.
    const FILES_NODE: &'static str;
    /// Whether a made-up person speaks until there are files of the owner's own.
    const TAKES_SAMPLE: bool;

    /// How soon a running twin reads files that were brought.
    const READS_WITHIN: &'static str;

    /// Enters, reads the record, and makes the graph.
    async fn open(
        options: &Options,
        environment: &Environment,
        aim: Aim,
        part: Part,
        gate: &Arc<WriteGate>,
        ui: &Ui,
    ) -> Result<Opened<Self>, Diagnostic>;

    /// Where the record is, for whoever wants nothing else.
    async fn register(options: &Options, environment: &Environment, ui: &Ui) -> Result<Register, Diagnostic>;

    /// Shows what the twin logs.
    async fn logs(
        options: &Options,
        environment: &Environment,
        query: LogQuery,
        ui: &Ui,
    ) -> Result<(), Diagnostic>;

    /// Where conversations and unanswered questions are kept, for whoever wants nothing else.
    async fn memory(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Box<dyn Store>, Diagnostic>;

    /// Where the key of the model's server is kept.
    async fn key_store(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Box<dyn KeyStore>, Diagnostic>;

    /// Builds and loads what a deploy brings.
    async fn sources(
        options: &Options,
        code: &Code,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Self::Sources, Diagnostic>;

    /// The owner's facts as the twin speaks from them now; `None` when there are none.
    async fn facts_there(&self) -> Result<Option<Value>, Fault>;

    /// The sources with the page told about its owner.
    fn introduced(sources: Self::Sources, environment: &Environment, facts: Option<Value>) -> Self::Sources;

    /// The sources with what becomes of the owner's files.
    fn with_data(sources: Self::Sources, wanted: Wanted) -> Self::Sources;

    /// The owner's files as this run has seen them; `None` where it is not about them, or there is no place for them yet.
    fn files(&self, engine: &Engine<Self::Cloud>) -> Option<Arc<There>>;

    /// The same for whoever has observed nothing.
    async fn data_there(&self) -> Result<Option<Arc<There>>, Fault>;

    /// The bytes of one of them.
    async fn data_file(&self, key: &str) -> Result<Option<Vec<u8>>, Fault>;

    /// The same of files that an older set had.
    async fn kept_files(&self, files: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault>;

    /// The hashes of the code and of the page, without what follows from the owner's facts.
    fn hashes(sources: &Self::Sources) -> (String, String);

    /// Where it is, for the head of everything that is shown.
    fn whereabouts(&self, environment: &Environment) -> String;

    /// When the credentials end, where that is known and they cannot renew themselves.
    fn access_ends(&self) -> Option<Timestamp> {
        None
    }

    /// Where visitors reach it; `None` when there is nothing yet.
    fn endpoint(&self, engine: &Engine<Self::Cloud>) -> Option<Endpoint>;

    /// What a release of what is there now would be noted as; the hashes are filled in by the caller.
    fn release(&self, engine: &Engine<Self::Cloud>, page: PageSettings, id: String) -> Release;

    /// What a run brings of the page, to be remembered with the release.
    fn page(sources: &Self::Sources) -> PageSettings;

    /// Puts the version of an earlier release in the place of one that does not answer. `false` where there is no way back.
    async fn move_back(&self, version: &str) -> Result<bool, Fault>;

    /// Takes away what releases left behind, but nothing that one of `remembered` may need for going back.
    async fn clear(&self, engine: &Engine<Self::Cloud>, remembered: &[Release]);

    /// What whoever changes things with these credentials should hear first.
    fn caution(&self) -> Option<&'static str> {
        None
    }

    /// Asks, before anything is changed, what could be in the way of it.
    async fn preflight(&self, _: &Environment, _: &Plan, _: &Ui) -> Result<(), Diagnostic> {
        Ok(())
    }

    /// Whether anything of a domain that is not wanted any more may be left after a run that reached its end.
    fn former(&self, _: &Engine<Self::Cloud>) -> Former {
        Former::Forgotten
    }

    /// The records that the owner has still to write, at another DNS host.
    async fn missing_records(&self, _: &Environment, _: &Engine<Self::Cloud>) -> Vec<MissingRecord> {
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

    /// What else there is to know of a plan that destroys.
    fn farewell(plan: &Plan) -> Option<String> {
        let _ = plan;
        None
    }

    /// Saves conversations and files below `folder`, except those of nodes that the plan says are absent.
    async fn back_up(&self, plan: &Plan, folder: &Path, ui: &Ui) -> Result<(), Diagnostic>;
}

/// Whether resources are used or removed. It matters for a resource that is scheduled for deletion: it still exists for a
/// run that uses it, and is gone for a run that removes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    Use,
    Remove,
}

/// What a deploy uploads. It is set once, before anything is planned.
pub(crate) type Sources<T> = Arc<OnceLock<<T as Target>::Sources>>;

/// Which part of an environment a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Everything,
    /// All but the owner's files, of which none are at hand.
    WithoutData,
    /// The owner's files alone.
    Data,
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
