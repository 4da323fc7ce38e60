//! `twinctl logs`: what a twin logs, as lines for people.

use crate::{
    cli::{self, Global},
    diagnostic::Diagnostic,
    exit::Exit,
    logs::{Asked, Source},
    session,
    target::{Target, on_target},
    ui::Ui,
};

pub(super) async fn run(global: &Global, args: &cli::Logs, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(global, &args.which.environment, ui)?;
    let source = if args.requests { Source::Requests } else { Source::Twin };
    let asked = Asked { source, since: args.since, follow: args.follow };
    on_target!(environment, show(global, &environment, asked, ui))?;
    Ok(Exit::Done)
}

async fn show<T: Target>(
    global: &Global,
    environment: &crate::spec::Environment,
    asked: Asked,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    T::logs(global, environment, asked, ui).await
}
