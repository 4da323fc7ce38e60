//! A twin on this machine, as the commands see it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use contract::variable::OPENAI_API_KEY;
use reconcile::{Action, Engine, Event, Fault, Handle, Plan};
use serde_json::{Map, Value, json};

use super::{
    backend::BackendOutput,
    data_folder::{DataOutput, kept_bytes, there},
    front_door::url,
    key_file::{self, FileKeyStore},
    machine::Machine,
    memory_folder::conversations,
    stack::{DATA_FOLDER, Folders, Given, MEMORY_FOLDER, Nodes, Stack, stack},
};
use crate::{
    artifacts::{
        Code, NativeBinary, api_rewrite,
        data::{FACTS, Files, There, Wanted},
        native,
        web::{PageSettings, WebBundle, introduced},
    },
    spec::{Environment, Model, Options},
    system::{clock, files, hash, host},
    targets::{
        Aim, Opened, Part, Target,
        local::{
            FolderStore, RecordFile,
            gateway::{Credentials, GatewayStatus, Phase, Secrets, TwinFolder},
            local_logs,
        },
        record::{self, Found, Register, Release},
    },
    twin::{endpoint::Endpoint, logs::LogQuery, secret::KeyStore, store::Store},
    ui::{Diagnostic, Exit, Ui},
};

/// An environment on this machine.
#[derive(Debug)]
pub(crate) struct Local {
    folder: TwinFolder,
    folders: Folders,
    nodes: Option<Nodes>,
    files: Handle<DataOutput>,
}

/// What a deploy brings to this machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct LocalSources {
    pub(super) binary: Option<NativeBinary>,
    pub(super) web: Option<Arc<WebBundle>>,
    pub(super) data: Wanted,
}

impl Local {
    fn door(&self, engine: &Engine<Machine>) -> Option<GatewayStatus> {
        engine.output(self.nodes?.door)
    }

    fn backend(&self, engine: &Engine<Machine>) -> Option<BackendOutput> {
        engine.output(self.nodes?.backend)
    }

    /// The folder of an environment, below the one that holds the folder of the environments.
    pub(crate) fn folder(options: &Options, environment: &Environment) -> TwinFolder {
        TwinFolder::new(root(options).join(".twinctl/local").join(environment.name.as_str()))
    }
}

fn root(options: &Options) -> PathBuf {
    let folder = std::path::absolute(&options.environments).unwrap_or_else(|_| options.environments.clone());
    folder.parent().unwrap_or(&folder).to_owned()
}

/// Nothing in there is for a repository.
fn keep_out_of_git(root: &Path) -> Result<(), Fault> {
    let path = root.join(".twinctl/.gitignore");
    if path.exists() { Ok(()) } else { files::write(&path, b"*\n") }
}

impl Target for Local {
    type Cloud = Machine;
    type Sources = LocalSources;

    const DATA_NODES: [&'static str; 2] = [MEMORY_FOLDER, DATA_FOLDER];
    const ASKS: bool = false;
    const FILES_NODE: &'static str = DATA_FOLDER;
    const TAKES_SAMPLE: bool = true;
    const READS_WITHIN: &'static str = "second";

    async fn open(
        options: &Options,
        environment: &Environment,
        aim: Aim,
        part: Part,
        _: &Ui,
    ) -> Result<Opened<Self>, Diagnostic> {
        let folder = Self::folder(options, environment);
        let register = Self::register(options, environment).await?;
        let seen = register.read().await;
        let seen =
            seen.map_err(|fault| Diagnostic::fault("the environment's record could not be read", &fault))?;
        let birth = seen.as_ref().map_or_else(record::Birth::new, |record| record.birth.clone());
        let folders = folders(environment, &folder);
        check_folders(environment, &folders)?;
        let (credentials, secrets) = credentials(options, environment, &folder);
        let machine = Machine::new(folder.clone(), secrets);
        let sources = Arc::new(OnceLock::new());
        let release = clock::unique_id();
        let given = Given {
            aim,
            release: release.clone(),
            folders: folders.clone(),
            key: key_file::path(&folder),
            folder: folder.path().to_owned(),
            executable: machine.executable.clone(),
            program: machine.program.clone(),
            units: host::user_units(),
            credentials,
            secrets: print(&machine.secrets, &birth),
            sources: Arc::clone(&sources),
        };
        let Stack { graph, nodes, files } = stack(environment, &given, part);
        let target = Self { folder, folders, nodes, files };
        let cloud = Arc::new(machine);
        Ok(Opened { target, register, seen, birth, release, cloud, graph, sources })
    }

    async fn register(options: &Options, environment: &Environment) -> Result<Register, Diagnostic> {
        Ok(Arc::new(RecordFile::new(Self::folder(options, environment).path())))
    }

    async fn logs(
        options: &Options,
        environment: &Environment,
        query: LogQuery,
        ui: &Ui,
    ) -> Result<(), Diagnostic> {
        local_logs(Self::folder(options, environment).path(), query, environment.name.as_str(), ui).await
    }

    async fn memory(
        options: &Options,
        environment: &Environment,
        _: &Ui,
    ) -> Result<Box<dyn Store>, Diagnostic> {
        let path = folders(environment, &Self::folder(options, environment)).memory;
        Ok(Box::new(FolderStore { path }))
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

    async fn sources(
        options: &Options,
        code: &Code,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<LocalSources, Diagnostic> {
        if code.lambda_zip.is_some() {
            return Err(Diagnostic::new(Exit::Usage, "a zip is for Lambda, and nothing was changed")
                .hint("give the binary itself: `--lambda-binary FILE`"));
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

    async fn facts_there(&self) -> Result<Option<Value>, Fault> {
        let mut paths = FACTS.iter().map(|key| self.folders.data.join(key));
        let Some(path) = paths.find(|path| path.is_file()) else { return Ok(None) };
        Ok(files::read(&path)?.and_then(|facts| serde_json::from_slice(&facts).ok()))
    }

    fn introduced(sources: LocalSources, environment: &Environment, facts: Option<Value>) -> LocalSources {
        let web = sources.web.map(|web| Arc::new(introduced(&web, &environment.web, facts.as_ref())));
        LocalSources { web, ..sources }
    }

    fn with_data(sources: LocalSources, data: Wanted) -> LocalSources {
        LocalSources { data, ..sources }
    }

    fn files(&self, engine: &Engine<Machine>) -> Option<Arc<There>> {
        engine.output(self.files).map(|files| files.there)
    }

    async fn data_there(&self) -> Result<Option<Arc<There>>, Fault> {
        let folder = &self.folders.data;
        if folder.is_dir() { there(folder).map(|there| Some(Arc::new(there))) } else { Ok(None) }
    }

    async fn data_file(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        files::read(&self.folders.data.join(key))
    }

    async fn kept_files(&self, files: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
        kept_bytes(&self.folders.data, files)
    }

    fn hashes(sources: &LocalSources) -> (String, String) {
        let code = sources.binary.as_ref().map(|binary| binary.sha256.clone()).unwrap_or_default();
        let web = sources.web.as_ref().map(|web| web.hash());
        (code, web.unwrap_or_default())
    }

    fn page(sources: &LocalSources) -> PageSettings {
        sources.web.as_ref().map(|web| PageSettings::of(web)).unwrap_or_default()
    }

    fn whereabouts(&self, _: &Environment) -> String {
        "this machine".to_owned()
    }

    fn endpoint(&self, engine: &Engine<Machine>) -> Option<Endpoint> {
        let url = url(self.door(engine)?.address);
        let domain = url.trim_start_matches("http://").to_owned();
        Some(Endpoint { origin: url.clone(), url, domain, override_url: None })
    }

    fn release(&self, engine: &Engine<Machine>, page: PageSettings, id: String) -> Release {
        Release {
            id,
            at: clock::now(),
            by: host::user(),
            version: self.backend(engine).map(|backend| backend.version).unwrap_or_default(),
            code_sha256: String::new(),
            web_sha256: String::new(),
            page,
            found: Found::default(),
        }
    }

    /// A process that does not get ready never takes the place of one that is.
    async fn move_back(&self, _: &str) -> Result<bool, Fault> {
        Ok(false)
    }

    /// Each node clears up behind itself.
    async fn clear(&self, _: &Engine<Machine>, _: &[Release]) {}

    fn notes(&self, engine: &Engine<Machine>, _: Option<&Release>) -> Vec<String> {
        let door = self.door(engine).map(|door| {
            let (requests, up) = (door.requests, clock::ago(door.since));
            let (pid, port) = (door.process.pid, door.address.port());
            let turned_away = match requests.throttled {
                0 => String::new(),
                throttled => format!(", {throttled} turned away"),
            };
            format!(
                "the front door is process {pid} at port {port}, started {up}; {} requests{turned_away}",
                requests.total
            )
        });
        let backend = self.backend(engine).map(|backend| {
            let restarts = match backend.status.restarts {
                0 => String::new(),
                1 => "; it was started again once".to_owned(),
                more => format!("; it was started again {more} times"),
            };
            match backend.status.phase {
                Phase::Ready { pid, since, .. } => {
                    format!("twin-lambda is process {pid}, started {}{restarts}", clock::ago(since))
                }
                Phase::Starting => format!("twin-lambda is being started{restarts}"),
                Phase::Waiting { why, .. } => {
                    format!("twin-lambda does not stay up: {}{restarts}", why.reason)
                }
            }
        });
        door.into_iter().chain(backend).collect()
    }

    fn facts(&self, _: &Environment, engine: &Engine<Machine>) -> Map<String, Value> {
        let door = self.door(engine).map(|door| {
            json!({
                "pid": door.process.pid,
                "port": door.address.port(),
                "since": door.since,
                "requests": door.requests,
            })
        });
        let backend = self.backend(engine).map(|backend| json!(backend.status));
        let facts = [("front_door", door), ("backend", backend)];
        facts.into_iter().map(|(name, value)| (name.to_owned(), value.unwrap_or_default())).collect()
    }

    fn outputs(&self, _: &Environment, engine: &Engine<Machine>) -> Vec<(&'static str, String)> {
        let shown = |path: &Path| path.display().to_string();
        let port = self.door(engine).map(|door| door.address.port().to_string());
        let folders = [
            ("data_folder", shown(&self.folders.data)),
            ("memory_folder", shown(&self.folders.memory)),
            ("logs_folder", shown(&self.folder.logs())),
        ];
        port.map(|port| ("port", port)).into_iter().chain(folders).collect()
    }

    /// The files are copies of the owner's own: only conversations can be lost.
    async fn count(&self) -> Result<[u64; 2], Diagnostic> {
        Ok([conversations(&self.folders.memory), 0])
    }

    async fn back_up(&self, plan: &Plan, folder: &Path, ui: &Ui) -> Result<(), Diagnostic> {
        for (node, from, within) in
            [(MEMORY_FOLDER, &self.folders.memory, "memory"), (DATA_FOLDER, &self.folders.data, "data")]
        {
            if matches!(plan.action(node), None | Some(Action::Absent)) {
                continue;
            }
            let to = folder.join(within);
            let saved = files::copy_folder(from, &to).map_err(|fault| {
                Diagnostic::fault(
                    &format!("the {node} could not be saved, and nothing was destroyed"),
                    &fault,
                )
            })?;
            ui.say(&format!("saved {saved} files of the {node} in {}", to.display()));
        }
        Ok(())
    }
}

fn folders(environment: &Environment, folder: &TwinFolder) -> Folders {
    let below = |given: &Option<PathBuf>, name: &str| {
        let path = given.clone().unwrap_or_else(|| folder.path().join(name));
        std::path::absolute(&path).unwrap_or(path)
    };
    Folders {
        data: below(&environment.local.data, "data"),
        memory: below(&environment.local.memory, "memory"),
        binaries: folder.path().join("bin"),
    }
}

/// What is copied to must not be what is copied from, and neither is for conversations.
fn check_folders(environment: &Environment, folders: &Folders) -> Result<(), Diagnostic> {
    let real = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_default();
    let own = environment.data.from.folder().map(|folder| ("data", real(&folder)));
    let named: Vec<_> = own
        .into_iter()
        .chain([("local.data", real(&folders.data)), ("local.memory", real(&folders.memory))])
        .collect();
    for (index, (field, path)) in named.iter().enumerate() {
        let within = |(_, other): &&(&str, PathBuf)| path.starts_with(other) || other.starts_with(path);
        if let Some((other, _)) = named[..index].iter().find(within) {
            let message = format!("`{field}` and `{other}` name the same folder, or one inside the other");
            return Err(Diagnostic::new(Exit::Environment, message)
                .hint(format!("leave `{field}` out, and it lies in a folder of its own")));
        }
    }
    Ok(())
}

/// What the process needs besides its settings: what it is told, and what only it is told.
fn credentials(options: &Options, environment: &Environment, folder: &TwinFolder) -> (Credentials, Secrets) {
    match &environment.model {
        Model::Builtin => (Credentials::None, Secrets::default()),
        Model::OpenAi { .. } => {
            let files = vec![key_file::path(folder), key_file::dotenv(&root(options))];
            let key = host::variable(OPENAI_API_KEY).map(|key| (OPENAI_API_KEY.to_owned(), key));
            (Credentials::OpenAiKey { files }, Secrets(BTreeMap::from_iter(key)))
        }
        Model::Bedrock(_) => {
            let credentials = Credentials::Aws {
                profile: environment.profile.as_ref().map(ToString::to_string),
                region: environment.region.to_string(),
                assume_role: environment.assume_role.as_ref().map(ToString::to_string),
                endpoint_url: options.endpoint_url.clone(),
            };
            (credentials, Secrets::default())
        }
    }
}

/// Tells secrets apart without telling them.
fn print(secrets: &Secrets, birth: &record::Birth) -> String {
    if secrets.0.is_empty() {
        return String::new();
    }
    let salted: Vec<_> = secrets.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
    hash::sha256(format!("{} {}", birth.origin_secret, salted.join("\n")))
}
