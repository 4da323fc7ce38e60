//! A backend process that gets its events from a Runtime API, as in Lambda.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use super::super::measure::memory_mb;
use super::stand_in::StandIn;
use crate::function_zip::pack;

/// A backend that can be started.
pub(super) struct Backend {
    pub(super) name: &'static str,
    pub(super) zip_bytes: u64,
    pub(super) can_stream: bool,
    pub(super) command: Box<dyn Fn() -> Command>,
}

/// A backend process, killed when dropped.
pub(super) struct Running {
    child: Child,
    pub(super) init_ms: f64,
}

impl Backend {
    pub(super) fn twin_lambda(binary: &Path, folder: &Path) -> Result<Self> {
        let zip = folder.join("bootstrap.zip");
        pack(binary, &zip)?;
        let binary = binary.to_owned();
        let zip_bytes = fs::metadata(zip)?.len();
        let command = Box::new(move || Command::new(&binary));
        Ok(Self { name: "twin-lambda", zip_bytes, can_stream: true, command })
    }

    /// Starts the process and waits until it requests its first event.
    pub(super) fn start(&self, stand_in: &StandIn) -> Result<Running> {
        let url = format!("http://{}", stand_in.address);
        let mut command = (self.command)();
        command
            .env_clear()
            .envs([
                ("PATH", "/usr/bin:/bin"),
                ("AWS_LAMBDA_RUNTIME_API", stand_in.address.as_str()),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
                ("AWS_LAMBDA_FUNCTION_NAME", "twin"),
                ("AWS_REGION", "eu-west-1"),
                ("AWS_DEFAULT_REGION", "eu-west-1"),
                ("AWS_ACCESS_KEY_ID", "bench"),
                ("AWS_SECRET_ACCESS_KEY", "bench"),
                ("AWS_ENDPOINT_URL", url.as_str()),
                ("AI_PROVIDER", "bedrock"),
                ("MEMORY_BUCKET", "memory"),
                ("PERSONAL_DATA_BUCKET", "persona"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        let started = Instant::now();
        let child = command.spawn().with_context(|| format!("failed to start {}", self.name))?;
        let mut running = Running { child, init_ms: 0.0 };
        running.init_ms = stand_in.wait()?.duration_since(started).as_secs_f64() * 1000.0;
        Ok(running)
    }
}

impl Running {
    /// The peak resident memory, as the kernel counts it.
    pub(super) fn peak_mb(&self) -> Result<f64> {
        memory_mb(self.child.id(), "VmHWM")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have exited already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
