//! `twinctl check`: checks what a deployment reads and builds. Needs no account.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Value, json};

use super::arguments::{Code, DataOptions};
use crate::{
    artifacts::{
        api_rewrite,
        data::{DataLoader, thousands},
        lambda,
    },
    run::session,
    spec::{Environment, Options, Target},
    ui::{Diagnostic, Exit, Ui, counted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl check                              Check all environments: files, data files, pages
  twinctl check test prod --only page        Check only the page
  twinctl check prod --only zip --zip zips   Build the function, and write zips/prod.zip";

/// Check environment files, data files, page and function without an account
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// Environment names [default: all]
    #[arg(value_name = "ENV")]
    pub(crate) which: Vec<String>,
    /// Parts to check [default: file,data,page]
    #[arg(long, value_name = "PARTS", value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Part>,
    /// Folder for the function's zips, named after the environments
    #[arg(long, value_name = "DIR")]
    pub(crate) zip: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) code: Code,
    #[command(flatten)]
    pub(crate) own: DataOptions,
}

/// A part of what a deployment needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    File,
    Data,
    Page,
    Zip,
}

impl Part {
    const WITHOUT_BUILD: [Self; 3] = [Self::File, Self::Data, Self::Page];

    fn name(self) -> &'static str {
        match self {
            Self::File => "environment file",
            Self::Data => "data files",
            Self::Page => "page",
            Self::Zip => "zip",
        }
    }
}

pub(super) async fn run(options: &Options, args: &Check, ui: &Ui) -> Result<Exit, Diagnostic> {
    let parts = if args.only.is_empty() { &Part::WITHOUT_BUILD[..] } else { &args.only };
    let (mut checked, mut failed) = (Vec::new(), 0);
    let names = session::named_or_all(options, &args.which);
    if names.is_empty() {
        let message = format!("{} contains no environment files", options.environments.display());
        return Err(Diagnostic::new(Exit::Environment, message).hint("run `twinctl init` to create them"));
    }
    for name in names {
        let environment = match session::load_to_deploy(options, &name, ui) {
            Ok(environment) => environment,
            Err(diagnostic) => {
                ui.error(&diagnostic);
                checked.push(object(&name, Part::File, false));
                failed += 1;
                continue;
            }
        };
        for part in parts {
            let found = check(options, args, *part, &environment, ui).await;
            checked.push(object(&name, *part, found.is_ok()));
            match found {
                Ok(finding) => ui.data(&format!("{name}  {}  {finding}", part.name())),
                Err(diagnostic) => {
                    ui.error(&diagnostic);
                    failed += 1;
                }
            }
        }
    }
    ui.object("check", json!({ "checks": checked }));
    if failed == 0 {
        return Ok(Exit::Done);
    }
    Err(Diagnostic::new(Exit::Environment, format!("{} failed", counted(failed, "check"))))
}

fn object(environment: &str, part: Part, ok: bool) -> Value {
    json!({ "environment": environment, "part": part, "ok": ok })
}

/// Checks a part, and describes it.
async fn check(
    options: &Options,
    args: &Check,
    part: Part,
    environment: &Environment,
    ui: &Ui,
) -> Result<String, Diagnostic> {
    match part {
        Part::File => Ok("valid".to_owned()),
        Part::Data => data(options, args, environment, ui).await,
        Part::Page => {
            let page = api_rewrite::load(environment, ui).await?;
            Ok(counted(page.files().len(), "file"))
        }
        Part::Zip if environment.target == Target::Local => Ok("not used by a local twin".to_owned()),
        Part::Zip => zip(options, args, environment, ui).await,
    }
}

async fn data(
    options: &Options,
    args: &Check,
    environment: &Environment,
    ui: &Ui,
) -> Result<String, Diagnostic> {
    let loader = DataLoader::of(options, environment, &args.own.settings(), None)?;
    let files = loader.load(ui).await?;
    // Only a local twin answers as the sample persona.
    if files.is_sample && environment.target == Target::Aws {
        return Ok("no data files; the twin cannot answer without".to_owned());
    }
    files.print_redactions(ui);
    for note in &files.notes {
        ui.say(note);
    }
    let tokens = files.tokens.map(|tokens| format!(", about {} tokens", thousands(tokens as u64)));
    let sample = if files.is_sample { ", of the sample persona" } else { "" };
    let count = counted(files.fingerprints().len(), "file");
    Ok(format!("{count}{}{sample}", tokens.unwrap_or_default()))
}

async fn zip(
    options: &Options,
    args: &Check,
    environment: &Environment,
    ui: &Ui,
) -> Result<String, Diagnostic> {
    let building = lambda::Options::of(options, &args.code.settings(), environment);
    let zip = lambda::lambda(&building, &|line| ui.say(line.trim())).await?;
    let about = format!("for {}, {} bytes", zip.architecture, zip.bytes.len());
    let Some(folder) = &args.zip else { return Ok(about) };
    let file = folder.join(format!("{}.zip", environment.name));
    write(&file, &zip.bytes)?;
    Ok(format!("{about}, written to {}", file.display()))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(file, bytes));
    written.map_err(|error| Diagnostic::unexpected(&format!("could not write {}", file.display()), &error))
}
