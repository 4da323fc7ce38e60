//! `twinctl data keygen`: creates a key pair.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;
use contract::owner_only;
use persona::KeyPair;
use serde_json::json;

use crate::ui::{Diagnostic, Exit, Ui};

const EXAMPLES: &str = "\
Examples:
  twinctl data keygen -o ~/.config/twinctl/data.key     Print the public key
  export DATA_KEY=~/.config/twinctl/data.key            Use the key from now on";

/// Create a key for encrypted files
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Keygen {
    /// Output file, readable by you only; prints the public key [default: print the key to stdout]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

pub(super) fn run(args: &Keygen, ui: &Ui) -> Result<Exit, Diagnostic> {
    let pair = KeyPair::generate();
    let public = pair.public();
    let Some(path) = &args.output else {
        ui.data(pair.file().trim_end());
        ui.object("key", json!({ "public_key": public, "key": *pair.file() }));
        return Ok(Exit::Done);
    };
    write(path, pair.file().as_bytes()).map_err(|error| write_error(path, &error))?;
    ui.data(&public);
    ui.say(&format!("the key is in {}; keep a backup of it", path.display()));
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
    ui.say(&format!("set DATA_KEY={} to use it", whole.display()));
    ui.object("key", json!({ "public_key": public, "file": path }));
    Ok(Exit::Done)
}

/// Never overwrites a file: files encrypted with an old key would be lost with it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = owner_only::create(OpenOptions::new().write(true).create_new(true)).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn write_error(path: &Path, error: &io::Error) -> Diagnostic {
    let name = path.display();
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Diagnostic::new(
            Exit::Usage,
            format!("{name} already exists, and keys are never overwritten"),
        )
        .hint("choose another file; files encrypted with the old key need the old key");
    }
    Diagnostic::new(Exit::Unexpected, format!("could not write {name}")).cause(error.to_string())
}
