//! The local target: a twin on this machine.

mod adoption;
mod checks;
mod credentials;
mod folders;
mod reports;
mod stored_data;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use contract::block;
use credentials::{credentials, fingerprint, secrets};
use folders::{check_folders, folders};
use jiff::Timestamp;
use reconcile::{Engine, Event, Fault, Handle, Planned};
use serde_json::Value;

use super::{
    backend::BackendOutput,
    data_folder::DataOutput,
    gateway_process::url,
    key_file::{self, FileKeyStore},
    machine::Machine,
    restored::{LocalSetup, Restored},
    stack::{DATA_FOLDER, Folders, Given, LocalSources, MEMORY_FOLDER, Nodes, PAGE, Stack, stack},
};
use crate::{
    artifacts::{
        Code, api_rewrite,
        data::DesiredFiles,
        native,
        web::{PageSettings, with_page_config},
    },
    spec::{Environment, Options},
    system::{clock, files, host},
    targets::{
        Access, Aim, Builds, Deployed, Opened, Part, Releases, RolledBack, TargetGraph,
        local::{
            FilePauseMark, FolderStore, RecordFile,
            gateway::{GatewaySetup, GatewayStatus, PageSetup, TwinFolder},
            local_logs, local_turns,
        },
        record::{self, Expiry, KeptReleases, KnownIds, Record, RecordStore as _, Register, WriteGate},
        rollback::Rollback,
    },
    twin::{
        blocks::BlockList,
        endpoint::Endpoint,
        logs::{LogQuery, TurnLog},
        pause::PauseMark,
        question::Report,
        secret::KeyStore,
        store::Store,
    },
    ui::{Diagnostic, Exit, Ui},
};

/// An environment on this machine.
#[derive(Debug)]
pub(crate) struct Local {
    folder: TwinFolder,
    folders: Folders,
    cloud: Arc<Machine>,
    /// Whether this run may have begun a canary.
    canary_under_way: Arc<AtomicBool>,
    kept: KeptReleases,
    nodes: Option<Nodes>,
    /// `None` if the run does not include the data files.
    files: Option<Handle<DataOutput>>,
}

impl Local {
    fn gateway(&self, engine: &Engine<Machine>) -> Option<GatewayStatus> {
        engine.output(self.nodes?.gateway)
    }

    fn page(&self, engine: &Engine<Machine>) -> Option<PageSetup> {
        engine.output(self.nodes?.page)
    }

    fn backend(&self, engine: &Engine<Machine>) -> Option<BackendOutput> {
        engine.output(self.nodes?.backend)
    }

    /// Returns the folder of a twin, which is in `.twinctl` beside the folder of the environment files.
    pub(crate) fn folder(options: &Options, environment: &Environment) -> TwinFolder {
        TwinFolder::new(root(options).join(".twinctl/local").join(environment.name.as_str()))
    }
}

pub(crate) fn root(options: &Options) -> PathBuf {
    let folder = std::path::absolute(&options.environments).unwrap_or_else(|_| options.environments.clone());
    folder.parent().unwrap_or(&folder).to_owned()
}

/// Keeps `.twinctl` out of the user's Git repository.
fn keep_out_of_git(root: &Path) -> Result<(), Fault> {
    let path = root.join(".twinctl/.gitignore");
    if path.exists() { Ok(()) } else { files::write(&path, b"*\n") }
}

impl TargetGraph for Local {
    type Cloud = Machine;
    type Sources = LocalSources;
    const DATA_NODES: [&'static str; 2] = [MEMORY_FOLDER, DATA_FOLDER];
    const ASKS_FOR_CONFIRMATION: bool = false;
    const DATA_FILES_NODE: &'static str = DATA_FOLDER;
    const USES_SAMPLE_PERSONA: bool = true;
    const RELOAD_TIME: &'static str = "second";

    fn changes_page(planned: &Planned) -> bool {
        planned.node == PAGE && !planned.changes.is_empty()
    }

    async fn open(
        options: &Options,
        environment: &Environment,
        aim: Aim,
        part: Part<'_>,
        gate: &Arc<WriteGate>,
        _: &Ui,
    ) -> Result<Opened<Self>, Diagnostic> {
        let folder = Self::folder(options, environment);
        let record = RecordFile::new(folder.path()).with_expiry(aim.expiry_change(environment));
        let record = record.with_canary(part.canary(aim, environment));
        let register: Register = Arc::new(record);
        let seen = register.read().await;
        let seen =
            seen.map_err(|fault| Diagnostic::fault("could not read the environment's record", &fault))?;
        let birth = seen.as_ref().map_or_else(record::Birth::new, |record| record.birth.clone());
        let rollback = match part {
            Part::Release { id, with_data } => Some(Rollback::of(seen.as_ref(), id, with_data, environment)?),
            _ => None,
        };
        let restored = rollback.map(|rollback| Restored::of(&rollback, &folder)).transpose()?;
        let folders = folders(environment, &folder);
        check_folders(environment, &folders)?;
        let credentials = credentials(options, environment, &folder, &root(options));
        let used = restored.as_ref().map_or(&credentials, |restored| &restored.backend.credentials);
        let cloud = Arc::new(Machine::new(folder.clone(), secrets(used), Arc::clone(gate)));
        let sources = Arc::new(OnceLock::new());
        let release = clock::unique_id();
        let kept = KeptReleases::of(seen.as_ref().map_or(&[], |record| &record.releases));
        let given = Given {
            aim,
            kept: kept.clone(),
            restored,
            release: release.clone(),
            folders: folders.clone(),
            key: key_file::path(&folder),
            folder: folder.path().to_owned(),
            executable: cloud.executable.clone(),
            program: cloud.program.clone(),
            units: host::user_units_folder(),
            credentials,
            secrets: fingerprint(&cloud.secrets, &birth),
            birth: birth.clone(),
            sources: Arc::clone(&sources),
            under_way: Arc::default(),
        };
        let Stack { graph, nodes, files } = stack(environment, &given, part);
        let canary_under_way = Arc::clone(&given.under_way);
        let target =
            Self { folder, folders, cloud: Arc::clone(&cloud), canary_under_way, kept, nodes, files };
        Ok(Opened { target, register, seen, birth, release, cloud, graph, sources })
    }

    fn location(&self, _: &Environment) -> String {
        "this machine".to_owned()
    }
}

impl Access for Local {
    async fn register(
        options: &Options,
        environment: &Environment,
        _ui: &Ui,
    ) -> Result<Register, Diagnostic> {
        Ok(Arc::new(RecordFile::new(Self::folder(options, environment).path())))
    }

    async fn expiries(
        options: &Options,
        environment: &Environment,
        _: &Ui,
    ) -> Result<BTreeMap<String, Expiry>, Diagnostic> {
        let folder = Self::folder(options, environment);
        let all = folder.path().parent().unwrap_or(folder.path());
        let folders = fs::read_dir(all).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut expiries = BTreeMap::new();
        for folder in folders {
            let record = RecordFile::new(&folder).read().await;
            let record = record.map_err(|fault| {
                Diagnostic::fault("could not read the records of the environments", &fault)
            })?;
            let name = folder.file_name().and_then(|name| name.to_str()).map(ToOwned::to_owned);
            expiries.extend(name.zip(record.and_then(|record| record.expiry)));
        }
        Ok(expiries)
    }

    async fn logs(
        options: &Options,
        environment: &Environment,
        query: LogQuery,
        ui: &Ui,
    ) -> Result<(), Diagnostic> {
        local_logs(Self::folder(options, environment).path(), query, environment.name.as_str(), ui).await
    }

    async fn turns(
        options: &Options,
        environment: &Environment,
        _: Timestamp,
        _: &Ui,
    ) -> Result<TurnLog, Diagnostic> {
        local_turns(Self::folder(options, environment).path(), environment.name.as_str())
    }

    async fn memory(
        options: &Options,
        environment: &Environment,
        _: &Ui,
    ) -> Result<Box<dyn Store>, Diagnostic> {
        let path = folders(environment, &Self::folder(options, environment)).memory;
        Ok(Box::new(FolderStore { path, expires: environment.memory.expire_after_days.is_some() }))
    }

    async fn block_list(
        options: &Options,
        environment: &Environment,
        _: &Ui,
    ) -> Result<BlockList, Diagnostic> {
        let list = folders(environment, &Self::folder(options, environment)).data.join(block::LIST);
        // The folder of a store gets a lock file, which would count as a data file elsewhere.
        let store = Box::new(FolderStore { path: list.with_file_name(""), expires: false });
        Ok(BlockList { store, key: block::LIST.rsplit('/').take(1).collect() })
    }

    async fn pause_mark(
        options: &Options,
        environment: &Environment,
        _: &Ui,
    ) -> Result<Box<dyn PauseMark>, Diagnostic> {
        let folder = Self::folder(options, environment);
        let data = folders(environment, &folder).data;
        Ok(Box::new(FilePauseMark { folder, data }))
    }

    async fn key_store(
        options: &Options,
        environment: &Environment,
        _: &Ui,
    ) -> Result<Box<dyn KeyStore>, Diagnostic> {
        keep_out_of_git(&root(options)).map_err(|fault| Diagnostic::fault("nothing was changed", &fault))?;
        let (folder, dotenv) = (Self::folder(options, environment), key_file::dotenv(&root(options)));
        Ok(Box::new(FileKeyStore { folder, dotenv }))
    }
}

impl Builds for Local {
    async fn sources(
        options: &Options,
        code: &Code,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<LocalSources, Diagnostic> {
        if code.lambda_zip.is_some() {
            return Err(Diagnostic::new(
                Exit::Usage,
                "a local twin cannot use a Lambda zip; nothing was changed",
            )
            .hint("pass the binary with `--lambda-binary FILE`"));
        }
        let root = root(options);
        keep_out_of_git(&root).map_err(|fault| Diagnostic::fault("nothing was changed", &fault))?;
        let observer = ui.observer();
        let on_line =
            |line: &str| observer.on(Event::Progress { node: "build", text: line.trim().to_owned() });
        let binary = async { Ok(native(code.lambda_binary.as_deref(), &root, &on_line).await?) };
        let (binary, web) = tokio::try_join!(binary, api_rewrite::load(environment, ui))?;
        Ok(LocalSources { binary: Some(binary), web: Some(Arc::new(web)), ..LocalSources::default() })
    }

    fn with_facts(sources: LocalSources, environment: &Environment, facts: Option<Value>) -> LocalSources {
        let web = sources.web.map(|web| Arc::new(with_page_config(&web, &environment.web, facts.as_ref())));
        LocalSources { web, ..sources }
    }

    fn with_data(sources: LocalSources, data: DesiredFiles) -> LocalSources {
        LocalSources { data, ..sources }
    }

    fn hashes(sources: &LocalSources) -> (String, String) {
        let code = sources.binary.as_ref().map(|binary| binary.sha256.clone()).unwrap_or_default();
        let web = sources.web.as_ref().map(|web| web.hash());
        (code, web.unwrap_or_default())
    }

    fn page_settings(sources: &LocalSources) -> PageSettings {
        sources.web.as_ref().map(|web| PageSettings::of(web)).unwrap_or_default()
    }
}

impl Releases for Local {
    fn endpoint(&self, engine: &Engine<Machine>) -> Option<Endpoint> {
        let url = url(self.gateway(engine)?.address);
        let domain = url.trim_start_matches("http://").to_owned();
        Some(Endpoint { origin: url.clone(), url, domain, override_url: None })
    }

    fn question(&self, engine: &Engine<Machine>) -> Option<Report> {
        self.backend(engine)?.question
    }

    fn deployed(&self, engine: &Engine<Machine>) -> Deployed {
        let (page, backend) = (self.page(engine), self.backend(engine));
        let gateway = self.gateway(engine).zip(page.clone());
        let setups = gateway.zip(backend.as_ref().and_then(|backend| backend.setup.clone()));
        let setup = setups.map(|((gateway, page), backend)| {
            // The gateway's output may be older than the page.
            let setup = LocalSetup { gateway: GatewaySetup { page, ..gateway.setup }, backend };
            serde_json::to_value(setup).unwrap_or_default()
        });
        Deployed {
            version: backend.map(|backend| backend.version).unwrap_or_default(),
            page: page.map(|page| page.name).unwrap_or_default(),
            found: KnownIds::default(),
            setup: setup.unwrap_or_default(),
        }
    }

    /// There is nothing to move back, because an unhealthy process never replaces a healthy one.
    async fn roll_back(&self, _: &Engine<Machine>, _: &str) -> Result<RolledBack, Fault> {
        Ok(RolledBack::NotSupported)
    }

    fn is_canary_under_way(&self) -> bool {
        self.canary_under_way.load(Ordering::Relaxed)
    }

    async fn end_canary(&self) -> Result<bool, Fault> {
        let was_under_way = self.cloud.end_canary().await?;
        self.canary_under_way.store(false, Ordering::Relaxed);
        Ok(was_under_way)
    }

    fn canary_summary(&self, engine: &Engine<Machine>) -> Option<String> {
        self.backend(engine)?.canary
    }

    fn take_over(&self, record: &Record) {
        self.kept.update(&record.releases);
    }

    /// Each node removes its own leftovers.
    async fn delete_old_versions(&self, _: &Engine<Machine>, _: &Record) {}
}
