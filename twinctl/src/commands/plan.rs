//! `twinctl plan`: what a deploy would change.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use reconcile::{Choices, Event, Plan};
use tokio::time::Instant;

use crate::{
    bundle::{
        Architecture, Wanted,
        lambda::{self, Options},
        web::WebBundle,
    },
    cli::{self, Code, Global, Permits},
    diagnostic::Diagnostic,
    exit::Exit,
    session::{self, Session},
    spec::{self, Environment},
    stack::Sources,
    ui::{PlanView, Ui, Verb},
};

pub(super) async fn run(global: &Global, args: &cli::Plan, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(global, &args.which.environment, ui)?;
    let command = format!("twinctl plan {}", environment.name);
    let prepared = prepare(global, environment, &args.code, &args.permits, &command, ui).await?;
    refuse(&prepared.plan, &command)?;
    let pending = args.exit_code && prepared.plan.changes_anything();
    Ok(if pending { Exit::Pending } else { Exit::Done })
}

/// A session that has looked, and the plan that came of it.
pub(super) struct Prepared {
    pub(super) session: Session,
    pub(super) plan: Plan,
    pub(super) looked: Instant,
    pub(super) code_sha256: String,
}

/// Builds while AWS is being observed, then plans and shows the plan.
pub(super) async fn prepare(
    global: &Global,
    environment: Environment,
    code: &Code,
    permits: &Permits,
    command: &str,
    ui: &Ui,
) -> Result<Prepared, Diagnostic> {
    let begun = Instant::now();
    let choices = Choices {
        adopt: permits.adopt,
        replace: permits.replace.iter().cloned().collect::<BTreeSet<_>>(),
        ..Choices::default()
    };
    let opened = async {
        let session = Session::open(global, environment.clone(), choices, ui).await?;
        check_names(&session, &permits.replace)?;
        let looked = Instant::now();
        session.observe(command).await?;
        Ok::<_, Diagnostic>((session, looked))
    };
    let ((session, looked), sources) = tokio::try_join!(opened, sources(global, &environment, code, ui))?;
    let code_sha256 = sources.code.as_ref().map(|zip| zip.sha256_base64.clone()).unwrap_or_default();
    session.bring(sources);
    let plan = session.engine.plan();
    let title = session.title();
    ui.plan(&PlanView { title, plan: &plan, notes: vec![], took: begun.elapsed(), verb: Verb::Deploy });
    if let Some(held) = session.seen.as_ref().and_then(|record| record.lease.as_ref()) {
        ui.warn(&format!("this may be about to change: the environment is held by {}", held.holder));
    }
    Ok(Prepared { session, plan, looked, code_sha256 })
}

/// The zip and the page, both at once.
async fn sources(
    global: &Global,
    environment: &Environment,
    code: &Code,
    ui: &Ui,
) -> Result<Sources, Diagnostic> {
    let options = Options {
        architecture: match environment.lambda.architecture {
            spec::Architecture::Auto => Wanted::Auto,
            spec::Architecture::Arm64 => Wanted::Only(Architecture::Arm64),
            spec::Architecture::X86_64 => Wanted::Only(Architecture::X86_64),
        },
        lambda_zip: code.lambda_zip.clone(),
        lambda_binary: code.lambda_binary.clone(),
        folder: std::path::absolute(&global.environments).unwrap_or_else(|_| Path::new(".").to_owned()),
    };
    let observer = ui.observer();
    let on_line = |line: &str| observer.on(Event::Progress { node: "build", text: line.trim().to_owned() });
    let (zip, web) =
        tokio::try_join!(lambda::lambda(&options, &on_line), WebBundle::load(&environment.web.bundle))?;
    Ok(Sources { code: Some(Arc::new(zip)), web: Some(Arc::new(web)) })
}

/// What must not be touched, or not without being named.
pub(super) fn refuse(plan: &Plan, command: &str) -> Result<(), Diagnostic> {
    let refused: Vec<_> = plan.refusals().map(|planned| planned.node).collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::new(
        Exit::Failed,
        format!("nothing was changed, because of the {}", refused.join(" and the ")),
    )
    .hint(format!("see the plan above, then run `{command}` again with what it names")))
}

fn check_names(session: &Session, replace: &[String]) -> Result<(), Diagnostic> {
    let known: Vec<_> = session.engine.names().collect();
    let Some(unknown) = replace.iter().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
    Err(Diagnostic::new(Exit::Usage, format!("there is no `{unknown}` to replace"))
        .hint(format!("the things of an environment are: {}", known.join(", "))))
}
