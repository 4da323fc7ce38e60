//! `twinctl logs`: what a twin logs, as lines for people.

use crate::{
    aws::{self, Cloud},
    cli::{self, Global},
    diagnostic::Diagnostic,
    exit::Exit,
    logs::{Asked, Source, cloud_logs},
    names::Names,
    session,
    ui::Ui,
};

pub(super) async fn run(global: &Global, args: &cli::Logs, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(global, &args.which.environment, ui)?;
    let source = if args.requests { Source::Requests } else { Source::Twin };
    let asked = Asked { source, since: args.since, follow: args.follow };
    let login = session::login(global, &environment);
    let config = aws::configuration(&login).await;
    let caller = aws::identity(&config).await?;
    session::check_account(&environment, &caller)?;
    let names = Names::new(&environment, &caller.account);
    let cloud = Cloud::new(&config, &login, caller.account, ui.observer());
    cloud_logs(&cloud, &names.log_group, asked, environment.name.as_str(), ui).await?;
    Ok(Exit::Done)
}
