//! `twinctl outputs`: prints the address of an environment, and with `--all` its names and IDs.

use clap::Args;
use reconcile::Choices;
use serde_json::{Map, Value};

use super::{arguments::EnvironmentArg, comment};
use crate::{
    run::session::{self, Session},
    spec::{Environment, Options},
    targets::{Part, Target, on_target},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  open \"$(twinctl outputs prod)\"
  twinctl outputs prod --all --json";

/// Print the address of an environment
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Outputs {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
    /// Print all outputs: names, IDs and the address of the API
    #[arg(long)]
    pub(crate) all: bool,
    /// In GitHub Actions: create or update a comment with the address on the pull request
    #[arg(long, conflicts_with = "all")]
    pub(crate) comment: bool,
}

pub(super) async fn run(options: &Options, args: &Outputs, ui: &Ui) -> Result<Exit, Diagnostic> {
    let ui = &ui.brief();
    let environment = session::load(options, &args.which.environment, ui)?;
    on_target!(environment, run_on(options, args, environment, ui))
}

async fn run_on<T: Target>(
    options: &Options,
    args: &Outputs,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let command = format!("twinctl outputs {}", environment.name);
    let session = Session::<T>::open(options, environment, Part::WithoutData, Choices::default(), ui).await?;
    session.observe(&command).await?;
    let url = session.address()?.url;
    if !args.all {
        ui.data(&url);
        ui.object("outputs", serde_json::json!({ "url": url }));
        if args.comment {
            let name = &session.environment.name;
            // The comments of earlier versions have this marker, too.
            let marker = format!("<!-- twinctl address of {name} of {} -->", session.environment.project);
            let text = format!("`{name}` with the sample persona: {url}\n");
            comment::post("the address was", marker, |_| text, ui).await;
        }
        return Ok(Exit::Done);
    }
    let all = all(&session, url);
    for (name, value) in &all {
        ui.data(&format!("{name}={}", value.as_str().unwrap_or_default()));
    }
    ui.object("outputs", Value::Object(all));
    Ok(Exit::Done)
}

fn all<T: Target>(session: &Session<T>, url: String) -> Map<String, Value> {
    let further = session.target.outputs(&session.environment, &session.engine);
    let all = std::iter::once(("url", url)).chain(further);
    all.map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}
