//! `twinctl outputs`: the address of an environment, and what else somebody may need of it.

use reconcile::Choices;
use serde_json::{Map, Value};

use crate::{
    cli::{self, Global},
    diagnostic::Diagnostic,
    exit::Exit,
    session::{self, Session},
    stack::Sources,
    ui::Ui,
};

pub(super) async fn run(global: &Global, args: &cli::Outputs, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(global, &args.which.environment, ui)?;
    let command = format!("twinctl outputs {}", environment.name);
    let session = Session::open(global, environment, Choices::default(), ui).await?;
    session.bring(Sources::default());
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

fn all(session: &Session, url: String) -> Map<String, Value> {
    let names = &session.names;
    let distribution = session.engine.output(session.distribution);
    let api = session.engine.output(session.api);
    let pairs = [
        ("url", Some(url)),
        ("account", Some(names.account.clone())),
        ("region", Some(names.region.clone())),
        ("distribution_id", distribution.map(|distribution| distribution.id)),
        ("api_id", api.as_ref().map(|api| api.id.clone())),
        ("api_endpoint", api.map(|api| api.endpoint)),
        ("function", Some(names.function.clone())),
        ("web_bucket", Some(names.web_bucket.clone())),
        ("memory_bucket", Some(names.memory_bucket.clone())),
        ("data_bucket", Some(names.data_bucket.clone())),
        ("log_group", Some(names.log_group.clone())),
    ];
    pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?)))).collect()
}
