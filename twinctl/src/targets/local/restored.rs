//! The setup of a release of a local twin, and the part of it that a rollback restores.

use contract::variable;
use reconcile::Fault;
use serde::{Deserialize, Serialize};

use crate::{
    artifacts::{Content, NativeBinary},
    targets::{
        local::gateway::{BackendSetup, GatewaySetup, TwinFolder},
        rollback::Rollback,
    },
    ui::{Diagnostic, Exit},
};

/// The settings that belong to the data and not to a release: where it is, whether it expires, and the salt of the list of
/// blocked visitors.
const NOT_RESTORED: [&str; 4] =
    [variable::DATA_DIR, variable::MEMORY_DIR, variable::MEMORY_EXPIRES, variable::VISITOR_SALT];

/// The setup that the record of a release contains besides its hashes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LocalSetup {
    pub(super) gateway: GatewaySetup,
    pub(super) backend: BackendSetup,
}

/// The release to restore, with the settings that stay as they are.
#[derive(Debug, Clone)]
pub(super) struct Restored {
    pub(super) gateway: GatewaySetup,
    pub(super) backend: BackendSetup,
    pub(super) binary: NativeBinary,
    /// The set of data files, if it is restored.
    pub(super) data: Option<String>,
}

impl Restored {
    /// Fails if the page or the binary of the release no longer exists.
    pub(super) fn of(rollback: &Rollback, folder: &TwinFolder) -> Result<Self, Diagnostic> {
        let (setup, _) = rollback.setups::<LocalSetup>()?;
        let unreadable = |fault: Fault| Diagnostic::fault("could not read the settings of the twin", &fault);
        let now = folder.read::<GatewaySetup>().map_err(unreadable)?;
        let now = now.zip(folder.read::<BackendSetup>().map_err(unreadable)?);
        let Some((gateway, backend)) = now else {
            return Err(Diagnostic::new(Exit::Unhealthy, "the settings of the twin no longer exist")
                .hint("deploy it again"));
        };
        let name = setup.backend.binary.file_name().unwrap_or_default();
        let binary = folder.binaries().join(name);
        if !binary.is_file() {
            return Err(rollback.gone("the binary"));
        }
        if !folder.page(&setup.gateway.page.name).is_dir() {
            return Err(rollback.gone("the page"));
        }
        let binary =
            NativeBinary { content: Content::OnDisk(binary), sha256: rollback.to.code_sha256.clone() };
        let mut settings = setup.backend.settings;
        for name in NOT_RESTORED {
            settings.remove(name);
            settings.extend(backend.settings.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        Ok(Self {
            gateway: GatewaySetup {
                host: gateway.host,
                port: gateway.port,
                next_free_port: gateway.next_free_port,
                memory: gateway.memory,
                alarms: gateway.alarms,
                ..setup.gateway
            },
            backend: BackendSetup { settings, ..setup.backend },
            binary,
            data: rollback.data.clone(),
        })
    }
}
