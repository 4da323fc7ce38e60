//! `twinctl lock-table remove`: the last thing to go from an account and region.

use crate::{
    aws,
    cli::{Global, Which},
    diagnostic::Diagnostic,
    exit::Exit,
    lock::Table,
    session,
    spec::Target,
    target::login,
    ui::Ui,
};

pub(super) async fn remove(global: &Global, which: &Which, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(global, &which.environment, ui)?;
    if environment.target == Target::Local {
        return Err(Diagnostic::new(Exit::Usage, "a twin on this machine has no table of locks"));
    }
    let config = aws::configuration(&login(global, &environment)).await;
    let left = Table::remove_table(&aws_sdk_dynamodb::Client::new(&config)).await;
    let left = left.map_err(|fault| Diagnostic::fault("the table of locks could not be removed", &fault))?;
    if left.is_empty() {
        ui.say(&format!("there is no table of locks in {} any more", environment.region));
        ui.object("lock_table", serde_json::json!({ "removed": true }));
        return Ok(Exit::Done);
    }
    Err(Diagnostic::new(Exit::Failed, format!("there are still environments: {}", left.join(", ")))
        .hint("destroy them first; the table holds their records"))
}
