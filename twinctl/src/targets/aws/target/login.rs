//! Authentication: the credentials to use, the check of the account, and the permissions boundary.

use reconcile::{Class, Fault};

use crate::{
    spec::{Environment, Options},
    targets::{
        Aim, Part,
        aws::{self, Cloud, LockTable, SdkResult as _, names::Names, resources::Boundary},
        record::Register,
    },
    ui::{Diagnostic, Exit, Ui},
};

/// Returns the storage of the environment's record, for a run on this part.
pub(super) fn lock_table(
    config: &aws_config::SdkConfig,
    environment: &Environment,
    (aim, part): (Aim, Part<'_>),
) -> Register {
    let table = table(config, environment).with_canary(part.canary(aim, environment));
    let table = table.with_features(part.features(environment));
    std::sync::Arc::new(table.with_expiry(aim.expiry_change(environment)))
}

/// Returns the storage of the environment's record, for commands that need no graph.
pub(super) fn lock_table_without_run(config: &aws_config::SdkConfig, environment: &Environment) -> Register {
    std::sync::Arc::new(table(config, environment))
}

fn table(config: &aws_config::SdkConfig, environment: &Environment) -> LockTable {
    let client = aws_sdk_dynamodb::Client::new(config);
    let domain = environment.domain.as_ref().filter(|domain| !domain.destroying);
    let table = LockTable::new(client, environment.project.as_str(), environment.name.as_str());
    table.with_domain(domain.map(Into::into))
}

/// Authenticates, for commands that need neither record nor graph.
pub(super) async fn connect(
    options: &Options,
    environment: &Environment,
    ui: &Ui,
) -> Result<(Cloud, Names), Diagnostic> {
    let login = aws::login(options, environment);
    let config = aws::configuration(&login, ui.call_log()).await;
    let caller = aws::identity(&config).await?;
    check_account(environment, &caller)?;
    let names = Names::new(environment, &caller.account);
    Ok((Cloud::new(&config, &login, caller.account, ui.observer()), names))
}

/// Reads an object of a bucket in any region, for example the state of Terraform.
pub(crate) async fn read_object(
    options: &Options,
    environment: &Environment,
    (bucket, key): (&str, &str),
    ui: &Ui,
) -> Result<Vec<u8>, Diagnostic> {
    let (cloud, _) = connect(options, environment, ui).await?;
    let location = cloud.s3.head_bucket().bucket(bucket).send().await;
    let region = match &location {
        Ok(found) => found.bucket_region().map(ToOwned::to_owned),
        Err(error) => error
            .raw_response()
            .and_then(|response| response.headers().get("x-amz-bucket-region"))
            .map(ToOwned::to_owned),
    };
    let region = region.map(aws_sdk_s3::config::Region::new);
    let mut config = cloud.s3.config().to_builder();
    config.set_region(region.or_else(|| cloud.s3.config().region().cloned()));
    let request = aws_sdk_s3::Client::from_conf(config.build()).get_object().bucket(bucket).key(key);
    let failed = |fault: Fault| Diagnostic::fault(&format!("could not read `s3://{bucket}/{key}`"), &fault);
    let response = request.send().await.fault("s3:GetObject").map_err(failed)?;
    let body =
        response.body.collect().await.map_err(|error| failed(Fault::new(Class::Unavailable, error)))?;
    Ok(body.to_vec())
}

/// Returns what to do with the permissions boundary of the function's role. The roles that `ci setup` creates may
/// write that role only with the boundary. All other callers keep an existing boundary, so CI can still write the
/// role afterwards.
pub(super) fn boundary(names: &Names, caller: &aws::Caller) -> Boundary {
    if is_ci_role(names, caller) {
        Boundary::Set(names.boundary_arn())
    } else {
        Boundary::Keep(names.boundary_arn())
    }
}

fn is_ci_role(names: &Names, caller: &aws::Caller) -> bool {
    let is_assumed = |role: String| caller.arn.contains(&format!(":assumed-role/{role}/"));
    [names.deploy_role(), names.read_role(), names.sweep_role()].into_iter().any(is_assumed)
}

/// Returns the next step if a role of `ci setup` lacks a permission.
pub(super) fn ci_note(names: &Names, caller: &aws::Caller) -> Option<String> {
    is_ci_role(names, caller).then(|| {
        let name = &names.environment;
        format!(
            "the role has the permissions for the environment file of the last `ci setup`: run `twinctl ci setup {name}` \
             again, with your own credentials (docs/ci.md)"
        )
    })
}

/// Returns an error if the credentials are for another account than the environment file specifies.
pub(crate) fn check_account(environment: &Environment, caller: &aws::Caller) -> Result<(), Diagnostic> {
    match &environment.account {
        Some(expected) if expected.as_str() != caller.account => {
            let message =
                format!("these credentials are for the account {}; nothing was changed", caller.account);
            Err(Diagnostic::new(Exit::Access, message)
                .cause(format!("the file of `{}` specifies the account {expected}", environment.name))
                .hint("use other credentials with `--profile NAME`, or correct `account:` in the file"))
        }
        _ => Ok(()),
    }
}
