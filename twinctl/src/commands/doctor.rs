//! `twinctl doctor`: checks what a deploy and a twin need, and changes nothing.

use clap::Args;
use serde_json::json;

use super::arguments::{Code, EnvironmentArg};
use crate::{
    doctor::{self, Check, Verdict},
    run::session,
    spec::Options,
    ui::{Diagnostic, Exit, Ui, counted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl doctor                       Check dev
  twinctl doctor local                 Check a twin on this machine
  twinctl doctor prod --no-model-call  Do not call the model
  twinctl doctor prod --json           Print all findings as JSON";

/// Check what a deploy and a twin need, without changing anything
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
    #[command(flatten)]
    pub(crate) code: Code,
    /// Do not call the model (a call costs less than $0.001)
    #[arg(long)]
    pub(crate) no_model_call: bool,
}

pub(super) async fn run(options: &Options, args: &Doctor, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.which.environment, ui)?;
    let code = args.code.settings();
    let request = doctor::Request {
        options,
        environment: &environment,
        code: &code,
        call_model: !args.no_model_call,
        ui,
    };
    let checks = doctor::check(&request).await?;
    for line in doctor::lines(&checks) {
        ui.data(&line);
    }
    let exit = doctor::exit(&checks);
    ui.say(&summary(&checks));
    ui.object(
        "doctor",
        json!({
            "environment": environment.name.as_str(),
            "project": environment.project.as_str(),
            "target": environment.target,
            "exit": exit as u8,
            "checks": checks,
        }),
    );
    Ok(exit)
}

fn summary(checks: &[Check]) -> String {
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let problems = match count(Verdict::Problem) {
        0 => "no problems".to_owned(),
        count => counted(count, "problem"),
    };
    match count(Verdict::NotChecked) {
        0 => problems,
        more => format!("{problems}, {more} not checked"),
    }
}
