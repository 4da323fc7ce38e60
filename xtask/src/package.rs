//! `cargo xtask package`: the packages of a release, made of self-contained programs.

mod archive;
mod debian;
mod file;
mod install;
mod npm;
mod platform;
mod sbom;
mod scripts;
mod staging;
mod test;
mod wheel;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use testbed::workspace;

use crate::command::{program as command, run as run_command};
use crate::function_zip::pack;
use crate::section::LeftOut;
pub(crate) use file::{VERSION, files, sha256};
pub(crate) use test::{TryPackage, seconds_to_an_answer};

use file::Output;
use platform::Program;
use staging::Staging;

/// The limit of a package.
const MAX_SIZE: u64 = 17 * 1024 * 1024;

/// Make the packages of a release: archives, a Python wheel, npm packages, a Debian package and installers
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Self-contained programs, one for each platform. One of them must run on this machine
    #[arg(required = true, value_name = "FILE")]
    programs: Vec<PathBuf>,
    /// GitHub repository of the release, from which the installers download
    #[arg(long, value_name = "OWNER/NAME")]
    repository: String,
    /// Folder of the packages; its files are deleted
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    output: PathBuf,
    /// Install each package without a network, and use it
    #[arg(long)]
    test: bool,
    /// Compress little, and do not limit the size of packages: for debug builds
    #[arg(long)]
    fast: bool,
}

/// The folder of the packages.
pub(crate) const FOLDER: &str = "target/packages";

impl Args {
    /// Makes and tests the packages of a release.
    pub(crate) fn of_release(programs: Vec<PathBuf>, repository: &str) -> Self {
        Self { programs, repository: repository.to_owned(), output: FOLDER.into(), test: true, fast: false }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = workspace::root().join(&args.output);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let output = Output { folder, repository: args.repository.clone(), fast: args.fast };
    let programs: Vec<_> = args.programs.iter().map(|path| Program::new(path)).collect::<Result<_>>()?;
    let native = programs.iter().find(|program| program.platform.is_native());
    let staging = Staging::new(native.context("no program for this machine")?)?;
    for program in &programs {
        archive::make(program, &staging, &output)?;
        wheel::make(program, &output)?;
        if program.platform.debian.is_some() {
            debian::make(program, &staging, &output)?;
        }
    }
    npm::make(&programs, &output)?;
    scripts::make(&programs, &output)?;
    sbom::make(&programs, &output)?;
    write_checksums(&output)?;
    if args.test {
        test::all(&output.folder)?;
    }
    Ok(())
}

/// Unpacks the archive for this machine. Returns the path of its program.
pub(crate) fn unpack(packages: &Path, folder: &Path) -> Result<PathBuf> {
    install::archive(packages, folder)
}

/// Makes the packages of the debug build that the tests have made, and tries them out.
pub(crate) fn of_debug_build() -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Err(LeftOut("the packages are made on Linux".to_owned()).into());
    }
    let folder = TempDir::new()?;
    let [program, backend, zip, twinctl] =
        ["program", "bootstrap", "function.zip", "twinctl"].map(|name| folder.path().join(name));
    for (built, stripped) in [("twinctl", &program), ("twin-lambda", &backend)] {
        let built = workspace::target().join("debug").join(built);
        run_command(command("strip", &["-o"]).args([stripped, &built]))?;
    }
    pack(&backend, &zip)?;
    let mut embed =
        command(&program.to_string_lossy(), &["embed", "--page", "twin-web/dist", "--lambda-zip"]);
    run_command(embed.arg(&zip).arg(&twinctl).env("PATH", ""))?;
    let output = folder.path().join("packages");
    let repository = "ada/twin".to_owned();
    run(&Args { programs: vec![twinctl], repository, output, test: true, fast: true })
}

/// Writes `SHA256SUMS`, in the format of `sha256sum`, and prints the sizes.
fn write_checksums(output: &Output) -> Result<()> {
    let mut lines = String::new();
    for path in files(&output.folder)? {
        let (name, bytes) = (path.file_name().unwrap_or_default().display(), fs::read(&path)?);
        println!("{:>10}  {name}", bytes.len());
        ensure!(output.fast || bytes.len() as u64 <= MAX_SIZE, "{name} is larger than {MAX_SIZE} bytes");
        writeln!(lines, "{}  {name}", sha256(&bytes))?;
    }
    Ok(fs::write(output.join("SHA256SUMS"), lines)?)
}
