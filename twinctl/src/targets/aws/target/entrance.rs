//! How an account is entered: with which credentials, whether it is the right one, and within which limit.

use crate::{
    spec::Environment,
    spec::Options,
    targets::{
        aws::{self, Cloud, LockTable, Login, names::Names, resources::Boundary},
        record::Register,
    },
    ui::{Diagnostic, Exit, Ui},
};

/// How to get in, as the environment and the command line say.
pub(crate) fn login(options: &Options, environment: &Environment) -> Login {
    Login {
        profile: environment.profile.as_ref().map(ToString::to_string),
        region: environment.region.to_string(),
        assume_role: environment.assume_role.as_ref().map(ToString::to_string),
        endpoint_url: options.endpoint_url.clone(),
    }
}

/// Where its record is.
pub(super) fn table(config: &aws_config::SdkConfig, environment: &Environment) -> Register {
    let client = aws_sdk_dynamodb::Client::new(config);
    let wanted = environment.domain.as_ref().filter(|domain| !domain.leaving);
    let table = LockTable::new(client, environment.project.as_str(), environment.name.as_str());
    std::sync::Arc::new(table.with_domain(wanted.map(Into::into)))
}

/// For whoever needs neither record nor graph.
pub(super) async fn enter(
    options: &Options,
    environment: &Environment,
    ui: &Ui,
) -> Result<(Cloud, Names), Diagnostic> {
    let login = login(options, environment);
    let config = aws::configuration(&login, ui.call_log()).await;
    let caller = aws::identity(&config).await?;
    check_account(environment, &caller)?;
    let names = Names::new(environment, &caller.account);
    Ok((Cloud::new(&config, &login, caller.account, ui.observer()), names))
}

/// The roles that `ci setup` makes may write the function's role only within its boundary. Who else deploys leaves a
/// boundary where it is: so the role itself remembers.
pub(super) fn limit(names: &Names, caller: &aws::Caller) -> Boundary {
    let is = |role: String| caller.arn.contains(&format!(":assumed-role/{role}/"));
    if is(names.deploy_role()) || is(names.read_role()) {
        Boundary::Set(names.boundary_arn())
    } else {
        Boundary::Keep(names.boundary_arn())
    }
}

/// Whoever we are has to be in the account that the file names.
pub(crate) fn check_account(environment: &Environment, caller: &aws::Caller) -> Result<(), Diagnostic> {
    match &environment.account {
        Some(wanted) if wanted.as_str() != caller.account => {
            let message =
                format!("these credentials are for the account {}, and nothing was touched", caller.account);
            Err(Diagnostic::new(Exit::Access, message)
                .cause(format!("`{}` belongs to the account {wanted}, as its file says", environment.name))
                .hint("choose other credentials with `--profile NAME`, or mend `account:` in the file"))
        }
        _ => Ok(()),
    }
}
