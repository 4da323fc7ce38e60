//! The `Target` trait and its parts: the operations that differ between AWS and this machine.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;
use reconcile::{Engine, Fault, Graph, Plan, Planned};
use serde_json::{Map, Value};

use crate::{
    artifacts::{
        Code,
        data::{DesiredFiles, Files, StoredFiles},
        web::PageSettings,
    },
    spec::{Environment, Options},
    targets::{
        adoption::Adoption,
        missing_record::MissingRecord,
        record::{
            Birth, Expiry, FormerDomains, KnownIds, OriginSecret, OriginSecrets, Record, Register, WriteGate,
        },
        run_scope::{Aim, Part},
    },
    twin::{
        blocks::BlockList,
        endpoint::Endpoint,
        logs::{LogQuery, TurnLog},
        pause::PauseMark,
        question::Report,
        secret::KeyStore,
        store::Store,
        stream_check::StreamAddress,
    },
    ui::{Diagnostic, Ui},
};

/// An environment on one of the targets: its identity and its graph.
pub(crate) trait TargetGraph: Sized {
    /// The context that is passed to the resources of the graph, for example AWS clients.
    type Cloud: Send + Sync + 'static;

    /// The content that a deployment uploads. The default means "leave unchanged", for runs without a build.
    type Sources: Clone + Default + Send + Sync + 'static;

    /// The nodes that `destroy --keep-data` keeps: conversations, then data files.
    const DATA_NODES: [&'static str; 2];

    /// Whether changes require a confirmation.
    const ASKS_FOR_CONFIRMATION: bool;

    /// The node of the data files.
    const DATA_FILES_NODE: &'static str;

    /// Returns whether this part of a plan changes what the page shows: its files or its settings.
    fn changes_page(planned: &Planned) -> bool;

    /// Whether the sample persona is used if there are no data files.
    const USES_SAMPLE_PERSONA: bool;

    /// How soon a running twin reads uploaded data files, as a word for messages: `second` or `minute`.
    const RELOAD_TIME: &'static str;

    /// Authenticates, reads the record, and creates the graph.
    async fn open(
        options: &Options,
        environment: &Environment,
        aim: Aim,
        part: Part<'_>,
        gate: &Arc<WriteGate>,
        ui: &Ui,
    ) -> Result<Opened<Self>, Diagnostic>;

    /// Describes the location of the environment, for titles.
    fn location(&self, environment: &Environment) -> String;

    /// Returns when the credentials expire. Returns `None` if that is unknown or they are refreshed automatically.
    fn credential_expiry(&self) -> Option<Timestamp> {
        None
    }

    /// Returns a warning about the credentials, to print before changes.
    fn credentials_warning(&self) -> Option<&'static str> {
        None
    }

    /// Returns a hint for missing permissions, if the target has one that differs from the default.
    fn denied_hint(&self) -> Option<&str> {
        None
    }

    /// Returns whether the graph includes all resources that the record knows of. Another process may have added some since
    /// the graph was created.
    fn includes_all_of(&self, _: &Record) -> bool {
        true
    }

    /// Checks for obstacles before anything is changed.
    async fn preflight(&self, _: &Environment, _: &Plan, _: &Ui) -> Result<(), Diagnostic> {
        Ok(())
    }
}

/// Access to parts of an environment without its graph.
pub(crate) trait Access {
    /// Returns the storage of the environment's record.
    async fn register(options: &Options, environment: &Environment, ui: &Ui) -> Result<Register, Diagnostic>;

    /// Returns the environments of the project whose record has an expiry, in the same account and region or on this
    /// machine, by their names.
    async fn expiries(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<BTreeMap<String, Expiry>, Diagnostic>;

    /// Prints the twin's logs.
    async fn logs(
        options: &Options,
        environment: &Environment,
        query: LogQuery,
        ui: &Ui,
    ) -> Result<(), Diagnostic>;

    /// Reads the lines of the turns since then.
    async fn turns(
        options: &Options,
        environment: &Environment,
        since: Timestamp,
        ui: &Ui,
    ) -> Result<TurnLog, Diagnostic>;

    /// Returns the store of conversations and unanswered questions.
    async fn memory(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Box<dyn Store>, Diagnostic>;

    /// Returns the list of blocked conversations and visitors.
    async fn block_list(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<BlockList, Diagnostic>;

    /// Returns the mark that pauses the twin.
    async fn pause_mark(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Box<dyn PauseMark>, Diagnostic>;

    /// Returns the store of the model provider's API key.
    async fn key_store(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Box<dyn KeyStore>, Diagnostic>;
}

/// The content that a deployment uploads.
pub(crate) trait Builds: TargetGraph {
    /// Builds the code and loads the page.
    async fn sources(
        options: &Options,
        code: &Code,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Self::Sources, Diagnostic>;

    /// Returns the sources, with the page's settings completed from the facts.
    fn with_facts(sources: Self::Sources, environment: &Environment, facts: Option<Value>) -> Self::Sources;

    /// Returns the sources with the desired data files.
    fn with_data(sources: Self::Sources, wanted: DesiredFiles) -> Self::Sources;

    /// Returns the hashes of the code and of the page. They do not depend on the facts.
    fn hashes(sources: &Self::Sources) -> (String, String);

    /// Returns the settings of the page, which are recorded with the release.
    fn page_settings(sources: &Self::Sources) -> PageSettings;
}

/// Deployed data files and conversations.
pub(crate) trait StoredData: TargetGraph {
    /// Reads the deployed facts. Returns `None` if there are none.
    async fn read_facts(&self) -> Result<Option<Value>, Fault>;

    /// Returns the data files that this run observed, or `None` if it does not include them or has no place for them yet.
    fn data_files(&self, engine: &Engine<Self::Cloud>) -> Option<Arc<StoredFiles>>;

    /// Reads the deployed data files. For commands that do not observe the graph.
    async fn read_data_files(&self) -> Result<Option<Arc<StoredFiles>>, Fault>;

    /// Reads the content of a deployed data file.
    async fn read_data_file(&self, key: &str) -> Result<Option<Vec<u8>>, Fault>;

    /// Reads the content of data files of an older set.
    async fn read_old_data_files(&self, files: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault>;

    /// Returns the number of days after which what visitors write to the deployed twin expires, if it does.
    async fn memory_expiry(&self) -> Result<Option<u32>, Fault>;

    /// Returns the number of conversations and of data files.
    async fn count_data(&self) -> Result<[u64; 2], Diagnostic>;

    /// Downloads conversations and data files to `folder`, except for nodes that do not exist.
    async fn back_up(&self, plan: &Plan, folder: &Path, ui: &Ui) -> Result<(), Diagnostic>;
}

/// The deployed version, page and settings, as the record of a release names them.
#[derive(Debug, Default)]
pub(crate) struct Deployed {
    /// The version of the function.
    pub(crate) version: String,
    /// The id of the page's files.
    pub(crate) page: String,
    pub(crate) found: KnownIds,
    /// See [`ReleaseParts::setup`](super::record::ReleaseParts::setup).
    pub(crate) setup: Value,
}

/// Releases, and where visitors reach them.
pub(crate) trait Releases: TargetGraph {
    /// Returns the public endpoint, if it exists.
    fn endpoint(&self, engine: &Engine<Self::Cloud>) -> Option<Endpoint>;

    /// Returns the address at which answers are streamed, if it is not the public endpoint.
    fn stream_address(&self, _: &Engine<Self::Cloud>) -> Option<StreamAddress> {
        None
    }

    /// Returns the report about the question that this run asked a new version, if any.
    fn question(&self, engine: &Engine<Self::Cloud>) -> Option<Report>;

    /// Returns the deployed version, page and settings, for the record of a release.
    fn deployed(&self, engine: &Engine<Self::Cloud>) -> Deployed;

    /// Replaces an unhealthy release with the version of an earlier one, if that is possible.
    async fn roll_back(&self, engine: &Engine<Self::Cloud>, version: &str) -> Result<RolledBack, Fault>;

    /// Whether this run may have sent a share of the visitors to the new version, and has not ended that.
    fn is_canary_under_way(&self) -> bool;

    /// Ends a canary: the previous version gets all visitors again. Returns whether one was under way.
    async fn end_canary(&self) -> Result<bool, Fault>;

    /// Stops keeping the access that only the previous version needed during a canary. Returns whether there is any.
    fn drop_former_access(&self) -> bool {
        false
    }

    /// Returns the result of the canary of this run, if it made one.
    fn canary_summary(&self, engine: &Engine<Self::Cloud>) -> Option<String>;

    /// Replaces the values from the record with those that were read under the lock. Another run may have changed them
    /// since this run first read the record.
    fn take_over(&self, record: &Record);

    /// Returns the origin secrets, unless visitors reach the backend directly.
    fn origin_secrets(&self) -> Option<&OriginSecrets> {
        None
    }

    /// Returns whether all edge locations of the public endpoint send this origin secret.
    async fn sends_everywhere(&self, _: &Engine<Self::Cloud>, _: &OriginSecret) -> Result<bool, Fault> {
        Ok(false)
    }

    /// Deletes old versions, except those that recorded releases need for a rollback, and the one that `unadopt` restores.
    async fn delete_old_versions(&self, engine: &Engine<Self::Cloud>, record: &Record);

    /// Returns whether resources of former domains may still exist after a completed run.
    fn former_domains(&self, _: &Engine<Self::Cloud>) -> FormerDomains {
        FormerDomains::Removed
    }
}

/// Notes and outputs of `plan`, `status`, `outputs` and `destroy`, besides the nodes.
pub(crate) trait Reports: TargetGraph {
    /// Returns the DNS records that the owner still has to create at another DNS host.
    async fn missing_records(&self, _: &Environment, _: &Engine<Self::Cloud>) -> Vec<MissingRecord> {
        Vec::new()
    }

    /// Returns additional notes for the output of `status`.
    fn status_notes(
        &self,
        environment: &Environment,
        engine: &Engine<Self::Cloud>,
        record: Option<&Record>,
    ) -> Vec<String>;

    /// Returns additional fields for the JSON output of `status`.
    fn status_fields(&self, environment: &Environment, engine: &Engine<Self::Cloud>) -> Map<String, Value>;

    /// Reads what the model has cost in a month like `2026-11`, in billionths of a dollar.
    async fn spent(&self, month: &str) -> Result<u64, Fault>;

    /// Returns the names, ids and addresses of all existing resources, for `outputs --all`.
    fn outputs(&self, environment: &Environment, engine: &Engine<Self::Cloud>)
    -> Vec<(&'static str, String)>;

    /// Returns additional notes about existing resources, for every plan.
    fn resource_notes(&self, _: &Engine<Self::Cloud>) -> Vec<String> {
        Vec::new()
    }

    /// Returns additional notes about a plan. Makes calls, unlike [`Self::resource_notes`].
    async fn plan_notes(&self, environment: &Environment, plan: &Plan) -> Result<Vec<String>, Fault>;

    /// Returns an additional note about a plan that deletes resources.
    fn destroy_note(plan: &Plan) -> Option<String> {
        let _ = plan;
        None
    }
}

/// All that differs between AWS and this machine.
pub(crate) trait Target: Access + Adoption + Builds + Releases + Reports + StoredData {}

impl<T: Access + Adoption + Builds + Releases + Reports + StoredData> Target for T {}

/// The result of a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RolledBack {
    Yes,
    /// The version cannot answer requests of the stream API, to which visitors are sent.
    CannotStream,
    /// The version may have a budget, and its usage table was deleted.
    CannotCount,
    /// The target does not support it.
    NotSupported,
}

/// The content that a deployment uploads. It is set once, before anything is planned.
pub(crate) type Sources<T> = Arc<OnceLock<<T as TargetGraph>::Sources>>;

/// An environment that is ready to be observed.
pub(crate) struct Opened<T: TargetGraph> {
    pub(crate) target: T,
    pub(crate) register: Register,
    /// The record, as read at the start of the run.
    pub(crate) seen: Option<Record>,
    pub(crate) birth: Birth,
    /// The release that a deploy would make.
    pub(crate) release: String,
    pub(crate) cloud: Arc<T::Cloud>,
    pub(crate) graph: Graph<T::Cloud>,
    pub(crate) sources: Sources<T>,
}
