//! The twin that is replaced, as people write it: `FastAPI`, `Mangum` and `boto3`, made from the Python package index.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::process::Contender;
use crate::command;
use xtask::workspace;

const REQUIREMENTS: &str = include_str!("peer/requirements.txt");
const TWIN: &str = include_str!("peer/twin.py");
/// Python's own runtime client is a C extension; this loop is faster, which is in the peer's favour.
const BOOTSTRAP: &str = include_str!("peer/bootstrap.py");

/// A zip that `pip install --target` made has no bytecode: Python compiles it at every cold start.
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
    /// Packages are kept between runs; the folder that is measured is a copy.
    pub(super) fn make(folder: &Path, bytecode: Bytecode) -> Result<Self> {
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

    pub(super) fn contender(self) -> Result<Contender> {
        let zip = self.folder.with_extension("zip");
        let script = "import shutil, sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])";
        let mut pack = Command::new("python3");
        command::run(pack.args(["-c", script]).arg(zip.with_extension("")).arg(&self.folder))?;
        let python =
            command::read(Command::new("python3").args(["-c", "import sys; print(sys.executable)"]))?;
        let python = python.trim().to_owned();
        if python.is_empty() {
            bail!("python3 does not say where it is");
        }
        let Self { folder, bytecode } = self;
        Ok(Contender {
            name: if bytecode == Bytecode::Compiled { "python .pyc" } else { "python" },
            zip_bytes: fs::metadata(&zip).context("the zip was not made")?.len(),
            command: Box::new(move || {
                let mut start = Command::new(&python);
                // A function's folder is read-only: nothing that is compiled is kept. Nothing else is searched.
                start.args(["-B", "-s", "-E", "bootstrap.py"]).current_dir(&folder);
                start
            }),
        })
    }
}
