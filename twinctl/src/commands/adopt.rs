//! `twinctl adopt`: takes over the resources that Terraform manages.

use std::{fs, path::Path};

use clap::Args;
use serde_json::json;

use super::{
    arguments::{Code, DataOptions, EnvironmentArg, Permits, Waiting},
    deploy::{self, Caller, Deploy},
};
use crate::{
    init::{
        NamesFile,
        managed::{self, Mapping},
    },
    run::session,
    spec::{self, Environment, Names, Options},
    targets::{Access as _, aws},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl adopt dev --from terraform/terraform.tfstate --dry-run   Show what happens to resources
  twinctl adopt dev --from s3://my-states/twin/dev.tfstate         Read the state from S3
  terraform show -json | twinctl adopt dev --from - --yes          Read it from Terraform";

/// The largest state that is read, far larger than the state of a twin.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Take over the resources that Terraform manages
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Adopt {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Terraform's state: a file, `s3://BUCKET/KEY`, or `-` for the output of `terraform show -json`
    #[arg(long, value_name = "STATE")]
    pub(crate) from: String,
    #[command(flatten)]
    pub(crate) code: Code,
    #[command(flatten)]
    pub(crate) own: DataOptions,
    /// Delete and recreate a resource that cannot be updated in place
    #[arg(long, value_name = "RESOURCE")]
    pub(crate) replace: Vec<String>,
    /// Overwrite DNS records that point elsewhere
    #[arg(long)]
    pub(crate) take_record: bool,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show what would happen to each resource without changing anything
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Show all fields of every resource
    #[arg(long)]
    pub(crate) details: bool,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

pub(super) async fn run(options: &Options, args: &Adopt, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load_to_deploy(options, &args.environment, ui)?;
    if environment.target == spec::Target::Local {
        let message =
            format!("`{}` is on this machine, and Terraform's resources are on AWS", environment.name);
        return Err(Diagnostic::new(Exit::Usage, message)
            .hint(format!("to take over folders, run `twinctl deploy {} --adopt`", environment.name)));
    }
    check_new(options, &environment, ui).await?;
    let text = read(options, &environment, &args.from, ui).await?;
    let resources = managed::read(&text).map_err(|error| {
        let message = format!("could not read `{}`: {error}", args.from);
        Diagnostic::new(Exit::Usage, message).hint("nothing was changed")
    })?;
    let function = environment.names.function.as_ref().map(ToString::to_string);
    let mapping = Mapping::of(&resources, function.as_deref());
    check(&environment, &mapping, &args.from)?;
    let file =
        NamesFile::read(options.environments.join(format!("{}.yaml", args.environment)), &mapping.settings());
    let file = file.map_err(|error| {
        let message = format!("could not read the environment file of `{}`", args.environment);
        Diagnostic::new(Exit::Environment, message).cause(error.to_string())
    })?;
    print(&mapping, &file, ui);
    let named = Environment { names: with(environment.names.clone(), &mapping.names), ..environment };
    let write = || write(&file, options, &args.environment, &named, ui);
    let caller = Caller {
        command: format!("twinctl adopt {} --from {}", args.environment, args.from),
        before_changes: &write,
    };
    let exit = deploy::run_as(options, &deployment(args), named.clone(), &caller, ui).await?;
    if !args.dry_run {
        ui.say(&retirement(&mapping));
    }
    Ok(exit)
}

fn deployment(args: &Adopt) -> Deploy {
    Deploy {
        which: EnvironmentArg { environment: args.environment.clone() },
        code: args.code.clone(),
        own: args.own.clone(),
        permits: Permits { adopt: true, replace: args.replace.clone(), take_record: args.take_record },
        yes: args.yes,
        dry_run: args.dry_run,
        service: false,
        details: args.details,
        canary: None,
        waiting: args.waiting.clone(),
    }
}

/// Reads the state, which is never changed.
async fn read(
    options: &Options,
    environment: &Environment,
    from: &str,
    ui: &Ui,
) -> Result<String, Diagnostic> {
    let unread = |error: std::io::Error| {
        Diagnostic::new(Exit::Usage, format!("could not read `{from}`")).cause(error.to_string())
    };
    if from == "-" {
        return ui.read_stdin(LARGEST).map_err(unread);
    }
    if let Some(address) = from.strip_prefix("s3://") {
        let object = address.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
        let object = object.ok_or_else(|| {
            Diagnostic::new(Exit::Usage, format!("`{from}` has no key"))
                .hint("pass `--from s3://BUCKET/KEY`, as in the block `backend \"s3\"`")
        })?;
        let bytes = aws::read_object(options, environment, object, ui).await?;
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    let path = Path::new(from);
    let inside = path.join("terraform.tfstate");
    fs::read_to_string(if path.is_dir() { &inside } else { path }).map_err(unread)
}

/// Fails if the environment has resources of its own. Its record would point to them while others are taken over.
async fn check_new(options: &Options, environment: &Environment, ui: &Ui) -> Result<(), Diagnostic> {
    let record = aws::Aws::register(options, environment, &ui.brief()).await?.read().await;
    let record =
        record.map_err(|fault| Diagnostic::fault("could not read the environment's record", &fault))?;
    if record.is_none_or(|record| record.releases.is_empty() || !record.adopted.is_empty()) {
        return Ok(());
    }
    let name = &environment.name;
    let message = format!("`{name}` is deployed with resources of its own; nothing was changed");
    Err(Diagnostic::new(Exit::Environment, message).hint(format!(
        "take the resources over into a new environment, or save `{name}` with `twinctl backup` and destroy it first"
    )))
}

/// Fails if the state does not belong to this environment.
fn check(environment: &Environment, mapping: &Mapping, from: &str) -> Result<(), Diagnostic> {
    if let [_, _, ..] = mapping.functions.as_slice() {
        let message = format!(
            "several functions of `{from}` could be the twin's: {}; nothing was changed",
            mapping.functions.join(", ")
        );
        return Err(Diagnostic::new(Exit::Environment, message)
            .hint("write the name of the right one into the environment file: `names: {function: NAME}`"));
    }
    if mapping.settings().is_empty() {
        let message = format!("`{from}` has no resource that twinctl can take over; nothing was changed");
        let lines = mapping.lines().into_iter();
        return Err(lines.fold(Diagnostic::new(Exit::Usage, message), Diagnostic::cause));
    }
    let region = environment.region.as_str();
    if let Some(found) = mapping.region.as_deref().filter(|found| *found != region) {
        let message = format!(
            "the resources of `{from}` are in {found}, and the environment is in {region}; nothing was changed"
        );
        return Err(Diagnostic::new(Exit::Environment, message)
            .hint(format!("set `region: {found}` in the environment file")));
    }
    let account = environment.account.as_ref().map(ToString::to_string);
    match (&mapping.account, account) {
        (Some(found), Some(account)) if *found != account => {
            let message = format!(
                "the resources of `{from}` are in the account {found}, and the environment is in {account}; nothing was changed"
            );
            Err(Diagnostic::new(Exit::Environment, message).hint("pass the state of this environment"))
        }
        _ => Ok(()),
    }
}

fn with(old: Names, new: &Names) -> Names {
    Names {
        frontend_bucket: new.frontend_bucket.clone().or(old.frontend_bucket),
        memory_bucket: new.memory_bucket.clone().or(old.memory_bucket),
        data_bucket: new.data_bucket.clone().or(old.data_bucket),
        function: new.function.clone().or(old.function),
        role: new.role.clone().or(old.role),
        api: new.api.clone().or(old.api),
        log_group: new.log_group.clone().or(old.log_group),
    }
}

/// Prints what happens to each resource.
fn print(mapping: &Mapping, file: &NamesFile, ui: &Ui) {
    for line in mapping.lines() {
        ui.say(&line);
    }
    for (field, name) in mapping.settings() {
        let changed = if file.is_changed() { "to write" } else { "already" };
        ui.say(&format!("{}: {field} {name} ({changed})", file.path.display()));
    }
    let names: serde_json::Map<_, _> =
        mapping.settings().into_iter().map(|(field, name)| (field, name.into())).collect();
    let retired: Vec<_> = mapping.retired().collect();
    ui.object(
        "adopt",
        json!({ "resources": mapping.objects(), "names": names, "file": file.path, "state_rm": retired }),
    );
}

/// Writes the names, and verifies that twinctl reads the file as intended.
fn write(
    file: &NamesFile,
    options: &Options,
    name: &str,
    named: &Environment,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let by_hand = |diagnostic: Diagnostic| {
        diagnostic.hint(format!(
            "write the names into {} yourself, then run the command again",
            file.path.display()
        ))
    };
    let is_read = || {
        let read = session::load(options, name, ui)?;
        if read.names == named.names {
            return Ok(());
        }
        let message = format!("could not write the names into {}; nothing was changed", file.path.display());
        Err(Diagnostic::new(Exit::Environment, message))
    };
    let written = file.write(is_read).map_err(|error| {
        let message = format!("could not write {}; nothing was changed", file.path.display());
        by_hand(Diagnostic::new(Exit::Environment, message).cause(error.to_string()))
    })?;
    written.map_err(by_hand)
}

/// Describes how Terraform forgets what twinctl manages now.
fn retirement(mapping: &Mapping) -> String {
    let addresses: Vec<_> = mapping.retired().map(quoted).collect();
    format!(
        "twinctl manages these resources now. Terraform's state is unchanged. Let Terraform forget them, so that it neither \
         changes nor deletes them:\n\n  terraform state rm \\\n    {}\n\nThen remove them from the Terraform files, or do not run \
         Terraform any more (`twinctl init --retire`).",
        addresses.join(" \\\n    ")
    )
}

/// Quotes an address for a shell.
fn quoted(address: &str) -> String {
    let is_plain = address.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if is_plain { address.to_owned() } else { format!("'{}'", address.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_quoted_for_a_shell() {
        assert_eq!(quoted("aws_s3_bucket.memory"), "aws_s3_bucket.memory");
        assert_eq!(quoted("module.x[\"it's\"].y[0]"), "'module.x[\"it'\\''s\"].y[0]'");
    }
}
