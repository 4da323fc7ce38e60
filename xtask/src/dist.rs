//! `cargo xtask dist`: a twinctl that needs no other file.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use testbed::workspace;
use zip::ZipArchive;

use crate::command::{cargo, program, read, run};
use crate::function_zip::pack;
use crate::package::sha256;

/// The page that is embedded.
const PAGE: &str = "twin-web/dist";
/// A download of a few seconds.
const MAX_SIZE: u64 = 38 * 1024 * 1024;

/// Build a self-contained twinctl, with the page and the function inside
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Use a prebuilt function zip; the function for the other architecture is built, if this machine can
    #[arg(long = "lambda-zip", value_name = "FILE")]
    lambda_zips: Vec<PathBuf>,
    /// Backend of local twins, for a program that does not run on Linux
    #[arg(long, value_name = "FILE")]
    backend: Option<PathBuf>,
    /// Link everything statically, for a container without a C library, and start it in an empty folder as its root
    #[arg(long = "static")]
    is_static: bool,
    /// Cargo profile of twinctl
    #[arg(long, value_name = "NAME", default_value = PROFILE)]
    profile: String,
    /// Check the embedded page of this program instead of building one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["lambda_zips", "backend", "is_static", "profile"])]
    check: Option<PathBuf>,
}

/// The environment file of the container.
const CONTAINER_ENVIRONMENT: &str = "container/local.yaml";
/// Mounts `/proc` and `/dev`, which every container has, and asks a twin in this root.
const IN_EMPTY_ROOT: &str = "ip link set lo up && mount -t proc proc \"$0/proc\" && \
     mount --rbind /dev \"$0/dev\" && cd \"$0\" && \
     chroot . /twinctl deploy local --quiet && chroot . /twinctl chat local 'Who are you?' && \
     chroot . /twinctl destroy local --quiet --confirm local";

/// The profile of programs that are shipped.
const PROFILE: &str = "dist";

impl Default for Args {
    fn default() -> Self {
        Self {
            lambda_zips: Vec::new(),
            backend: None,
            is_static: false,
            profile: PROFILE.to_owned(),
            check: None,
        }
    }
}

pub(crate) fn run_task(args: &Args) -> Result<()> {
    if let Some(program) = &args.check {
        return check(
            &program.canonicalize().with_context(|| format!("failed to find {}", program.display()))?,
        );
    }
    println!("{}", make(args)?.display());
    Ok(())
}

/// Builds and checks a self-contained twinctl. Returns its path.
pub(crate) fn make(args: &Args) -> Result<PathBuf> {
    let linkage = if args.is_static { Linkage::Static } else { Linkage::Dynamic };
    let plain = build("twinctl", &args.profile, linkage)?;
    let output = workspace::target().join(linkage.folder()).join("twinctl");
    fs::create_dir_all(output.parent().unwrap_or(&output))?;
    let mut embed = program(path(&plain), &["embed", path(&output), "--page", PAGE]);
    for zip in &args.lambda_zips {
        embed.arg("--lambda-zip").arg(zip.canonicalize()?);
    }
    if args.is_static {
        // It also is the backend of the local twin.
        let zip = output.with_file_name("function.zip");
        pack(&build("twin-lambda", "lambda", linkage)?, &zip)?;
        embed.arg("--lambda-zip").arg(zip);
    }
    if let Some(backend) = &args.backend {
        embed.arg("--backend").arg(backend.canonicalize()?);
    }
    run(&mut embed)?;
    check(&output)?;
    if args.is_static {
        ask_in_empty_root(&output)?;
    }
    Ok(output)
}

/// How programs are linked with the C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Linkage {
    Dynamic,
    Static,
}

impl Linkage {
    fn folder(self) -> &'static str {
        if self == Self::Static { "dist/static" } else { "dist/self-contained" }
    }
}

/// Starts a local twin in a folder that is its whole file system, as in a container from scratch, and asks it a question.
fn ask_in_empty_root(twinctl: &Path) -> Result<()> {
    let root = tempfile::tempdir()?;
    for folder in ["proc", "dev", "environments"] {
        fs::create_dir(root.path().join(folder))?;
    }
    fs::copy(twinctl, root.path().join("twinctl"))?;
    fs::copy(workspace::root().join(CONTAINER_ENVIRONMENT), root.path().join("environments/local.yaml"))?;
    let mut ask = program("unshare", &["-rnmpf", "sh", "-c", IN_EMPTY_ROOT]);
    let answer = read(ask.arg(root.path()))?;
    ensure!(answer.contains("Odalys Fennimarsh"), "the answer is `{answer}`");
    Ok(())
}

/// Builds a package without paths of this machine in it, so that the same sources result in the same bytes.
fn build(package: &str, profile: &str, linkage: Linkage) -> Result<PathBuf> {
    let mut build =
        cargo(&["build", "--profile", profile, "--locked", "--package", package, "--bin", package]);
    let sysroot = read(&mut program("rustc", &["--print", "sysroot"]))?;
    let home = std::env::home_dir().unwrap_or_default().join(".cargo");
    let flags = [(workspace::root(), "/twin"), (&home, "/cargo"), (Path::new(sysroot.trim()), "/rust")]
        .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    let mut flags = flags.to_vec();
    let mut folder = workspace::target();
    if linkage == Linkage::Static {
        // With a target, the flags do not apply to build scripts and procedural macros, which cannot be static.
        let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        build.args(["--target", &target]);
        flags.push("-Ctarget-feature=+crt-static".to_owned());
        folder.push(target);
    }
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    run(&mut build)?;
    folder.push(if profile == "dev" { "debug" } else { profile });
    Ok(folder.join(package))
}

/// Fails if the program's page is not the page of this repository, or if there is no function inside. The program may be one
/// of another platform, because it is not started.
pub(crate) fn check(twinctl: &Path) -> Result<()> {
    let embedded = embedded(twinctl)?;
    let page: BTreeMap<_, _> = embedded
        .iter()
        .filter_map(|(name, hash)| Some((name.strip_prefix("page/")?, hash.as_str())))
        .collect();
    let current = hashes(&workspace::root().join(PAGE))?;
    let current: BTreeMap<_, _> = current.iter().map(|(name, hash)| (name.as_str(), hash.as_str())).collect();
    ensure!(page == current, "the embedded page differs from {PAGE}; run `cargo xtask dist` again");
    for architecture in ["arm64", "x86_64"] {
        let name = format!("function-{architecture}.zip");
        match embedded.get(&name) {
            Some(hash) => println!("{hash}  {name}"),
            None => {
                println!("not embedded: {name}. Install the tools for it, or pass it with `--lambda-zip`");
            }
        }
    }
    ensure!(embedded.keys().any(|name| name.starts_with("function-")), "no function is embedded");
    let size = fs::metadata(twinctl)?.len();
    println!("{size} bytes");
    ensure!(size <= MAX_SIZE, "the program is larger than {MAX_SIZE} bytes");
    Ok(())
}

/// Returns the SHA-256 of each file in the archive at the end of a program.
fn embedded(program: &Path) -> Result<BTreeMap<String, String>> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(program)?)).context("no embedded files")?;
    let mut hashes = BTreeMap::new();
    for index in 0..archive.len() {
        let (mut file, mut bytes) = (archive.by_index(index)?, Vec::new());
        file.read_to_end(&mut bytes)?;
        hashes.insert(file.name()?.into_owned(), sha256(&bytes));
    }
    Ok(hashes)
}

/// Returns the SHA-256 of each file in a folder, by its relative path.
fn hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    let files = read(&mut program("git", &["ls-files", "-z", path(folder)]))?;
    let mut hashes = BTreeMap::new();
    for file in files.split_terminator('\0') {
        let hash = sha256(&fs::read(workspace::root().join(file))?);
        let name = file.strip_prefix(PAGE).unwrap_or(file).trim_start_matches('/');
        hashes.insert(name.to_owned(), hash);
    }
    Ok(hashes)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    /// Writes a program with the page of this repository and other files inside, and checks it.
    fn checked(more: &[(&str, &str)]) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("twinctl");
        let mut program = File::create(&path)?;
        program.write_all(b"a program of another platform")?;
        let mut zip = ZipWriter::new(program);
        let page = hashes(&workspace::root().join(PAGE))?;
        let pages = page
            .keys()
            .map(|name| Ok((format!("page/{name}"), fs::read(workspace::root().join(PAGE).join(name))?)));
        let mut files = pages.collect::<Result<BTreeMap<_, _>>>()?;
        files.extend(more.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())));
        for (name, bytes) in files {
            zip.start_file(name, SimpleFileOptions::default())?;
            zip.write_all(&bytes)?;
        }
        zip.finish()?;
        check(&path)
    }

    #[test]
    fn a_page_that_was_changed_after_embedding_is_noticed() {
        let function = ("function-arm64.zip", "code");
        checked(&[function]).unwrap();
        for change in [("page/index.html", "changed"), ("page/other.html", "added")] {
            let error = checked(&[function, change]).unwrap_err();
            assert!(error.to_string().contains("the embedded page differs"), "{error}");
        }
        assert_eq!(checked(&[]).unwrap_err().to_string(), "no function is embedded");
    }
}
