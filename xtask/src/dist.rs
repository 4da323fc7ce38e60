//! `cargo xtask dist`: a twinctl that needs no other file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testbed::workspace;

use crate::command::{cargo, program, read, run};

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
    /// Cargo profile of twinctl
    #[arg(long, value_name = "NAME", default_value = "dist")]
    profile: String,
    /// Check the embedded page of this program instead of building one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["lambda_zips", "profile"])]
    check: Option<PathBuf>,
}

pub(crate) fn run_task(args: &Args) -> Result<()> {
    if let Some(program) = &args.check {
        return check(
            &program.canonicalize().with_context(|| format!("failed to find {}", program.display()))?,
        );
    }
    let plain = build(&args.profile)?;
    let output = workspace::target().join("dist/self-contained/twinctl");
    fs::create_dir_all(output.parent().unwrap_or(&output))?;
    let mut embed = program(path(&plain), &["embed", path(&output), "--page", PAGE]);
    for zip in &args.lambda_zips {
        embed.arg("--lambda-zip").arg(zip.canonicalize()?);
    }
    run(&mut embed)?;
    check(&output)?;
    println!("{}", output.display());
    Ok(())
}

/// Builds twinctl without paths of this machine in it, so that the same sources result in the same bytes.
fn build(profile: &str) -> Result<PathBuf> {
    let mut build =
        cargo(&["build", "--profile", profile, "--locked", "--package", "twinctl", "--bin", "twinctl"]);
    let sysroot = read(&mut program("rustc", &["--print", "sysroot"]))?;
    let home = std::env::home_dir().unwrap_or_default().join(".cargo");
    let flags = [(workspace::root(), "/twin"), (&home, "/cargo"), (Path::new(sysroot.trim()), "/rust")]
        .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    run(&mut build)?;
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(workspace::target().join(folder).join("twinctl"))
}

/// Fails if the program's page is not the page of this repository, or if there is no function inside.
fn check(twinctl: &Path) -> Result<()> {
    let version = read(&mut program(path(twinctl), &["version", "--json"]))?;
    let version: Value = serde_json::from_str(&version)?;
    let listed = version["embedded"].as_array().context("no list of embedded files")?;
    let mut embedded = BTreeMap::new();
    for file in listed {
        let text = |field: &str| file[field].as_str().map(ToOwned::to_owned);
        embedded.extend(text("name").zip(text("sha256")));
    }
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

/// Returns the SHA-256 of each file in a folder, by its relative path.
fn hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    let files = read(&mut program("git", &["ls-files", "-z", path(folder)]))?;
    let mut hashes = BTreeMap::new();
    for file in files.split_terminator('\0') {
        let line = read(&mut program("sha256sum", &[file]))?;
        let hash = line.split(' ').next().unwrap_or_default().to_owned();
        let name = file.strip_prefix(PAGE).unwrap_or(file).trim_start_matches('/');
        hashes.insert(name.to_owned(), hash);
    }
    Ok(hashes)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}
