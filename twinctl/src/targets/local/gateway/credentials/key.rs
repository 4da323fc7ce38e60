//! The API key of the model provider: from the command, the environment, a `.env` file or a key file.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use contract::variable::OPENAI_API_KEY;

use crate::{
    system::host,
    targets::local::gateway::protocol::{GatewayError, Secrets},
};

/// Returns the first key that is found, if any. An empty key in `secrets` means that the command has none. It overrides
/// the environment of this process, which may have been started by a much earlier command.
pub(crate) fn find(files: &[PathBuf], secrets: &Secrets) -> Result<Option<String>, GatewayError> {
    let given = secrets.0.get(OPENAI_API_KEY).cloned().or_else(|| host::variable(OPENAI_API_KEY));
    if let Some(key) = given.filter(|key| !key.is_empty()) {
        return Ok(Some(key));
    }
    for file in files {
        if let Some(key) = read(file)? {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

fn read(file: &Path) -> Result<Option<String>, GatewayError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(GatewayError::new(format!("could not read {}: {error}", file.display()))),
    };
    if file.extension().or(file.file_name()).is_some_and(|name| name == "env" || name == ".env") {
        return Ok(text.lines().find_map(setting).filter(|key| !key.is_empty()));
    }
    refuse_shared(file)?;
    Ok(Some(text.trim().to_owned()).filter(|key| !key.is_empty()))
}

/// Parses `OPENAI_API_KEY=value`, with an optional `export` and quotes.
fn setting(line: &str) -> Option<String> {
    let line = line.trim();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    (name.trim() == OPENAI_API_KEY).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(unix)]
fn refuse_shared(file: &Path) -> Result<(), GatewayError> {
    use std::os::unix::fs::PermissionsExt as _;
    let about = fs::metadata(file);
    let about = about.map_err(|error| {
        GatewayError::new(format!("could not read the permissions of {}: {error}", file.display()))
    })?;
    let shared = about.permissions().mode() & 0o077;
    if shared == 0 {
        return Ok(());
    }
    let path = file.display();
    Err(GatewayError::new(format!("other users can read the key in {path}; run `chmod 600 {path}`")))
}

#[cfg(not(unix))]
fn refuse_shared(_: &Path) -> Result<(), GatewayError> {
    Ok(())
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn the_first_key_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let dotenv = file(
            folder.path(),
            ".env",
            "A=1\n# OPENAI_API_KEY=no\nexport OPENAI_API_KEY = \"sk-1\"\n",
            0o644,
        );
        let empty = file(folder.path(), "local.env", "OPENAI_API_KEY=\n", 0o644);
        let own = file(folder.path(), "key", "sk-2\n", 0o600);
        let missing = folder.path().join("missing");
        let secrets = Secrets([(OPENAI_API_KEY.to_owned(), "sk-0".to_owned())].into());
        let none = Secrets::default();
        let cases = [
            (&secrets, vec![dotenv.clone()], Some("sk-0")),
            (&none, vec![dotenv.clone(), own.clone()], Some("sk-1")),
            (&none, vec![missing.clone(), empty, own], Some("sk-2")),
            (&none, vec![missing], None),
        ];
        for (secrets, files, expected) in cases {
            assert_eq!(find(&files, secrets).unwrap().as_deref(), expected, "{files:?}");
        }
    }

    #[test]
    fn a_key_file_that_other_users_can_read_is_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let shared = file(folder.path(), "key", "sk-2", 0o640);
        let error = find(&[shared], &Secrets::default()).unwrap_err();
        assert!(error.reason.contains("other users can read the key") && !error.reason.contains("sk-2"));
    }
}
