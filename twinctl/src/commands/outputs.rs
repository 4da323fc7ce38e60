//! `twinctl outputs`: the address of an environment, and what else somebody may need of it.

use reconcile::Choices;
use serde_json::{Map, Value};

use crate::{
    cli::{self, Global},
    diagnostic::Diagnostic,
    exit::Exit,
    session::{self, Session},
    spec::Environment,
    target::{Part, Target, on_target},
    ui::Ui,
};

pub(super) async fn run(global: &Global, args: &cli::Outputs, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(global, &args.which.environment, ui)?;
    on_target!(environment, run_on(global, args, environment, ui))
}

async fn run_on<T: Target>(
    global: &Global,
    args: &cli::Outputs,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let command = format!("twinctl outputs {}", environment.name);
    let session = Session::<T>::open(global, environment, Part::WithoutData, Choices::default(), ui).await?;
    session.bring(T::Sources::default());
    session.observe(&command).await?;
    session.engine.plan();
    let Some(url) = session.url() else {
        return Err(Diagnostic::new(
            Exit::Unhealthy,
            format!("`{}` has no address yet", session.environment.name),
        )
        .hint(format!("run `twinctl deploy {}`", session.environment.name)));
    };
    if !args.all {
        ui.data(&url);
        ui.object("outputs", serde_json::json!({ "url": url }));
        return Ok(Exit::Done);
    }
    let all = all(&session, url);
    for (name, value) in &all {
        ui.data(&format!("{name}={}", value.as_str().unwrap_or_default()));
    }
    ui.object("outputs", Value::Object(all));
    Ok(Exit::Done)
}

fn all<T: Target>(session: &Session<T>, url: String) -> Map<String, Value> {
    let further = session.target.outputs(&session.environment, &session.engine);
    let all = std::iter::once(("url", url)).chain(further);
    all.map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}
