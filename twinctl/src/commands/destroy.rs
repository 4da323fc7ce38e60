//! `twinctl destroy`: removes an environment. Needs no build and no sources; run again, it finishes what is left.

use std::time::Duration;

use reconcile::{Apply, Choices, Outcome, Plan, Report, Waits};
use tokio::time::Instant;

use super::{
    deploy,
    outlast::{self, Course},
};
use crate::{
    cli::{self, Global},
    diagnostic::Diagnostic,
    exit::Exit,
    lock::Destroying,
    session::{self, Session},
    spec::Environment,
    target::{Part, Target, on_target},
    ui::{PlanView, Ui, Verb},
};

pub(super) async fn run(global: &Global, args: &cli::Destroy, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(global, &args.environment, ui)?;
    check_words(&environment, args)?;
    on_target!(environment, run_on(global, args, environment, ui))
}

async fn run_on<T: Target>(
    global: &Global,
    args: &cli::Destroy,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let command = command(&environment);
    let (session, plan, losses) = look::<T>(global, environment, args, ui).await?;
    if args.dry_run || (!plan.changes_anything() && session.seen.is_none()) {
        return Ok(Exit::Done);
    }
    if plan.changes_anything() {
        outlast::warn(&session, Course::Destroy, ui);
    }
    if plan.changes_anything() && (T::ASKS || !losses.is_empty()) {
        confirm(&session.environment, args, ui)?;
    }
    session.stop_on_ctrl_c(ui);
    destroy(&session, &plan, args, &command, ui).await
}

/// Finishes what a destroy left to go by itself, as far as that has come.
pub(super) async fn resume<T: Target>(
    global: &Global,
    environment: Environment,
    destroying: Destroying,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let command = command(&environment);
    let args = cli::Destroy {
        environment: environment.name.to_string(),
        confirm: None,
        yes: false,
        keep_data: destroying == Destroying::KeepingData,
        backup: None,
        dry_run: false,
        waiting: cli::Waiting { no_wait: true, lock_wait: Duration::ZERO },
    };
    check_words(&environment, &args)?;
    let (session, plan, _) = look::<T>(global, environment, &args, ui).await?;
    destroy(&session, &plan, &args, &command, ui).await
}

fn command(environment: &Environment) -> String {
    format!("twinctl destroy {}", environment.name)
}

/// Looks, and shows what would go; says as well what nobody could bring back.
async fn look<T: Target>(
    global: &Global,
    environment: Environment,
    args: &cli::Destroy,
    ui: &Ui,
) -> Result<(Session<T>, Plan, Vec<String>), Diagnostic> {
    let begun = Instant::now();
    let command = command(&environment);
    let kept = T::DATA_NODES.into_iter().filter(|_| args.keep_data);
    let choices =
        Choices { destroy: true, keep: kept.map(ToOwned::to_owned).collect(), ..Choices::default() };
    let mut environment = environment;
    if let Some(domain) = &mut environment.domain {
        domain.leaving = true;
    }
    let session = Session::<T>::open(global, environment, Part::WithoutData, choices, ui).await?;
    session.caution(ui);
    session.bring(T::Sources::default());
    let counting = async { if args.keep_data { Ok(vec![]) } else { losses(&session).await } };
    let ((), losses) = tokio::try_join!(session.observe(&command), counting)?;
    let plan = session.engine.plan();
    let title = session.title();
    let notes = losses.iter().cloned().chain(T::farewell(&plan)).collect();
    ui.plan(&PlanView { title, plan: &plan, notes, took: begun.elapsed(), verb: Verb::Destroy });
    Ok((session, plan, losses))
}

/// What can be said before anything is asked of AWS.
fn check_words(environment: &Environment, args: &cli::Destroy) -> Result<(), Diagnostic> {
    if environment.protect && !args.dry_run {
        let message = format!("`{}` is protected, and nothing was touched", environment.name);
        return Err(Diagnostic::new(Exit::Environment, message)
            .hint("take `protect: true` out of its file first, if it really is to go"));
    }
    match &args.confirm {
        None if args.yes => {
            let message = "`--yes` does not say what is to go, and nothing was touched";
            let hint = format!("write `--confirm {}` in its place", environment.name);
            Err(Diagnostic::new(Exit::Usage, message).hint(hint))
        }
        Some(name) if name != environment.name.as_str() => {
            let message = format!("`--confirm {name}` does not name the environment `{}`", environment.name);
            Err(Diagnostic::new(Exit::Usage, message).hint("nothing was touched"))
        }
        _ => Ok(()),
    }
}

/// What nobody could bring back.
async fn losses<T: Target>(session: &Session<T>) -> Result<Vec<String>, Diagnostic> {
    let [conversations, files] = session.target.count().await?;
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

async fn destroy<T: Target>(
    session: &Session<T>,
    plan: &Plan,
    args: &cli::Destroy,
    command: &str,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let (lease, undisturbed) = session.lock(command, args.waiting.lock_wait, ui).await?;
    let destroyed = async {
        let newer = if undisturbed { None } else { Some(session.plan_again(plan, command).await?) };
        if let Some(folder) = &args.backup {
            session.target.back_up(newer.as_ref().unwrap_or(plan), folder, ui).await?;
        }
        let waits = if args.waiting.no_wait { Waits::No } else { Waits::Yes };
        let apply = Apply { waits, observed: true };
        let plan = newer.as_ref().unwrap_or(plan);
        let report = session.engine.verify(plan, session.engine.apply(plan, apply).await).await;
        session.check(&report, command)?;
        Ok::<_, Diagnostic>(report)
    }
    .await;
    let gone = destroyed.as_ref().is_ok_and(Report::complete);
    let destroying = if args.keep_data { Destroying::KeepingData } else { Destroying::Everything };
    let given_back = match &destroyed {
        Ok(_) if gone => lease.remove().await,
        Ok(_) => lease.leave(destroying).await,
        Err(_) => lease.give_back().await,
    };
    for (node, outcome) in &deploy::ended(destroyed, given_back)?.nodes {
        if let Outcome::Left(reason) = outcome {
            ui.say(&format!("the {node} is left, waiting for {reason}; `{command}` or `status` finishes it"));
        }
    }
    ui.object("done", serde_json::json!({ "gone": gone }));
    Ok(Exit::Done)
}
