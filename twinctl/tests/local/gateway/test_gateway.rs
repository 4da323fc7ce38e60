//! A gateway for one test, killed when it is dropped.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use testbed::{Folder, process, twin_lambda, wait};
use twinctl::targets::local::gateway::{
    self, BackendSetup, ControlClient, Credentials, GatewaySetup, GatewayStatus, PageSetup, Phase, Running,
    Secrets, Throttle,
};

use super::visitor::Visitor;

pub(crate) fn twinctl() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_twinctl"))
}

pub(crate) struct TestGateway {
    folder: Folder,
    pub(crate) twin_folder: gateway::TwinFolder,
}

impl TestGateway {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        let gateway = Self { twin_folder: gateway::TwinFolder::new(folder.path()), folder };
        gateway.page("first", &[("index.html", "<h1>Ada</h1>")]);
        let facts = r#"{"full_name": "Ada Example", "name": "Ada", "email": "ada@example.com"}"#;
        gateway.folder.write("data/facts.json", facts);
        gateway.twin_folder.write(&setup()).unwrap();
        gateway.twin_folder.write(&gateway.backend("first")).unwrap();
        gateway
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn page(&self, name: &str, files: &[(&str, &str)]) {
        for (key, content) in files {
            let path = self.twin_folder.page(name).join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    pub(crate) fn backend(&self, fingerprint: &str) -> BackendSetup {
        let settings = [
            ("AI_PROVIDER", "builtin".to_owned()),
            ("DATA_DIR", self.path("data").display().to_string()),
            ("MEMORY_DIR", self.path("memory").display().to_string()),
            ("TURNS_PER_MINUTE", "100000".to_owned()),
        ];
        BackendSetup {
            binary: twin_lambda::binary().to_owned(),
            settings: settings.map(|(name, value)| (name.to_owned(), value)).into(),
            credentials: Credentials::None,
            fingerprint: fingerprint.to_owned(),
        }
    }

    pub(crate) fn with_settings(&self, fingerprint: &str, more: &[(&str, &str)]) -> BackendSetup {
        let mut setup = self.backend(fingerprint);
        let more: BTreeMap<_, _> =
            more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        setup.settings.extend(more);
        setup
    }

    /// Starts the gateway and waits until its backend is ready.
    pub(crate) async fn open(&self) -> ControlClient {
        let (control, _) = gateway::launch(twinctl(), &self.twin_folder, &Secrets::default()).await.unwrap();
        ready(&control).await;
        control
    }

    pub(crate) fn control(&self) -> ControlClient {
        ControlClient::find(&self.twin_folder).unwrap()
    }

    pub(crate) fn visitor(&self) -> Visitor {
        Visitor::new(self.address())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.control().running().address
    }

    pub(crate) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.path("logs").join(name)).unwrap_or_default()
    }
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        if let Ok(Some(running)) = self.twin_folder.read::<Running>() {
            process::kill(running.process.pid);
        }
    }
}

pub(crate) fn page(name: &str) -> PageSetup {
    PageSetup { name: name.to_owned(), ..PageSetup::default() }
}

pub(crate) fn setup() -> GatewaySetup {
    GatewaySetup {
        host: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        next_free_port: false,
        throttle: Throttle { burst: 100_000, rate: 100_000 },
        page: page("first"),
        frame_ancestors: Vec::new(),
        allowed_hosts: Vec::new(),
        trusted_proxies: Vec::new(),
        allowed_origins: Vec::new(),
        memory: None,
        alarms: None,
    }
}

/// Waits until the backend is ready, and returns the status.
pub(crate) async fn ready(control: &ControlClient) -> GatewayStatus {
    wait::for_value_async("the backend is ready", async || {
        let status = control.status().await.unwrap();
        let is_ready =
            status.backend.as_ref().is_some_and(|backend| matches!(backend.phase, Phase::Ready { .. }));
        is_ready.then_some(status)
    })
    .await
}

pub(crate) fn backend_pid(status: &GatewayStatus) -> u32 {
    match status.backend.as_ref().unwrap().phase {
        Phase::Ready { pid, .. } => pid,
        ref other => panic!("{other:?}"),
    }
}
