//! `twinctl destroy`: removes an environment. Needs no build and no sources; run again, it finishes what is left.

use std::{path::Path, time::Duration};

use reconcile::{Action, Apply, Choices, Outcome, Plan, Report, Waits};
use tokio::time::Instant;

use super::deploy::given_back;
use crate::{
    cli::{self, Global},
    diagnostic::Diagnostic,
    exit::Exit,
    lock::Destroying,
    resources::{count_objects, download},
    session::{self, Session},
    spec::Environment,
    stack::{DATA_NODES, Sources},
    ui::{PlanView, Ui, Verb},
};

/// Where the function notes what it could not answer: no conversations.
const QUESTIONS: &str = "questions/";

pub(super) async fn run(global: &Global, args: &cli::Destroy, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(global, &args.environment, ui)?;
    check_words(&environment, args)?;
    let command = command(&environment);
    let (session, plan) = look(global, environment, args, ui).await?;
    if args.dry_run || (!plan.changes_anything() && session.seen.is_none()) {
        return Ok(Exit::Done);
    }
    if plan.changes_anything() {
        confirm(&session.environment, args, ui)?;
    }
    session.stop_on_ctrl_c(ui);
    destroy(&session, &plan, args, &command, ui).await
}

/// Finishes what a destroy left to go by itself, as far as that has come.
pub(super) async fn resume(
    global: &Global,
    environment: Environment,
    destroying: Destroying,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let command = command(&environment);
    let args = cli::Destroy {
        environment: environment.name.to_string(),
        confirm: None,
        keep_data: destroying == Destroying::KeepingData,
        backup: None,
        dry_run: false,
        waiting: cli::Waiting { no_wait: true, lock_wait: Duration::ZERO },
    };
    check_words(&environment, &args)?;
    let (session, plan) = look(global, environment, &args, ui).await?;
    destroy(&session, &plan, &args, &command, ui).await
}

fn command(environment: &Environment) -> String {
    format!("twinctl destroy {}", environment.name)
}

/// Looks, and shows what would go.
async fn look(
    global: &Global,
    environment: Environment,
    args: &cli::Destroy,
    ui: &Ui,
) -> Result<(Session, Plan), Diagnostic> {
    let begun = Instant::now();
    let command = command(&environment);
    let kept = DATA_NODES.into_iter().filter(|_| args.keep_data);
    let choices =
        Choices { destroy: true, keep: kept.map(ToOwned::to_owned).collect(), ..Choices::default() };
    let session = Session::open(global, environment, choices, ui).await?;
    session.bring(Sources::default());
    let counting = async { if args.keep_data { Ok(vec![]) } else { losses(&session).await } };
    let ((), losses) = tokio::try_join!(session.observe(&command), counting)?;
    let plan = session.engine.plan();
    let title = session.title();
    ui.plan(&PlanView { title, plan: &plan, notes: losses, took: begun.elapsed(), verb: Verb::Destroy });
    Ok((session, plan))
}

/// What can be said before anything is asked of AWS.
fn check_words(environment: &Environment, args: &cli::Destroy) -> Result<(), Diagnostic> {
    if environment.protect && !args.dry_run {
        let message = format!("`{}` is protected, and nothing was touched", environment.name);
        return Err(Diagnostic::new(Exit::Environment, message)
            .hint("take `protect: true` out of its file first, if it really is to go"));
    }
    match &args.confirm {
        Some(name) if name != environment.name.as_str() => {
            let message = format!("`--confirm {name}` does not name the environment `{}`", environment.name);
            Err(Diagnostic::new(Exit::Usage, message).hint("nothing was touched"))
        }
        _ => Ok(()),
    }
}

/// What nobody could bring back.
async fn losses(session: &Session) -> Result<Vec<String>, Diagnostic> {
    let names = &session.names;
    let count = async |node: &str, bucket: &str, ignore: Option<&str>| {
        let counted = count_objects(&session.cloud, bucket, ignore).await;
        counted.map_err(|fault| Diagnostic::fault(&format!("the {node} could not be looked into"), &fault))
    };
    let [memory, data] = DATA_NODES;
    let (conversations, files) = tokio::try_join!(
        count(memory, &names.memory_bucket, Some(QUESTIONS)),
        count(data, &names.data_bucket, None)
    )?;
    let lost = |count: u64, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one} would be lost (`--keep-data` keeps, `--backup DIR` saves it)")),
        _ => Some(format!("{count} {many} would be lost (`--keep-data` keeps, `--backup DIR` saves them)")),
    };
    let lost = [lost(conversations, "conversation", "conversations"), lost(files, "data file", "data files")];
    Ok(lost.into_iter().flatten().collect())
}

fn confirm(environment: &Environment, args: &cli::Destroy, ui: &Ui) -> Result<(), Diagnostic> {
    let name = environment.name.as_str();
    if args.confirm.is_some() {
        return Ok(());
    }
    match ui.ask_for(&format!("Type `{name}` to destroy it:")) {
        Some(typed) if typed == name => Ok(()),
        Some(_) => Err(Diagnostic::new(Exit::Interrupted, "that is not its name, and nothing was touched")),
        None => Err(Diagnostic::new(Exit::Usage, "nobody is there to confirm")
            .hint(format!("run `twinctl destroy {name} --confirm {name}` to destroy it without a question"))),
    }
}

async fn destroy(
    session: &Session,
    plan: &Plan,
    args: &cli::Destroy,
    command: &str,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let (lease, undisturbed) = session.lock(command, args.waiting.lock_wait, ui).await?;
    let ended = async {
        let newer = if undisturbed { None } else { Some(session.plan_again(plan, command).await?) };
        if let Some(folder) = &args.backup {
            back_up(session, newer.as_ref().unwrap_or(plan), folder, ui).await?;
        }
        let waits = if args.waiting.no_wait { Waits::No } else { Waits::Yes };
        let apply = Apply { waits, observed: true };
        let plan = newer.as_ref().unwrap_or(plan);
        let report = session.engine.verify(plan, session.engine.apply(plan, apply).await).await;
        session.check(&report, command)?;
        Ok::<_, Diagnostic>(report)
    }
    .await;
    let gone = ended.as_ref().is_ok_and(Report::complete);
    let destroying = if args.keep_data { Destroying::KeepingData } else { Destroying::Everything };
    given_back(match &ended {
        Ok(_) if gone => lease.remove().await,
        Ok(_) => lease.leave(destroying).await,
        Err(_) => lease.give_back().await,
    })?;
    for (node, outcome) in &ended?.nodes {
        if let Outcome::Left(reason) = outcome {
            ui.say(&format!("the {node} is left, waiting for {reason}; `{command}` or `status` finishes it"));
        }
    }
    ui.object("done", serde_json::json!({ "gone": gone }));
    Ok(Exit::Done)
}

async fn back_up(session: &Session, plan: &Plan, folder: &Path, ui: &Ui) -> Result<(), Diagnostic> {
    let [memory, data] = DATA_NODES;
    for (node, bucket, within) in
        [(memory, &session.names.memory_bucket, "memory"), (data, &session.names.data_bucket, "data")]
    {
        if matches!(plan.action(node), None | Some(Action::Absent)) {
            continue;
        }
        let folder = folder.join(within);
        let told = |done, of| session.cloud.progress(node, format!("saved {done} of {of} files"));
        let saved = download(&session.cloud, bucket, &folder, told).await;
        let saved = saved.map_err(|error| {
            Diagnostic::unexpected(
                &format!("the {node} could not be saved, and nothing was destroyed"),
                &error,
            )
        })?;
        ui.say(&format!("saved {} files of the {node} in {}", saved.files, folder.display()));
    }
    Ok(())
}
