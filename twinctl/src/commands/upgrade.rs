//! `twinctl upgrade`: replaces a program that `install.sh` installed with the newest release.

mod installation;

use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

use clap::Args;
use serde_json::json;

use self::installation::Installation;
use super::release_files::ReleaseFiles;
use crate::{
    spec::Options,
    system::{clock, files, host},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl upgrade              Install the newest release
  twinctl upgrade 0.3.0        Install this version
  twinctl upgrade --dry-run    Print the version that would be installed

Only a program that install.sh installed is replaced. For pip, npm, Homebrew, Debian packages
and cargo, the error contains the command to run instead.";

const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");
/// How long unpacking may take, and the first start of the new program.
const PATIENCE: Duration = Duration::from_mins(1);
const ARCHIVE: &str = "archive.tar.gz";

/// Replace twinctl with the newest release
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Upgrade {
    /// Version to install [default: the newest release]
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// Download URL of the release files [default: GitHub releases of the installer's repository]
    #[arg(long, value_name = "URL", env = "TWINCTL_DOWNLOAD")]
    pub(crate) from: Option<String>,
    /// Print the version without installing it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

pub(super) async fn run(_: &Options, args: &Upgrade, ui: &Ui) -> Result<Exit, Diagnostic> {
    let (program, _) = host::program();
    let receipt = match Installation::of(&program, &host::user_data_folder()) {
        Installation::Script(receipt) => receipt,
        Installation::Other { by, instead } => {
            let message = format!("{by} installed {}, and `upgrade` does not replace it", program.display());
            return Err(Diagnostic::new(Exit::Usage, message).hint(instead));
        }
    };
    // GitHub shows the tags of releases, which begin with a `v`.
    let wanted = args.version.as_deref().map(|version| version.strip_prefix('v').unwrap_or(version));
    let files = args.from.clone().unwrap_or_else(|| receipt.address(wanted));
    let release = ReleaseFiles::find(&files, &receipt.target, wanted).await?;
    let version = release.version.as_str();
    if wanted.is_none() && !release.is_newer_than(OWN_VERSION) {
        ui.say(&format!("twinctl {OWN_VERSION} is installed, and the newest release is {version}"));
        return Ok(done(version, false, ui));
    }
    if args.dry_run {
        ui.say(&format!("twinctl {OWN_VERSION} is installed; without --dry-run, it is replaced"));
        return Ok(done(version, false, ui));
    }
    ui.say(&format!("downloading {}", release.archive));
    let archive = release.download().await?;
    replace(&program, &release, &archive).await?;
    ui.say(&format!(
        "{} is replaced. A running local twin changes to it with its next `twinctl deploy`",
        program.display()
    ));
    Ok(done(version, true, ui))
}

fn done(version: &str, replaced: bool, ui: &Ui) -> Exit {
    ui.data(&format!("twinctl {version}"));
    ui.object("upgrade", json!({ "from": OWN_VERSION, "to": version, "replaced": replaced }));
    Exit::Done
}

/// Replaces the program with the one in the archive, if that one starts on this machine.
async fn replace(program: &Path, release: &ReleaseFiles, archive: &[u8]) -> Result<(), Diagnostic> {
    // In the same folder, so that a rename can replace the program.
    let folder = program.with_file_name(format!("{}{}", files::TEMPORARY, clock::unique_id()));
    let replaced = replace_from(&folder, program, release, archive).await;
    drop(files::remove(&folder));
    replaced.map_err(|diagnostic| diagnostic.hint("the installed twinctl is unchanged"))
}

async fn replace_from(
    folder: &Path,
    program: &Path,
    release: &ReleaseFiles,
    archive: &[u8],
) -> Result<(), Diagnostic> {
    files::write(&folder.join(ARCHIVE), archive)
        .map_err(|fault| Diagnostic::fault("the archive could not be saved", &fault))?;
    let member = release.member();
    if !host::succeeds("tar", &["-xzf", ARCHIVE, &member], folder, PATIENCE).await {
        let message = format!("`tar` could not unpack {member} from {}", release.archive);
        return Err(Diagnostic::new(Exit::Failed, message).hint("check that `tar` and `gzip` are installed"));
    }
    let new = folder.join(member);
    if host::output_of(&new.to_string_lossy(), &["version"], folder, PATIENCE).await.is_none() {
        let message = format!("twinctl {} does not start on this machine", release.version);
        return Err(Diagnostic::new(Exit::Failed, message));
    }
    let renamed = fs::metadata(program)
        .and_then(|old| fs::set_permissions(&new, old.permissions()))
        // Without it, a power failure after the rename could leave an empty file.
        .and_then(|()| File::open(&new)?.sync_all())
        .and_then(|()| fs::rename(&new, program));
    renamed.map_err(|error| {
        Diagnostic::fault("the new program could not be installed", &files::fault("replace", program)(error))
    })
}
