//! A typical Python twin with `FastAPI`, `Mangum` and `boto3`, installed from `PyPI`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::process::Backend;
use crate::command;
use testbed::workspace;

const REQUIREMENTS: &str = include_str!("peer/requirements.txt");
const TWIN: &str = include_str!("peer/twin.py");
/// Replaces AWS's runtime client, a C extension. This loop is faster, in favor of the peer.
const BOOTSTRAP: &str = include_str!("peer/bootstrap.py");

/// Whether the zip contains bytecode. Without it (`pip install --target`), Python compiles at every cold start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bytecode {
    Missing,
    Compiled,
}

pub(super) struct Python {
    folder: PathBuf,
    bytecode: Bytecode,
}

impl Python {
    /// Installs the packages once, and copies them to the measured folder.
    pub(super) fn install(folder: &Path, bytecode: Bytecode) -> Result<Self> {
        let packages = workspace::target().join("bench/python-twin");
        if !packages.join("mangum").is_dir() {
            let requirements = folder.join("requirements.txt");
            fs::write(&requirements, REQUIREMENTS)?;
            let mut pip = Command::new("python3");
            pip.args(["-m", "pip", "install", "--quiet", "--no-compile", "--target"]);
            command::run(pip.arg(&packages).arg("--requirement").arg(&requirements))?;
        }
        let name = if bytecode == Bytecode::Compiled { "python-pyc" } else { "python" };
        let copy = folder.join(name);
        command::run(Command::new("cp").arg("-r").arg(&packages).arg(&copy))?;
        fs::write(copy.join("twin.py"), TWIN)?;
        fs::write(copy.join("bootstrap.py"), BOOTSTRAP)?;
        if bytecode == Bytecode::Compiled {
            let mut compile = Command::new("python3");
            compile.args(["-m", "compileall", "-q", "-j", "0"]).arg(&copy);
            command::run(&mut compile)?;
        }
        Ok(Self { folder: copy, bytecode })
    }

    pub(super) fn backend(self) -> Result<Backend> {
        let zip = self.folder.with_extension("zip");
        let script = "import shutil, sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])";
        let mut pack = Command::new("python3");
        command::run(pack.args(["-c", script]).arg(zip.with_extension("")).arg(&self.folder))?;
        let python =
            command::read(Command::new("python3").args(["-c", "import sys; print(sys.executable)"]))?;
        let python = python.trim().to_owned();
        if python.is_empty() {
            bail!("python3 has no `sys.executable`");
        }
        let Self { folder, bytecode } = self;
        Ok(Backend {
            name: if bytecode == Bytecode::Compiled { "python .pyc" } else { "python" },
            can_stream: false,
            zip_bytes: fs::metadata(&zip).context("failed to create the zip")?.len(),
            command: Box::new(move || {
                let mut start = Command::new(&python);
                // As in Lambda: bytecode is not written (the folder is read-only), and no other folder is searched.
                start.args(["-B", "-s", "-E", "bootstrap.py"]).current_dir(&folder);
                start
            }),
        })
    }
}
