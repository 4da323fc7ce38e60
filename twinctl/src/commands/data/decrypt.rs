//! `twinctl data decrypt`: decrypts files.

use std::path::{Path, PathBuf};

use clap::Args;
use persona::{Finding, decrypted_name};
use serde_json::json;

use super::{
    super::arguments::{KeyFile, Writing},
    destination::{Job, all, finding},
};
use crate::{
    artifacts::data_key,
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl data decrypt data/facts.json.age              Write data/facts.json
  twinctl data decrypt data/facts.json.encrypted -o -   Print the plain text";

/// Decrypt files
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Decrypt {
    /// Files to decrypt: `*.age`, or `*.encrypted` of `openssl enc -aes-256-cbc -salt -pbkdf2`
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Output file, `-` for stdout [default: next to the input]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) key: KeyFile,
    #[command(flatten)]
    pub(crate) writing: Writing,
}

pub(super) fn run(args: &Decrypt, ui: &Ui) -> Result<Exit, Diagnostic> {
    let to = target(args, ui)?;
    let jobs = all(args.files.iter().map(|file| job(file, &to, args)))?;
    if args.writing.dry_run {
        for job in &jobs {
            job.preview(ui);
        }
        return Ok(Exit::Done);
    }
    let key = data_key::find(args.key.key_file.as_deref(), ui)?.ok_or_else(|| {
        Diagnostic::new(Exit::Access, "there is no key")
            .hint("set DATA_KEY to your key, its file or the passphrase, or name a file with `--key-file`")
    })?;
    let plain = all(jobs.iter().map(|job| {
        let name = job.from.to_string_lossy();
        let (inner, encryption) = decrypted_name(&name).ok_or_else(|| not_encrypted(&job.from))?;
        encryption
            .decrypt(&job.bytes, inner, &key)
            .map_err(|error| finding(&job.from, error.to_string(), error.hint()))
    }))?;
    for (job, plain) in jobs.iter().zip(plain) {
        if to == To::StandardOutput {
            ui.bytes(&plain).map_err(|error| Diagnostic::unexpected("standard output is closed", &error))?;
            continue;
        }
        job.write(&plain)?;
        ui.data(&job.to.display().to_string());
        ui.object("decrypted", json!({ "from": job.from, "to": job.to }));
    }
    Ok(Exit::Done)
}

#[derive(PartialEq, Eq)]
enum To {
    NextToInput,
    File(PathBuf),
    StandardOutput,
}

fn target(args: &Decrypt, ui: &Ui) -> Result<To, Diagnostic> {
    let one = |to| match args.files.as_slice() {
        [_] => Ok(to),
        _ => Err(Diagnostic::new(Exit::Usage, "`-o` accepts only one input file")
            .hint("omit it, or name one file")),
    };
    match args.output.as_deref() {
        None => Ok(To::NextToInput),
        Some(path) if path == Path::new("-") && ui.mode() == crate::ui::Mode::Json => {
            Err(Diagnostic::new(Exit::Usage, "`-o -` and `--json` both write to stdout")
                .hint("omit one of them"))
        }
        Some(path) if path == Path::new("-") => one(To::StandardOutput),
        Some(path) => one(To::File(path.to_owned())),
    }
}

fn job(file: &Path, to: &To, args: &Decrypt) -> Result<Job, Finding> {
    let name = file.to_string_lossy();
    let (inner, _) = decrypted_name(&name).ok_or_else(|| not_encrypted(file))?;
    let to = match to {
        To::NextToInput => PathBuf::from(inner),
        To::File(path) => path.clone(),
        // An empty path never exists, so the check for existing files passes. It is never written.
        To::StandardOutput => PathBuf::new(),
    };
    Job::load(file, to, &args.writing)
}

fn not_encrypted(file: &Path) -> Finding {
    finding(
        file,
        "does not have the name of an encrypted file",
        "name files that end with `.age` or `.encrypted`",
    )
}
