//! The graph of a local twin's resources.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, atomic::AtomicBool},
};

use contract::variable;
use reconcile::{After, Graph, Handle};

use super::{
    backend::{Backend, BackendDesired, BackendOutput},
    canary::Canary,
    data_folder::{DataDesired, DataFolder, DataOutput},
    folder_tag::FolderTag,
    gateway_process::{GatewayDesired, GatewayProcess},
    key_file::KeyFile,
    machine::Machine,
    memory_folder::MemoryFolder,
    page::{DesiredPage, PageDesired, ServedPage},
    restored::Restored,
    service::{Service, ServiceDesired, unit_text},
};
use crate::{
    artifacts::{NativeBinary, data::DesiredFiles, settings::settings, web::WebBundle},
    spec::{Environment, Model},
    targets::{
        Aim, Part,
        local::gateway::{AlarmSetup, Credentials, Expiry, GatewaySetup, GatewayStatus, PageSetup, Throttle},
        record::{Birth, KeptReleases},
    },
    twin::{canary, secret::KEY_NODE},
};

pub(super) const MEMORY_FOLDER: &str = "memory folder";
pub(super) const DATA_FOLDER: &str = "data folder";
pub(super) const PAGE: &str = "page";
pub(super) const BACKEND: &str = "backend";
pub(super) const GATEWAY: &str = "gateway";

/// The inputs of the graph, besides the environment.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// Whether the environment is deployed or removed.
    pub(super) aim: Aim,
    /// The key file.
    pub(super) key: PathBuf,
    pub(super) folders: Folders,
    /// The folder of the twin.
    pub(super) folder: PathBuf,
    /// The path of twinctl, and the identification of its build.
    pub(super) executable: PathBuf,
    pub(super) program: String,
    /// The folder of the user's systemd units.
    pub(super) units: PathBuf,
    pub(super) credentials: Credentials,
    /// A hash of the backend's secrets.
    pub(super) secrets: String,
    pub(super) birth: Birth,
    /// The pages and binaries that are not removed.
    pub(super) kept: KeptReleases,
    /// Set for a rollback.
    pub(super) restored: Option<Restored>,
    /// The id of the release that a deploy creates.
    pub(super) release: String,
    pub(super) sources: Arc<OnceLock<LocalSources>>,
    /// Whether this run may have begun a canary.
    pub(super) under_way: Arc<AtomicBool>,
}

/// The sources of a deploy.
#[derive(Debug, Clone, Default)]
pub(crate) struct LocalSources {
    pub(super) binary: Option<NativeBinary>,
    pub(super) web: Option<Arc<WebBundle>>,
    pub(super) data: DesiredFiles,
}

/// The folders of a twin.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    pub(super) data: PathBuf,
    pub(super) memory: PathBuf,
    pub(super) binaries: PathBuf,
}

/// The graph, and the nodes whose outputs the commands read.
#[derive(Debug)]
pub(super) struct Stack {
    pub(super) graph: Graph<Machine>,
    /// `None` if the run is about the data files only.
    pub(super) nodes: Option<Nodes>,
    /// `None` if the run does not include the data files.
    pub(super) files: Option<Handle<DataOutput>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Nodes {
    pub(super) gateway: Handle<GatewayStatus>,
    pub(super) page: Handle<PageSetup>,
    pub(super) backend: Handle<BackendOutput>,
}

pub(super) fn stack(environment: &Environment, given: &Given, part: Part<'_>) -> Stack {
    let tag =
        FolderTag { project: environment.project.to_string(), environment: environment.name.to_string() };
    if let Some(restored) = &given.restored {
        return rollback(given, tag, restored);
    }
    let mut graph = Graph::new();
    if part == Part::Data {
        let files = Some(data(&mut graph, given, tag));
        return Stack { graph, nodes: None, files };
    }

    let path = given.folders.memory.clone();
    let in_twin_folder = path.starts_with(&given.folder);
    let memory = MemoryFolder { path, tag: tag.clone(), in_twin_folder };
    let memory = graph.add(MEMORY_FOLDER, memory, (), |()| ());
    let files = data(&mut graph, given, tag);
    // A destroy stops the gateway first, so that no visitor gets an error from the rest.
    let first = (given.aim != Aim::Remove).then(|| gateway(&mut graph, environment, given, (memory, None)));
    let after_first = first.map(Handle::after);

    // A self-hosted model server may need no key.
    let needs_key = matches!(environment.model, Model::OpenAi { base_url: None, .. });
    if needs_key || given.aim == Aim::Remove {
        graph.add(KEY_NODE, key_file(given, &given.credentials), (), |()| ());
    }
    let title = format!("`{}` of `{}`", environment.name, environment.project);
    let unit = format!("twinctl-{}-{}.service", environment.project, environment.name);
    let service = Service { unit, folder: given.units.clone(), twin: given.folder.clone() };
    let wanted = environment.local.service.unwrap_or_else(|| service.is_installed());
    let unit = unit_text(&title, &given.executable, &given.folder);

    let (mut settings, sources) = (settings(environment), Arc::clone(&given.sources));
    let local = &environment.local;
    settings.insert(variable::CONVERSATIONS_PER_DAY.to_owned(), local.conversations_per_day.to_string());
    settings.insert(variable::VISITOR_SALT.to_owned(), given.birth.visitor_salt());
    settings.insert(variable::QUESTIONS_PER_DAY.to_owned(), local.questions_per_day.to_string());
    let (credentials, secrets) = (given.credentials.clone(), given.secrets.clone());
    let (ask, kept) = (environment.release.ask, given.kept.clone());
    let binaries = given.folders.binaries.clone();
    let backend = Backend { binaries, canary: own_canary(environment, given) };
    let backend = graph.add(BACKEND, backend, (files, memory, after_first), move |(files, memory, _)| {
        let mut settings = settings.clone();
        settings.insert(variable::DATA_DIR.to_owned(), files.folder.display().to_string());
        settings.insert(variable::MEMORY_DIR.to_owned(), memory.display().to_string());
        settings.insert(variable::USE_S3.to_owned(), "false".to_owned());
        BackendDesired {
            binary: sources.get().and_then(|sources| sources.binary.clone()),
            settings,
            credentials: credentials.clone(),
            secrets: secrets.clone(),
            ask,
            kept: kept.get(),
        }
    });
    let (sources, kept) = (Arc::clone(&given.sources), given.kept.clone());
    // The current page works with a newer backend, but not the other way round.
    let page = graph.add(PAGE, ServedPage, (after_first, backend.after()), move |(_, ())| PageDesired {
        page: desired_page(&sources),
        kept: kept.get(),
    });
    let gateway =
        first.unwrap_or_else(|| gateway(&mut graph, environment, given, (memory, Some(page.after()))));
    graph.add_if(wanted, "service", service, (gateway.after(), backend.after()), move |((), ())| {
        ServiceDesired { text: unit.clone() }
    });
    Stack { graph, nodes: Some(Nodes { gateway, page, backend }), files: Some(files) }
}

fn own_canary(environment: &Environment, given: &Given) -> Option<Canary> {
    let settings = canary::Canary::of(environment)?;
    Some(Canary { settings, under_way: Arc::clone(&given.under_way) })
}

fn key_file(given: &Given, credentials: &Credentials) -> KeyFile {
    let files = match credentials {
        Credentials::OpenAiKey { files } => files.clone(),
        _ => Vec::new(),
    };
    KeyFile { aim: given.aim, path: given.key.clone(), files }
}

/// Adds the gateway process after the memory folder, and after another node, if there is one.
fn gateway(
    graph: &mut Graph<Machine>,
    environment: &Environment,
    given: &Given,
    (memory, other): (Handle<PathBuf>, Option<After>),
) -> Handle<GatewayStatus> {
    let (setup, sources) = (gateway_setup(environment, given), Arc::clone(&given.sources));
    let program = given.program.clone();
    let process = gateway_process(given);
    graph.add(GATEWAY, process, (memory.after(), other), move |((), _)| GatewayDesired {
        setup: setup.clone(),
        page: desired_page(&sources),
        program: program.clone(),
    })
}

fn gateway_process(given: &Given) -> GatewayProcess {
    GatewayProcess { folder: given.folder.clone(), memory: given.folders.memory.clone() }
}

/// Builds the graph of a rollback. The page is switched first: the current backend can answer an older page, as it does after a
/// deploy, but an older backend may not know what the current page sends.
fn rollback(given: &Given, tag: FolderTag, restored: &Restored) -> Stack {
    let mut graph = Graph::new();
    let files = restored.data.clone().map(|set| {
        let folder = DataFolder { path: given.folders.data.clone(), tag };
        let release = given.release.clone();
        graph.add(DATA_FOLDER, folder, (), move |()| DataDesired {
            wanted: DesiredFiles::Set(set.clone()),
            set: release.clone(),
        })
    });
    let (setup, program, kept) = (restored.gateway.clone(), given.program.clone(), given.kept.clone());
    let restored_page = DesiredPage::Restored(setup.page.clone());
    let page = restored_page.clone();
    let process = gateway_process(given);
    let gateway = graph.add(GATEWAY, process, (), move |()| GatewayDesired {
        setup: setup.clone(),
        page: page.clone(),
        program: program.clone(),
    });
    let page = graph.add(PAGE, ServedPage, (gateway.after(),), move |((),)| PageDesired {
        page: restored_page.clone(),
        kept: kept.get(),
    });
    let (binary, setup) = (restored.binary.clone(), restored.backend.clone());
    let needs_key = matches!(setup.credentials, Credentials::OpenAiKey { .. });
    if needs_key && !setup.settings.contains_key(variable::OPENAI_BASE_URL) {
        graph.add(KEY_NODE, key_file(given, &setup.credentials), (), |()| ());
    }
    let (secrets, kept) = (given.secrets.clone(), given.kept.clone());
    let backend = Backend { binaries: given.folders.binaries.clone(), canary: None };
    let backend = graph.add(BACKEND, backend, (page.after(),), move |((),)| BackendDesired {
        binary: Some(binary.clone()),
        settings: setup.settings.clone(),
        credentials: setup.credentials.clone(),
        secrets: secrets.clone(),
        ask: false,
        kept: kept.get(),
    });
    Stack { graph, nodes: Some(Nodes { gateway, page, backend }), files }
}

fn data(graph: &mut Graph<Machine>, given: &Given, tag: FolderTag) -> Handle<DataOutput> {
    let (sources, set) = (Arc::clone(&given.sources), given.release.clone());
    let folder = DataFolder { path: given.folders.data.clone(), tag };
    graph.add(DATA_FOLDER, folder, (), move |()| DataDesired {
        wanted: sources.get().map(|sources| sources.data.clone()).unwrap_or_default(),
        set: set.clone(),
    })
}

fn desired_page(sources: &OnceLock<LocalSources>) -> DesiredPage {
    sources.get().and_then(|sources| sources.web.clone()).map_or(DesiredPage::Current, DesiredPage::New)
}

/// Returns the gateway's setup, without the page.
fn gateway_setup(environment: &Environment, given: &Given) -> GatewaySetup {
    let (local, throttle) = (&environment.local, environment.api.throttle);
    let days = environment.memory.expire_after_days;
    GatewaySetup {
        host: local.host,
        port: local.port,
        next_free_port: local.next_free_port,
        throttle: Throttle { burst: throttle.burst.into(), rate: throttle.rate.into() },
        page: PageSetup::default(),
        frame_ancestors: environment.web.frame_ancestors.iter().map(ToString::to_string).collect(),
        allowed_hosts: local.allowed_hosts.iter().map(ToString::to_string).collect(),
        trusted_proxies: local.trusted_proxies.clone(),
        allowed_origins: environment.api.cors_origins.iter().map(ToString::to_string).collect(),
        memory: days.map(|days| Expiry { folder: given.folders.memory.clone(), days: days.into() }),
        alarms: environment.alarms.as_ref().map(|alarms| AlarmSetup {
            twin: format!("{}-{}", environment.project, environment.name),
            webhook: alarms.webhook.as_ref().map(ToString::to_string),
            key: given.birth.webhook_key(),
            daily_tokens: alarms.daily_tokens,
        }),
    }
}
