//! `twinctl eject`: writes a Terraform configuration that imports an environment, so that you can leave twinctl.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use reconcile::Choices;
use serde_json::json;

use super::memory::not_deployed;
use crate::{
    run::session::{self, Session},
    spec::{self, Environment, Options},
    system::files,
    targets::{
        Part,
        aws::{
            Aws,
            eject::{self, Configuration, Resource},
        },
    },
    ui::{Diagnostic, Exit, Ui, counted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl eject prod --to terraform              Write a Terraform configuration to terraform-prod
  twinctl eject prod --to terraform --out infra  Write it to another folder";

/// Write a Terraform configuration that imports an environment on AWS
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Eject {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Target tool
    #[arg(long, value_name = "TOOL")]
    pub(crate) to: Tool,
    /// Output folder [default: terraform-ENV]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite existing files
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Tool {
    Terraform,
}

pub(super) async fn run(options: &Options, args: &Eject, ui: &Ui) -> Result<Exit, Diagnostic> {
    let Tool::Terraform = args.to;
    let environment = session::load(options, &args.environment, ui)?;
    let name = environment.name.to_string();
    if environment.target == spec::Target::Local {
        let message = format!("`{name}` is on this machine, and Terraform manages resources on AWS");
        return Err(Diagnostic::new(Exit::Usage, message)
            .hint(format!("to move it elsewhere, run `twinctl backup {name} twin.jsonl.age`")));
    }
    let folder = args.out.clone().unwrap_or_else(|| format!("terraform-{name}").into());
    let configuration = read(options, environment, ui).await?;
    let files = eject::files(&configuration);
    if !args.force {
        check(&folder, &files, &args.environment)?;
    }
    for (name, text) in &files {
        let written = files::write(&folder.join(name), text.as_bytes());
        written.map_err(|fault| Diagnostic::fault("could not write the configuration", &fault))?;
    }
    print(&configuration, &files, &folder, ui);
    Ok(Exit::Done)
}

/// Reads the environment, and warns if it differs from its file.
async fn read(options: &Options, environment: Environment, ui: &Ui) -> Result<Configuration, Diagnostic> {
    let command = format!("twinctl eject {} --to terraform", environment.name);
    let session =
        Session::<Aws>::open(options, environment, Part::WithoutData, Choices::default(), ui).await?;
    session.observe(&command).await?;
    let name = session.environment.name.clone();
    let foreign: Vec<_> = session.engine.unowned().collect();
    if !foreign.is_empty() {
        let message = format!("resources of `{name}` are not managed by twinctl: {}", foreign.join(", "));
        return Err(Diagnostic::new(Exit::Failed, message).hint(format!("run `twinctl plan {name}`")));
    }
    let configuration = session.target.eject(&session.environment, &session.engine).await;
    let configuration = configuration.map_err(|fault| {
        Diagnostic::fault("could not read the environment", &fault).hint(format!("run `{command}` again"))
    })?;
    let configuration = configuration.ok_or_else(|| not_deployed(name.as_str()))?;
    if session.engine.plan().changes_anything() {
        ui.warn(&format!(
            "`{name}` differs from its environment file; the configuration describes AWS as it is (`twinctl status {name}`)"
        ));
    }
    Ok(configuration)
}

/// Fails if a file exists with other content.
fn check(folder: &Path, files: &BTreeMap<String, String>, environment: &str) -> Result<(), Diagnostic> {
    let differs = |(name, text): &(&String, &String)| {
        let path = folder.join(name);
        path.exists() && std::fs::read_to_string(path).ok().as_ref() != Some(text)
    };
    let changed: Vec<_> = files.iter().filter(differs).map(|(name, _)| name.as_str()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let message =
        format!("{} has other content in {}; nothing was written", folder.display(), changed.join(", "));
    Err(Diagnostic::new(Exit::Usage, message).hint(format!(
        "choose another folder with `--out`, or overwrite these files: `twinctl eject {environment} --to terraform --force`"
    )))
}

fn print(configuration: &Configuration, files: &BTreeMap<String, String>, folder: &Path, ui: &Ui) {
    let resources = || configuration.groups.iter().flat_map(|(_, resources)| resources);
    for resource in resources() {
        ui.data(&format!("{}  {}", resource.address(), resource.id));
    }
    let objects =
        resources().map(|resource: &Resource| json!({ "address": resource.address(), "id": resource.id }));
    ui.object(
        "eject",
        json!({
            "folder": folder,
            "files": files.keys().collect::<Vec<_>>(),
            "resources": objects.collect::<Vec<_>>(),
            "not_described": configuration.outside,
        }),
    );
    for outside in &configuration.outside {
        ui.say(&format!("not described: {outside}"));
    }
    let (count, folder) = (resources().count(), folder.display());
    ui.say(&format!(
        "wrote {} to {folder}, and changed nothing in AWS. `terraform init && terraform plan` there must show `{count} to import, 0 to add, 0 to change, 0 to destroy`; twinctl has not run it. After `terraform apply`, use only Terraform, and never `twinctl destroy` (docs/move-out.md)",
        counted(files.len(), "file"),
    ));
}
