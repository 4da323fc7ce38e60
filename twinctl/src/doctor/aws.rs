//! The checks of an environment on AWS.

mod domain;
mod github;
mod permissions;
mod quotas;
mod scope;

use aws_config::SdkConfig;
use futures_util::{FutureExt as _, future::join_all};
use scope::Scope;

use super::{
    Check, Request,
    check::{ACCOUNT, CREDENTIALS, PATIENCE, PERMISSIONS, within},
    clock, credentials, model, toolchain,
};
use crate::{
    artifacts::lambda,
    spec::{Environment, Model},
    targets::aws::{self, Cloud, CloudKeyStore, Labels, Login, check_account, login, names::Names},
    twin::secret::{Access, KeyStore as _, StoredKey},
    ui::Diagnostic,
};

pub(super) const API_KEY: &str = "API key";

pub(super) async fn check(request: &Request<'_>) -> Vec<Check> {
    let login = login(request.options, request.environment);
    let config = aws::configuration(&login, request.ui.call_log()).await;
    let (mut checks, toolchain, clock) = tokio::join!(
        Box::pin(with_credentials(request, &login, &config)),
        within(PATIENCE, toolchain::NAME, toolchain(request)),
        within(PATIENCE, clock::NAME, clock::of_aws(&login)),
    );
    checks.extend([toolchain, clock]);
    checks
}

async fn with_credentials(request: &Request<'_>, login: &Login, config: &SdkConfig) -> Vec<Check> {
    let (valid, caller) = match credentials::check(login, config).await {
        Ok(valid) => valid,
        Err(problem) => {
            let without = Check::not_checked("account and model", "this needs valid credentials");
            return vec![problem, without];
        }
    };
    let account = account(request.environment, &caller);
    if account.is_problem() {
        return vec![valid, account];
    }
    let names = Names::new(request.environment, &caller.account);
    let cloud = Cloud::new(config, login, caller.account, request.ui.observer());
    let (config, login) = (config.clone(), login.clone());
    let scope = Scope { request, config, login, cloud, names, arn: caller.arn };
    let mut checks = vec![valid, account];
    let groups = [
        one(PERMISSIONS, permissions::check(&scope)).boxed_local(),
        one(quotas::CONCURRENCY, quotas::concurrency(&scope)).boxed_local(),
        quotas::cloudfront(&scope).boxed_local(),
        model(&scope).boxed_local(),
        domain::check(&scope).boxed_local(),
        github::check(&scope).boxed_local(),
    ];
    checks.extend(join_all(groups).await.into_iter().flatten());
    checks
}

async fn one(name: &'static str, check: impl Future<Output = Check>) -> Vec<Check> {
    vec![within(PATIENCE, name, check).await]
}

fn account(environment: &Environment, caller: &aws::Caller) -> Check {
    let account = &caller.account;
    match check_account(environment, caller) {
        Ok(()) if environment.account.is_some() => {
            Check::ok(ACCOUNT, format!("{account}, as the environment file specifies"))
        }
        Ok(()) => Check::ok(ACCOUNT, account).advice(format!(
            "write `account: \"{account}\"` in base.yaml, so that twinctl refuses any other"
        )),
        Err(_) => {
            let expected = environment.account.as_ref().map(ToString::to_string).unwrap_or_default();
            let finding =
                format!("the credentials are for {account}, and the environment file specifies {expected}");
            Check::problem(
                ACCOUNT,
                finding,
                "use other credentials with `--profile NAME`, or correct `account:`",
            )
        }
    }
}

async fn toolchain(request: &Request<'_>) -> Check {
    let options = lambda::Options::of(request.options, request.code, request.environment);
    toolchain::verdict(lambda::describe_build(&options).await)
}

async fn model(scope: &Scope<'_>) -> Vec<Check> {
    match &scope.environment().model {
        Model::Builtin => vec![model::builtin()],
        Model::Bedrock(id) => {
            let id = id.full(&scope.environment().region);
            if !scope.request.call_model {
                return vec![model::skipped(&id)];
            }
            let call = model::bedrock(&scope.config, &scope.login, &id, model::Caller::Role);
            one(model::NAME, call).await
        }
        Model::OpenAi { id, base_url } => {
            let Environment { name, project, tags, .. } = scope.environment();
            let labels = Labels::new(project.as_str(), name.as_str(), tags);
            let store =
                CloudKeyStore { cloud: scope.cloud.clone().into(), names: scope.names.clone(), labels };
            let base_url = base_url.as_ref().map(ToString::to_string);
            let (key, model) = tokio::join!(
                one(API_KEY, api_key(&store, name.as_str())),
                one(model::NAME, openai(&store, id, base_url.as_deref(), name.as_str()))
            );
            [key, model].concat()
        }
    }
}

async fn api_key(store: &CloudKeyStore, environment: &str) -> Check {
    match store.read().await {
        Ok(stored) => api_key_verdict(stored.as_ref(), environment),
        Err(fault) => Check::failed(API_KEY, &fault),
    }
}

/// Asks the server for its models with the stored key, if the caller may read it.
async fn openai(store: &CloudKeyStore, id: &str, base_url: Option<&str>, environment: &str) -> Check {
    match store.key().await {
        Some(key) => {
            let key = Some(key.text());
            let source = model::KeySource { environment, key, caller: model::Caller::Role };
            model::openai(id, base_url, source).await
        }
        None => Check::not_checked(
            model::NAME,
            format!("{id} was not checked, because the API key cannot be read"),
        )
        .advice(format!("`twinctl chat {environment}` asks it as a visitor")),
    }
}

fn api_key_verdict(stored: Option<&StoredKey>, environment: &str) -> Check {
    let set = format!("run `twinctl secret set {environment} openai`");
    match stored {
        None => Check::problem(API_KEY, "no key is stored", set),
        Some(StoredKey { deleted_at: Some(_), .. }) => {
            Check::problem(API_KEY, "the key was deleted", format!("to restore it, {set} or deploy"))
        }
        Some(StoredKey { access: Access::Granted, .. }) => {
            Check::ok(API_KEY, "stored, and the function can read it")
        }
        Some(_) => Check::ok(API_KEY, "stored; the next deploy lets the function read it"),
    }
}

/// The checks that cost nothing and few calls: those that may explain why the nodes failed.
pub(super) async fn cheap(
    request: &Request<'_>,
    diagnostic: &Diagnostic,
    limit: std::time::Duration,
) -> Vec<Check> {
    let login = login(request.options, request.environment);
    let config = aws::configuration(&login, request.ui.call_log()).await;
    let (life, toolchain, clock, quotas) = tokio::join!(
        within(limit, CREDENTIALS, credentials::check_life(&login, &config)),
        within(limit, toolchain::NAME, toolchain(request)),
        within(limit, clock::NAME, clock::of_aws(&login)),
        quotas::of_nodes(request, &login, &config, diagnostic, limit),
    );
    [vec![life, toolchain, clock], quotas].concat()
}
