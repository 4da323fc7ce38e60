//! A place of a local twin, with a front door that ends with the bench.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::workspace;

use super::visitors::Visitors;

const PATIENCE: Duration = Duration::from_secs(20);
const BETWEEN: Duration = Duration::from_millis(2);

pub(super) struct Binaries {
    pub(super) twinctl: PathBuf,
    pub(super) twin_lambda: PathBuf,
}

pub(super) struct Place {
    folder: TempDir,
    door_process: Door,
    backend_pid: u32,
    pub(super) door: SocketAddr,
    pub(super) backend: SocketAddr,
    /// From the start of the door to the first answer of the API.
    pub(super) start_ms: f64,
}

impl Place {
    pub(super) async fn open(binaries: &Binaries) -> Result<Self> {
        let folder = TempDir::with_prefix("twin-bench-")?;
        furnish(folder.path(), binaries)?;
        let started = Instant::now();
        let mut command = Command::new(&binaries.twinctl);
        command.args(["front-door", "--place"]).arg(folder.path()).stdin(Stdio::null());
        let door_process = Door(command.spawn().context("could not start the front door")?);
        let running = wait(|| read(&folder.path().join("running.json")))?;
        let door: SocketAddr = text(&running["address"])?.parse()?;
        Visitors::new(door).get("/api/health", None).await?;
        let start_ms = started.elapsed().as_secs_f64() * 1000.0;
        let control = Visitors::new(text(&running["control"])?.parse()?);
        let status = control.get("/status", Some(text(&running["token"])?)).await?;
        let phase = &status["backend"]["phase"];
        let (pid, port) = (phase["pid"].as_u64(), phase["port"].as_u64());
        let (Some(pid), Some(port)) = (pid, port) else { bail!("the backend is not ready: {status}") };
        let backend = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port)?));
        Ok(Self { folder, door_process, backend_pid: u32::try_from(pid)?, door, backend, start_ms })
    }

    /// Of both processes together.
    pub(super) fn resident_mb(&self) -> Result<f64> {
        Ok(resident_mb(self.door_process.0.id())? + resident_mb(self.backend_pid)?)
    }

    /// Each turn is a question and an answer.
    pub(super) fn turns_kept(&self) -> Result<u64> {
        let mut messages = 0;
        for entry in fs::read_dir(self.folder.path().join("memory"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                let conversation: Vec<Value> = serde_json::from_slice(&fs::read(&path)?)
                    .with_context(|| format!("{} is broken", path.display()))?;
                messages += conversation.len() as u64;
            }
        }
        Ok(messages / 2)
    }
}

/// Ended when it is dropped, however far the bench came.
struct Door(Child);

impl Drop for Door {
    fn drop(&mut self) {
        // The backend ends with it.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn furnish(folder: &Path, binaries: &Binaries) -> Result<()> {
    let (data, memory, page) = (folder.join("data"), folder.join("memory"), folder.join("pages/page"));
    for made in [&data, &memory, &page] {
        fs::create_dir_all(made)?;
    }
    fs::copy(workspace::root().join("twin-web/dist/index.html"), page.join("index.html"))?;
    let facts = json!({"full_name": "Ada Example", "name": "Ada", "email": "ada@example.com"});
    fs::write(data.join("facts.json"), facts.to_string())?;
    let door = json!({
        "host": "127.0.0.1", "port": 0, "next_free_port": false, "page": "page",
        "throttle": {"burst": 1_000_000, "rate": 1_000_000}, "allowed_hosts": [],
        "script_hashes": [], "frame_ancestors": [], "paths": {}, "memory": null,
    });
    fs::write(folder.join("door.json"), door.to_string())?;
    let backend = json!({
        "binary": binaries.twin_lambda, "credentials": {"kind": "none"}, "fingerprint": "bench",
        "settings": {
            "AI_PROVIDER": "builtin", "DATA_DIR": data, "MEMORY_DIR": memory, "TURNS_PER_MINUTE": "1000000",
        },
    });
    fs::write(folder.join("backend.json"), backend.to_string())?;
    Ok(())
}

fn wait<T>(mut look: impl FnMut() -> Option<T>) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if begun.elapsed() > PATIENCE {
            bail!("the front door did not open");
        }
        #[expect(clippy::disallowed_methods, reason = "a bench waits for what it has started")]
        thread::sleep(BETWEEN);
    }
}

fn read(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().context("the front door says something else than expected")
}

fn resident_mb(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}
