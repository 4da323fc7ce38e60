//! The npm packages: one for each platform with the program, and `twinctl`, which depends on them and starts the program.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::archive::tar;
use super::file::{Output, VERSION};
use super::platform::Program;
use super::staging::{copy_program, license};

const LAUNCHER: &str = include_str!("launcher.js");

pub(super) fn make(programs: &[Program], output: &Output) -> Result<()> {
    let mut platforms = Map::new();
    for program in programs {
        let (platform, (os, cpu)) = (program.platform, program.platform.node);
        let name = platform.npm();
        let own = json!({ "os": [os], "cpu": [cpu], "files": [platform.executable()] });
        let fill = |folder: &Path| copy_program(&program.path, &folder.join(platform.executable()));
        pack(&name, own, fill, output)?;
        platforms.insert(name, json!(VERSION));
    }
    let own = json!({ "bin": { "twinctl": "launcher.js" }, "files": ["launcher.js"],
        "engines": { "node": ">=18" }, "optionalDependencies": platforms });
    pack("twinctl", own, |folder| Ok(fs::write(folder.join("launcher.js"), LAUNCHER)?), output)
}

/// Packs a folder with `package.json`, the license, and the files that `fill` adds.
fn pack(name: &str, own: Value, fill: impl Fn(&Path) -> Result<()>, output: &Output) -> Result<()> {
    let temporary = TempDir::new()?;
    let folder = temporary.path().join("package");
    fs::create_dir(&folder)?;
    fs::copy(license(), folder.join("LICENSE"))?;
    let mut package = json!({
        "name": name,
        "version": VERSION,
        "description": "Puts a personal AI twin online from one YAML file, and keeps it there",
        "license": "MIT",
        "repository": { "type": "git", "url": format!("git+https://github.com/{}.git", output.repository) },
    });
    if let (Some(package), Value::Object(own)) = (package.as_object_mut(), own) {
        package.extend(own);
    }
    fs::write(folder.join("package.json"), format!("{package:#}\n"))?;
    fill(&folder)?;
    tar(temporary.path(), "package", &format!("{name}-{VERSION}.tgz"), output)
}
