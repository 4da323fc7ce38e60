//! The picture of a local twin: from an environment to the graph of its things.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use reconcile::{Graph, Handle};

use super::{
    backend::{Backend, BackendDesired, BackendOutput},
    data_folder::{DataDesired, DataFolder, DataOutput},
    front_door::{DoorDesired, FrontDoor},
    key_file::KeyFile,
    machine::Machine,
    mark::Mark,
    memory_folder::MemoryFolder,
    service::{Service, ServiceDesired, text},
    target::LocalSources,
};
use crate::{
    artifacts::settings::settings,
    spec::{Environment, Model},
    targets::{
        Aim, Part,
        local::gateway::{Credentials, Expiry, GatewaySetup, GatewayStatus, Throttle},
    },
    twin::secret::KEY_NODE,
};

pub(super) const MEMORY_FOLDER: &str = "memory folder";
pub(super) const DATA_FOLDER: &str = "data folder";

/// What the graph is made from, besides the environment.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// Whether the environment is to be there or to go.
    pub(super) aim: Aim,
    /// The file of a key that was stored.
    pub(super) key: PathBuf,
    pub(super) folders: Folders,
    /// The folder of the whole environment.
    pub(super) folder: PathBuf,
    /// Of twinctl itself.
    pub(super) executable: PathBuf,
    pub(super) program: String,
    /// Where the user's systemd looks for units.
    pub(super) units: PathBuf,
    pub(super) credentials: Credentials,
    /// Changes with the secrets that the process gets to know.
    pub(super) secrets: String,
    /// The release that a deploy would make.
    pub(super) release: String,
    pub(super) sources: Arc<OnceLock<LocalSources>>,
}

/// Where its things lie.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    pub(super) data: PathBuf,
    pub(super) memory: PathBuf,
    pub(super) binaries: PathBuf,
}

/// The graph, and the nodes whose outputs the commands ask for.
#[derive(Debug)]
pub(super) struct Stack {
    pub(super) graph: Graph<Machine>,
    /// None of them where the run is about the owner's files alone.
    pub(super) nodes: Option<Nodes>,
    pub(super) files: Handle<DataOutput>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Nodes {
    pub(super) door: Handle<GatewayStatus>,
    pub(super) backend: Handle<BackendOutput>,
}

pub(super) fn stack(environment: &Environment, given: &Given, part: Part) -> Stack {
    let mark = Mark { project: environment.project.to_string(), environment: environment.name.to_string() };
    let mut graph = Graph::new();
    if part == Part::Data {
        let files = data(&mut graph, given, mark);
        return Stack { graph, nodes: None, files };
    }

    let path = given.folders.memory.clone();
    let inside = path.starts_with(&given.folder);
    let memory = MemoryFolder { path, mark: mark.clone(), inside };
    let memory = graph.add(MEMORY_FOLDER, memory, (), |()| ());
    let files = data(&mut graph, given, mark);

    let (setup, sources) = (setup(environment, given), Arc::clone(&given.sources));
    let program = given.program.clone();
    let door = graph.add("front door", FrontDoor, (memory.after(),), move |((),)| DoorDesired {
        setup: setup.clone(),
        web: sources.get().and_then(|sources| sources.web.clone()),
        program: program.clone(),
    });

    // A server of one's own may want none.
    let needs_key = matches!(environment.model, Model::OpenAi { base_url: None, .. });
    if needs_key || given.aim == Aim::Remove {
        let files = match &given.credentials {
            Credentials::OpenAiKey { files } => files.clone(),
            _ => Vec::new(),
        };
        graph.add(KEY_NODE, KeyFile { aim: given.aim, path: given.key.clone(), files }, (), |()| ());
    }
    let title = format!("`{}` of `{}`", environment.name, environment.project);
    let unit = format!("twinctl-{}-{}.service", environment.project, environment.name);
    let service = Service { unit, folder: given.units.clone() };
    let wanted = environment.local.service.unwrap_or_else(|| service.is_installed());
    let unit = text(&title, &given.executable, &given.folder);

    let (settings, sources) = (settings(environment), Arc::clone(&given.sources));
    let (credentials, secrets) = (given.credentials.clone(), given.secrets.clone());
    let backend = Backend { binaries: given.folders.binaries.clone() };
    let backend = graph.add("backend", backend, (files, memory, door.after()), move |(files, memory, ())| {
        let mut settings = settings.clone();
        settings.insert("DATA_DIR".to_owned(), files.folder.display().to_string());
        settings.insert("MEMORY_DIR".to_owned(), memory.display().to_string());
        settings.insert("USE_S3".to_owned(), "false".to_owned());
        BackendDesired {
            binary: sources.get().and_then(|sources| sources.binary.clone()),
            settings,
            credentials: credentials.clone(),
            secrets: secrets.clone(),
        }
    });
    graph.add_if(wanted, "service", service, (door.after(), backend.after()), move |((), ())| {
        ServiceDesired { text: unit.clone() }
    });
    Stack { graph, nodes: Some(Nodes { door, backend }), files }
}

fn data(graph: &mut Graph<Machine>, given: &Given, mark: Mark) -> Handle<DataOutput> {
    let (sources, set) = (Arc::clone(&given.sources), given.release.clone());
    let folder = DataFolder { path: given.folders.data.clone(), mark };
    graph.add(DATA_FOLDER, folder, (), move |()| DataDesired {
        wanted: sources.get().map(|sources| sources.data.clone()).unwrap_or_default(),
        set: set.clone(),
    })
}

/// What the front door serves, but for what follows from the page.
fn setup(environment: &Environment, given: &Given) -> GatewaySetup {
    let (local, throttle) = (&environment.local, environment.api.throttle);
    let days = environment.memory.expire_after_days;
    GatewaySetup {
        host: local.host,
        port: local.port,
        next_free_port: local.next_free_port,
        throttle: Throttle { burst: throttle.burst.into(), rate: throttle.rate.into() },
        page: String::new(),
        revalidated: std::collections::BTreeSet::new(),
        script_hashes: Vec::new(),
        frame_ancestors: environment.web.frame_ancestors.iter().map(ToString::to_string).collect(),
        paths: std::collections::BTreeMap::new(),
        allowed_hosts: local.allowed_hosts.iter().map(ToString::to_string).collect(),
        memory: days.map(|days| Expiry { folder: given.folders.memory.clone(), days: days.into() }),
    }
}
