//! `twinctl data encrypt`: writes an encrypted copy next to each file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use persona::{
    Encryption, ExposeSecret as _, Finding, Key, KeyError, Recipients, SecretString, contains_secret_key,
    decrypted_name,
};
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
  twinctl data encrypt data/facts.json                  Write facts.json.age for the key in DATA_KEY
  twinctl data encrypt data/*.txt --remove              Delete the plain files afterwards
  twinctl data encrypt data/cv.pdf --to age1… --to age1…";

/// Encrypt files, so that they can be stored in a repository
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Encrypt {
    /// Files to encrypt; the output files end in `.age`
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Public key of a recipient, `age1…` [default: your own key or passphrase]
    #[arg(long, value_name = "PUBLIC_KEY")]
    pub(crate) to: Vec<String>,
    #[command(flatten)]
    pub(crate) key: KeyFile,
    /// Write ASCII text instead of binary
    #[arg(long)]
    pub(crate) armor: bool,
    /// Delete each plain file after its encrypted copy was read back and decrypted
    #[arg(long)]
    pub(crate) remove: bool,
    #[command(flatten)]
    pub(crate) writing: Writing,
}

pub(super) fn run(args: &Encrypt, ui: &Ui) -> Result<Exit, Diagnostic> {
    let jobs = all(args.files.iter().map(|file| job(file, args)))?;
    if args.writing.dry_run {
        for job in &jobs {
            job.preview(ui);
        }
        return Ok(Exit::Done);
    }
    let (recipients, key) = recipients(&args.to, &args.key, ui)?;
    if args.remove && !key.as_ref().is_some_and(|key| recipients.can_decrypt_with(key)) {
        return Err(Diagnostic::new(Exit::Usage, "`--remove` needs a key that decrypts the new files").hint(
            "set DATA_KEY to it, or name its file with `--key-file`; otherwise you could not decrypt them",
        ));
    }
    for job in &jobs {
        let encrypted =
            if args.armor { recipients.encrypt_armored(&job.bytes) } else { recipients.encrypt(&job.bytes) };
        let encrypted =
            encrypted.map_err(|error| Diagnostic::unexpected("the file could not be encrypted", &error))?;
        job.write(&encrypted)?;
        if let (true, Some(key)) = (args.remove, &key) {
            remove(job, key)?;
        }
        ui.data(&job.to.display().to_string());
        ui.object("encrypted", json!({ "from": job.from, "to": job.to, "removed": args.remove }));
    }
    Ok(Exit::Done)
}

fn job(file: &Path, args: &Encrypt) -> Result<Job, Finding> {
    let name = file.to_string_lossy();
    if decrypted_name(&name).is_some() {
        return Err(finding(file, "is already encrypted", "name unencrypted files"));
    }
    let job = Job::load(file, format!("{name}.age").into(), &args.writing)?;
    if contains_secret_key(&job.bytes) {
        let hint = "keep it out of the data files; `age -p` encrypts a copy to be kept safe";
        return Err(finding(file, "contains a secret key, possibly the one that decrypts it", hint));
    }
    Ok(job)
}

/// Returns the recipients, and your own key if there is one: the public keys, else your own key, else a passphrase from the
/// prompt.
pub(in crate::commands) fn recipients(
    to: &[String],
    key: &KeyFile,
    ui: &Ui,
) -> Result<(Recipients, Option<Key>), Diagnostic> {
    let key = data_key::find_without_prompt(key.key_file.as_deref())?;
    if !to.is_empty() {
        let recipients = Recipients::from_public_keys(to.iter().map(String::as_str)).map_err(|error| {
            Diagnostic::new(Exit::Usage, error.to_string())
                .hint("a public key begins with `age1`; `twinctl data keygen` prints it")
        })?;
        return Ok((recipients, key));
    }
    let key = match key {
        Some(key) => key,
        None => Key::from_text(new_passphrase(ui)?)?,
    };
    Ok((Recipients::from_key(&key), Some(key)))
}

fn new_passphrase(ui: &Ui) -> Result<SecretString, Diagnostic> {
    let no_key = || {
        Diagnostic::new(Exit::Access, "there is no key to encrypt for")
            .hint("create one with `twinctl data keygen -o FILE`, and set DATA_KEY to its path")
            .hint("or name a public key with `--to`")
    };
    let first = ui.ask_secret("Passphrase for the files:").ok_or_else(no_key)?;
    if first.expose_secret().is_empty() {
        return Err(KeyError::Empty.into());
    }
    let again = ui.ask_secret("Repeat the passphrase:").ok_or_else(no_key)?;
    if first.expose_secret() != again.expose_secret() {
        return Err(Diagnostic::new(Exit::Usage, "the passphrases do not match; nothing was written"));
    }
    Ok(first)
}

/// Deletes the plain file after the encrypted copy on disk was read back, decrypted and compared.
fn remove(job: &Job, key: &Key) -> Result<(), Diagnostic> {
    let kept = |cause: String| {
        Diagnostic::new(
            Exit::Unexpected,
            format!("{} was not deleted: its encrypted copy does not match", job.from.display()),
        )
        .cause(cause)
    };
    let encrypted = fs::read(&job.to).map_err(|error| kept(error.to_string()))?;
    let decrypted = Encryption::Age.decrypt(&encrypted, "", key).map_err(|error| kept(error.to_string()))?;
    if decrypted != job.bytes {
        return Err(kept("the decrypted content differs".to_owned()));
    }
    fs::remove_file(&job.from).map_err(|error| {
        Diagnostic::new(Exit::Unexpected, format!("could not delete {}", job.from.display()))
            .cause(error.to_string())
    })
}
