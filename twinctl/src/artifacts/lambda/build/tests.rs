//! Builds of small sample workspaces.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use tempfile::TempDir;

use super::{cargo_in, workspace};
use crate::artifacts::BundleError;
use crate::artifacts::lambda::{LambdaZip, Options, lambda};

/// A workspace whose binary would contain its path: in a panic location, in generated code, in a type ID.
const FILES: [(&str, &str); 7] = [
    (
        "Cargo.toml",
        "[workspace]\nresolver = '3'\nmembers = ['twin-lambda', 'dep']\n[profile.lambda]\ninherits = 'release'\nstrip = 'symbols'\n",
    ),
    (
        "Cargo.lock",
        "version = 4\n[[package]]\nname = 'dep'\nversion = '0.1.0'\n[[package]]\nname = 'twin-lambda'\nversion = '0.1.0'\ndependencies = ['dep']\n",
    ),
    ("dep/Cargo.toml", "[package]\nname = 'dep'\nversion = '0.1.0'\nedition = '2024'\n"),
    (
        "dep/build.rs",
        "fn main() { let out = std::env::var(\"OUT_DIR\").unwrap(); std::fs::write(out + \"/made.rs\", \"pub fn made(x: Option<u8>) -> u8 { x.unwrap() }\").unwrap(); }",
    ),
    (
        "dep/src/lib.rs",
        "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\")); pub struct Marker; pub fn id() -> std::any::TypeId { std::any::TypeId::of::<Marker>() }",
    ),
    (
        "twin-lambda/Cargo.toml",
        "[package]\nname = 'twin-lambda'\nversion = '0.1.0'\nedition = '2024'\n[dependencies]\ndep = { path = '../dep' }\n",
    ),
    (
        "twin-lambda/src/main.rs",
        "fn main() { println!(\"{:?} {} {}\", dep::id(), file!(), dep::made(std::env::args().next().map(|a| a.len() as u8))); }",
    ),
];

fn clone_to(folder: &Path) {
    for (name, text) in FILES {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

async fn build(folder: &Path) -> Result<(LambdaZip, Vec<String>), BundleError> {
    let lines = Mutex::new(Vec::new());
    let options = Options { folder: folder.to_owned(), ..Options::default() };
    let zip = lambda(&options, &|line| {
        lines.lock().unwrap().push(line.to_owned());
    })
    .await?;
    Ok((zip, lines.into_inner().unwrap()))
}

#[tokio::test]
async fn the_same_source_gives_the_same_zip_in_every_folder() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (one.path().join("a"), two.path().join("deeper/with blank/b"));
    clone_to(&one);
    clone_to(&two);
    let (first, lines) = build(&one).await.unwrap();
    let (second, _) = build(&two.join("dep")).await.unwrap();
    assert_eq!(first, second);
    assert!(lines.iter().any(|line| line.starts_with("Compiling twin-lambda")), "{lines:?}");
}

#[tokio::test]
async fn a_build_error_contains_the_output_of_the_compiler() {
    let folder = tempfile::tempdir().unwrap();
    clone_to(folder.path());
    fs::write(folder.path().join("dep/src/lib.rs"), "fn broken() -> u8 { \"\" }").unwrap();
    let error = build(folder.path()).await.unwrap_err();
    let BundleError::Build { command, tail } = &error else {
        panic!("{error:?}");
    };
    assert!(command.starts_with("cargo "), "{command}");
    assert!(command.contains(" --profile lambda --locked --package twin-lambda"), "{command}");
    assert!(tail.contains("error[E0308]: mismatched types"), "{tail}");
}

#[test]
fn variables_that_cargo_sets_for_the_running_program_are_not_passed_to_another_cargo() {
    let command = cargo_in(Path::new("."));
    let removed = |name: &str| command.as_std().get_envs().any(|(key, value)| key == name && value.is_none());
    // Cargo sets them for tests too.
    assert!(removed("CARGO_PKG_NAME") && removed("CARGO_MANIFEST_DIR"));
    assert!(!removed("CARGO_HOME"));
}

#[test]
fn without_the_sources_the_hint_names_the_options_for_prebuilt_functions() {
    let folder = TempDir::with_prefix("nothing").unwrap();
    let error = workspace(folder.path()).unwrap_err();
    assert!(error.to_string().ends_with("is not inside a workspace with a `twin-lambda` crate"));
    insta::assert_snapshot!(
        error.hint().unwrap(),
        @"run twinctl inside the project, or use a prebuilt function: `--lambda-zip` or `--lambda-binary`"
    );
}

#[test]
fn the_workspace_is_found_from_a_folder_inside() {
    let folder = tempfile::tempdir().unwrap();
    clone_to(folder.path());
    let environments = folder.path().join("environments");
    fs::create_dir(&environments).unwrap();
    assert_eq!(workspace(&environments).unwrap(), folder.path().canonicalize().unwrap());
}

#[tokio::test]
async fn a_prebuilt_binary_and_its_zip_are_the_same_artifact() {
    let folder = tempfile::tempdir().unwrap();
    let (binary, zip) = (folder.path().join("twin-lambda"), folder.path().join("lambda.zip"));
    let elf = super::super::elf::sample::elf(
        object::elf::EM_AARCH64,
        "/lib/ld-linux-aarch64.so.1",
        &[("GLIBC_2.17", false)],
    );
    fs::write(&binary, elf).unwrap();
    let from_binary = Options { lambda_binary: Some(binary), ..Options::default() };
    let packed = lambda(&from_binary, &|_| ()).await.unwrap();
    fs::write(&zip, &packed.bytes).unwrap();
    let from_zip =
        Options { lambda_zip: Some(zip), architecture: Some(packed.architecture), ..Options::default() };
    assert_eq!(lambda(&from_zip, &|_| ()).await.unwrap(), packed);
}
