//! A local twin that is deployed for the benchmark and destroyed at its end.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use testbed::workspace;

use super::super::measure::memory_mb;
use super::visitors::Visitors;

pub(super) struct Binaries {
    pub(super) twinctl: PathBuf,
    pub(super) twin_lambda: PathBuf,
}

/// A deployed twin.
pub(super) struct Twin {
    deployment: Deployment,
    pids: [u32; 2],
    pub(super) gateway: SocketAddr,
    pub(super) backend: SocketAddr,
    /// From the start of `deploy local` to an answered request.
    pub(super) start_ms: f64,
}

impl Twin {
    pub(super) async fn deploy(binaries: &Binaries) -> Result<Self> {
        let deployment = Deployment::new(binaries)?;
        let started = Instant::now();
        let url = deployment.run(&["deploy", "local", "--lambda-binary", text(&binaries.twin_lambda)?])?;
        let gateway: SocketAddr = url.trim().trim_start_matches("http://").parse()?;
        Visitors::new(gateway).ask("first", 0).await?;
        let start_ms = started.elapsed().as_secs_f64() * 1000.0;
        let output = deployment.run(&["status", "local", "--json"])?;
        let objects = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let status = objects.into_iter().find(|object| object["kind"] == "status");
        let status = status.context("`status local --json` printed no status")?;
        let phase = &status["backend"]["phase"];
        let number = |value: &Value| {
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            number.with_context(|| format!("the twin is not ready: {status}"))
        };
        let port = u16::try_from(number(&phase["port"])?)?;
        let pids = [number(&status["gateway"]["pid"])?, number(&phase["pid"])?];
        Ok(Self { deployment, pids, gateway, backend: SocketAddr::from(([127, 0, 0, 1], port)), start_ms })
    }

    /// The sum of both processes.
    pub(super) fn resident_mb(&self) -> Result<f64> {
        self.pids.into_iter().map(|pid| memory_mb(pid, "VmRSS")).sum()
    }

    /// The number of stored turns. Each is a question and an answer.
    pub(super) fn turns_stored(&self) -> Result<u64> {
        let mut messages = 0;
        for entry in fs::read_dir(self.deployment.folder.path().join(".twinctl/local/local/memory"))? {
            let path = entry?.path();
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if !hidden && path.extension().is_some_and(|ending| ending == "json") {
                let conversation: Vec<Value> = serde_json::from_slice(&fs::read(&path)?)
                    .with_context(|| format!("failed to parse {}", path.display()))?;
                messages += conversation.len() as u64;
            }
        }
        Ok(messages / 2)
    }
}

/// The folder of the twin. Dropping it destroys the twin, also after an error.
struct Deployment {
    folder: TempDir,
    twinctl: PathBuf,
}

impl Deployment {
    fn new(binaries: &Binaries) -> Result<Self> {
        let folder = TempDir::with_prefix("twin-bench-")?;
        let page = workspace::root().join("twin-web/dist");
        let environment = format!(
            "project: bench\nenvironment: local\ntarget: local\nweb: {{ bundle: {:?} }}\n\
             local: {{ port: 28080, next_free_port: true, conversations_per_day: 65535 }}\napi: {{ throttle: {{ burst: 10000, rate: 10000 }} }}\n",
            page.display().to_string()
        );
        let facts = json!({"full_name": "Ada Example", "name": "Ada", "email": "ada@ada.example"});
        for (path, text) in [("environments/local.yaml", environment), ("data/facts.json", facts.to_string())]
        {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            fs::write(path, text)?;
        }
        Ok(Self { folder, twinctl: binaries.twinctl.clone() })
    }

    /// Runs twinctl and returns its standard output.
    fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.twinctl).args(arguments).current_dir(self.folder.path()).output()?;
        if !output.status.success() {
            bail!("`twinctl {}` failed:\n{}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        // Whatever an error leaves behind is deleted with the folder.
        drop(self.run(&["destroy", "local", "--confirm", "local"]));
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the path of twin-lambda is not UTF-8")
}
