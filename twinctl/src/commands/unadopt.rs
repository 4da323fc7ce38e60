//! `twinctl unadopt`: gives resources back to the tool that created them.

use clap::Args;
use reconcile::Choices;
use serde_json::json;

use super::arguments::LockWait;
use crate::{
    run::{
        after_release,
        session::{self, Session},
    },
    spec::{Environment, Options},
    targets::{Part, Target, on_target, record::Adopted},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl unadopt dev             Show what is released, and ask
  twinctl unadopt dev --dry-run   Only show it";

/// Stop managing the resources that were taken over, and restore their settings
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Unadopt {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show what would be restored without restoring it
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) lock: LockWait,
}

pub(super) async fn run(options: &Options, args: &Unadopt, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    on_target!(environment, run_on(options, args, environment, ui))
}

async fn run_on<T: Target>(
    options: &Options,
    args: &Unadopt,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let name = environment.name.to_string();
    let command = format!("twinctl unadopt {name}");
    // The record alone determines what is released. So the lock must not record features that no deploy has created.
    let session = Session::<T>::open(options, environment, Part::Data, Choices::default(), ui).await?;
    session.caution(ui);
    let adopted = session.seen.as_ref().map(|record| record.adopted.clone()).unwrap_or_default();
    for line in lines(&adopted) {
        ui.data(&line);
    }
    ui.object("adopted", json!({ "environment": name, "resources": adopted }));
    if adopted.is_empty() {
        ui.say(&format!("`{name}` has taken over no resources"));
        return Ok(Exit::Done);
    }
    if let Some(note) = code_note(&adopted) {
        ui.warn(&note);
    }
    if args.dry_run {
        return Ok(Exit::Done);
    }
    if !args.yes {
        ui.confirm(&format!("Release the resources of {name}?"), "nothing was changed", &command)?;
    }
    session.stop_on_ctrl_c(ui);
    let (lease, _) = session.lock(&command, args.lock.lock_wait, ui).await?;
    let returned = session.give_back(|_| true, true, ui).await;
    let released = match &returned {
        Ok(()) => lease.record_returned().await,
        Err(_) => lease.release().await,
    };
    after_release(returned, released)
        .map_err(|diagnostic| diagnostic.hint(format!("run `{command}` again to continue")))?;
    ui.say(&format!(
        "twinctl no longer manages these resources: let your other tool restore the rest (`terraform apply`), then delete \
         what twinctl created with `twinctl destroy {name}`"
    ));
    Ok(Exit::Done)
}

/// Returns one line for each resource, with what is restored.
fn lines(adopted: &Adopted) -> Vec<String> {
    let line = |(node, former): (&String, &crate::targets::record::Former)| {
        let settings = former.settings.keys().map(String::as_str);
        let restored: Vec<_> = std::iter::once("tags").chain(settings).collect();
        format!("{node}  {}  restores {}", former.id, restored.join(", "))
    };
    adopted.iter().map(line).collect()
}

/// Terraform compares the code with its own state, which has not changed. So it restores only the settings of the function.
fn code_note(adopted: &Adopted) -> Option<String> {
    let function = &adopted.get("function")?.id;
    Some(format!(
        "`terraform apply` restores the settings of the function `{function}`, but not its code, and the old code does not run \
         until you upload it: aws lambda update-function-code --function-name {function} --zip-file fileb://ZIP"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::record::Former;

    #[test]
    fn each_resource_is_listed_with_what_is_restored() {
        let settings = [("policy".to_owned(), "none".to_owned())].into();
        let former = Former { id: "ada-memory".to_owned(), settings, ..Former::default() };
        assert_eq!(
            lines(&[("memory bucket".to_owned(), former)].into()),
            ["memory bucket  ada-memory  restores tags, policy"]
        );
    }

    #[test]
    fn the_code_of_a_function_has_to_be_uploaded() {
        let former = Former { id: "ada-api".to_owned(), ..Former::default() };
        let note = code_note(&[("function".to_owned(), former.clone())].into()).unwrap();
        assert!(note.contains("--function-name ada-api --zip-file"), "{note}");
        assert_eq!(code_note(&[("memory bucket".to_owned(), former)].into()), None);
    }
}
