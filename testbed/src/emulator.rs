//! An emulated AWS on a free port of this machine.

mod health;
mod policies;
mod pool;

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};

use crate::{http, venv, workspace};

pub use policies::check_policies;
pub use pool::{Exclusive, exclusive, of_this_test};

/// The one account whose distributions and HTTP APIs answer visitors. The emulator cannot tell the account of a
/// request that is not signed.
pub const PUBLIC_ACCOUNT: &str = "000000000000";

/// Another process may take the port before the emulator binds it.
const ATTEMPTS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Every request is allowed. An access key ID of 12 digits is the account.
    Open,
    /// Signatures and IAM policies are verified. The access key ID `test` is root.
    Enforced,
}

/// A running emulator. The emulator and its functions stop when it is dropped, and when this process exits or is
/// killed: the emulator stops when its standard input, a pipe from this process, is closed.
#[derive(Debug)]
pub struct Emulator {
    auth: Auth,
    port: u16,
    log: PathBuf,
    process: Child,
}

/// Returns an account ID that no other test uses. As an access key ID, it selects an empty account.
pub fn new_account() -> String {
    static LAST: AtomicU64 = AtomicU64::new(100_000_000_000);
    LAST.fetch_add(1, Ordering::Relaxed).to_string()
}

impl Emulator {
    /// Starts an emulator. Installs it first if it is missing.
    pub fn start(auth: Auth) -> Result<Self> {
        let python = venv::EMULATOR.install()?;
        for _ in 1..ATTEMPTS {
            if let Ok(emulator) = Self::try_start(&python, auth) {
                return Ok(emulator);
            }
        }
        Self::try_start(&python, auth)
    }

    /// Returns the value for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Deletes everything, in every account.
    pub fn reset(&self) -> Result<()> {
        let address = (Ipv4Addr::LOCALHOST, self.port);
        let response = http::send(address, "localhost", "POST /_ministack/reset", &[], "")?;
        if response.status != 200 {
            bail!("the emulator cannot be reset: {response:?}");
        }
        Ok(())
    }

    /// Resets twice, because requests of the last test may still be running during the first reset.
    fn reset_for_next_test(&self) -> Result<()> {
        self.reset()?;
        health::check(self.port)?;
        self.reset()
    }

    /// Returns the log file.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn try_start(python: &Path, auth: Auth) -> Result<Self> {
        let port = free_port()?;
        let log = log_path(port)?;
        let process = launch(python, auth, port, &log)?;
        let mut emulator = Self { auth, port, log, process };
        emulator.wait_until_healthy()?;
        Ok(emulator)
    }

    fn wait_until_healthy(&mut self) -> Result<()> {
        let is_healthy = health::wait(self.port, || Ok(self.process.try_wait()?.is_none()))?;
        if is_healthy {
            return Ok(());
        }
        let output = fs::read_to_string(&self.log).unwrap_or_default();
        bail!("the emulator did not start; its output was:\n{}", output.trim_end());
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It stops when its standard input is closed, after deleting its temporary folder.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

fn log_path(port: u16) -> Result<PathBuf> {
    let folder = workspace::target().join("emulators/logs");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(format!("{port}.log")))
}

fn launch(python: &Path, auth: Auth, port: u16, log: &Path) -> Result<Child> {
    let out = File::create(log)?;
    let mut command = Command::new(python);
    command
        .arg("-c")
        .arg(script(auth))
        .env("BIND_HOST", Ipv4Addr::LOCALHOST.to_string())
        .env("GATEWAY_PORT", port.to_string())
        .env("LOG_LEVEL", "WARNING")
        .env_remove("AWS_ENDPOINT_URL")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(out.try_clone()?)
        .stderr(out);
    if auth == Auth::Enforced {
        command.env("AUTH", "true");
    }
    command.spawn().with_context(|| format!("could not start {}", python.display()))
}

fn script(auth: Auth) -> String {
    const MAIN: &str = "\nmain()\n";
    let additions = [
        include_str!("emulator/streaming.py"),
        include_str!("emulator/weights.py"),
        include_str!("emulator/deleted.py"),
        include_str!("emulator/log_events.py"),
        include_str!("emulator/alarms.py"),
        MAIN,
    ];
    let additions = additions.concat();
    let run = include_str!("emulator/run.py");
    match auth {
        Auth::Open => [run, &additions].concat(),
        Auth::Enforced => [include_str!("emulator/permissions.py"), run, &additions].concat(),
    }
}
