//! An emulated AWS on a free port of this machine, which ends with the process that started it.

mod health;
mod venv;

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};

use crate::{http, workspace};

pub use venv::{install, is_installed};

/// The one account whose distributions and HTTP APIs answer visitors: a visitor signs nothing, so the emulator cannot
/// tell which account is meant.
pub const PUBLIC_ACCOUNT: &str = "000000000000";

/// Another process may take the port between our choosing and the emulator's binding it.
const ATTEMPTS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Every request is let through; a 12-digit access key id is the account that it acts in.
    Open,
    /// Signatures and IAM policies are verified; the access key id `test` is root.
    Enforced,
}

/// A running emulator. Dropping it ends it and the functions that it runs; so does the end of this process, however it
/// ends, because the emulator watches the pipe that is its standard input.
#[derive(Debug)]
pub struct Emulator {
    port: u16,
    log: PathBuf,
    process: Child,
}

/// The emulator of this test binary, started by whoever asks first. Tests keep apart by an account each.
pub fn shared() -> &'static Emulator {
    static SHARED: LazyLock<Emulator> =
        LazyLock::new(|| Emulator::start(Auth::Open).unwrap_or_else(|error| panic!("{error:#}")));
    &SHARED
}

/// An account that nobody else uses: as access key id it makes the emulator show an empty world.
pub fn new_account() -> String {
    static LAST: AtomicU64 = AtomicU64::new(100_000_000_000);
    LAST.fetch_add(1, Ordering::Relaxed).to_string()
}

impl Emulator {
    /// Starts an emulator of one's own, installing it first where it is missing.
    pub fn start(auth: Auth) -> Result<Self> {
        let python = install()?;
        for _ in 1..ATTEMPTS {
            if let Ok(emulator) = Self::try_start(&python, auth) {
                return Ok(emulator);
            }
        }
        Self::try_start(&python, auth)
    }

    /// What `AWS_ENDPOINT_URL` is set to.
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

    /// The file that the emulator logs to.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn try_start(python: &Path, auth: Auth) -> Result<Self> {
        let port = free_port()?;
        let log = log_path(port)?;
        let process = launch(python, auth, port, &log)?;
        let mut emulator = Self { port, log, process };
        emulator.wait_until_healthy()?;
        Ok(emulator)
    }

    fn wait_until_healthy(&mut self) -> Result<()> {
        let answered = health::wait(self.port, || Ok(self.process.try_wait()?.is_none()))?;
        if answered {
            return Ok(());
        }
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        bail!("the emulator did not start; it said:\n{}", said.trim_end());
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Closing its standard input is the request to end; the wait returns once its folder is removed.
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
    let run = include_str!("emulator/run.py");
    match auth {
        Auth::Open => run.to_owned(),
        Auth::Enforced => [include_str!("emulator/rights.py"), run].concat(),
    }
}
