//! `twinctl embed`: makes a self-contained twinctl. Used by `cargo xtask dist`, not by users.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::{
    artifacts::{
        Architecture, BundleError,
        embedded::{self, Embedded, EmbeddedFiles, append},
        lambda::{self, LambdaZip},
        on_thread, web,
    },
    spec::{DEFAULT_PAGE, Options},
    ui::{Diagnostic, Exit, Ui},
};

/// Write a copy of twinctl that contains the page and the function
#[derive(Debug, Clone, Args)]
#[command(hide = true)]
pub(crate) struct Embed {
    /// File to write
    #[arg(value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Program to copy [default: this one]
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,
    /// Folder of the page
    #[arg(long, value_name = "DIR", default_value = DEFAULT_PAGE)]
    pub(crate) page: PathBuf,
    /// Use a prebuilt function zip; the function for the other architecture is built
    #[arg(long = "lambda-zip", value_name = "FILE")]
    pub(crate) lambda_zips: Vec<PathBuf>,
    /// Backend of local twins, for a program that does not run on Linux
    #[arg(long, value_name = "FILE")]
    pub(crate) backend: Option<PathBuf>,
}

pub(super) async fn run(_: &Options, args: &Embed, ui: &Ui) -> Result<Exit, Diagnostic> {
    let functions = functions(&args.lambda_zips, ui).await?;
    let args = args.clone();
    let output = args.output.clone();
    let files = on_thread(move || write(&args, functions)).await?;
    for file in &files {
        ui.data(&format!("{}  {}", file.sha256, file.name));
    }
    ui.object("embedded", json!({ "file": output, "embedded": files }));
    Ok(Exit::Done)
}

fn write(
    args: &Embed,
    functions: Vec<(Architecture, Vec<u8>)>,
) -> Result<Vec<embedded::EmbeddedFile>, BundleError> {
    let read = |path: &PathBuf| std::fs::read(path).map_err(BundleError::read(path));
    let files = EmbeddedFiles {
        page: web::files(&args.page)?,
        functions,
        backend: args.backend.as_ref().map(read).transpose()?,
    };
    let program = args.program.clone().unwrap_or_else(embedded::program);
    append(&program, &files, &args.output)?;
    Embedded::of(&args.output)?.map_or(Ok(vec![]), |mut embedded| embedded.list())
}

/// Returns the prebuilt functions, and builds the others. An architecture for which this machine has no tools is left
/// out with a warning.
async fn functions(prebuilt: &[PathBuf], ui: &Ui) -> Result<Vec<(Architecture, Vec<u8>)>, Diagnostic> {
    let mut functions = Vec::new();
    for path in prebuilt {
        functions.push(function(Some(path), None, ui).await?);
    }
    for architecture in Architecture::ALL {
        if functions.iter().any(|zip| zip.architecture == architecture) {
            continue;
        }
        match function(None, Some(architecture), ui).await {
            Ok(zip) => functions.push(zip),
            Err(
                error @ (BundleError::NoSource { .. }
                | BundleError::NoCargo
                | BundleError::NoStd(_)
                | BundleError::NoZigbuild(_)
                | BundleError::NoZig(_)),
            ) => ui.warn(&format!("the function for {architecture} is left out: {error}")),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(functions.into_iter().map(|zip| (zip.architecture, zip.bytes)).collect())
}

async fn function(
    lambda_zip: Option<&PathBuf>,
    architecture: Option<Architecture>,
    ui: &Ui,
) -> Result<LambdaZip, BundleError> {
    let options = lambda::Options {
        architecture,
        lambda_zip: lambda_zip.cloned(),
        lambda_binary: None,
        folder: Path::new(".").to_owned(),
    };
    lambda::lambda(&options, &|line| ui.say(line)).await
}
