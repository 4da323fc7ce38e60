//! Step `ci`: the roles of GitHub Actions, used as intended and as an attacker would.

mod attacks;

use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::acceptance::assumption::{Assumption, Step};
use crate::acceptance::by_hand::{Keys, text};
use crate::acceptance::context::{Context, TWIN, list, name};
use crate::acceptance::leftovers::{REPOSITORY, remove_ci};
use crate::acceptance::twinctl::{DESTROY, ENVIRONMENT, words};

const DEPLOY: &str = "ci-deploy";
const READ: &str = "ci-read";

/// The number of attempts to assume a role whose trust was changed seconds ago.
const ATTEMPTS: usize = 30;

/// The exit code for missing permissions.
const DENIED: i32 = 5;

pub(super) fn run(context: &mut Context) -> Result<()> {
    if context.target.is_root {
        context.findings.complete(Step::Ci, "the root user cannot assume roles; use another user or role");
        return Ok(());
    }
    first_deploy(context)?;
    set_up(context)?;
    trust_caller(context)?;
    let deployer = assume(context, DEPLOY)?;
    deploy_role(context, &deployer)?;
    let reader = assume(context, READ)?;
    read_role(context, &reader)?;
    set_up(context)?;
    let trusted = [DEPLOY, READ].map(|role| trusts_caller(context, role));
    let repaired = trusted.into_iter().collect::<Result<Vec<_>>>()?.iter().all(|trusts| !trusts);
    let evidence = format!("`ci setup` removed the added statements: {repaired}");
    context.findings.record(Assumption::TrustIsRepaired, repaired, &evidence);
    remove_ci(context)?;
    if context.settings.domain {
        context.settings.domain = false;
        context.deploy()?;
    }
    Ok(())
}

/// Lets the deploy role make a first deployment, with the domain if one was given. Its policies do not name the resources yet.
fn first_deploy(context: &mut Context) -> Result<()> {
    context.twinctl.succeed(&DESTROY)?;
    context.settings.domain = context.target.domain.is_some() && !context.target.is_emulated();
    context.write_files()?;
    set_up(context)?;
    trust_caller(context)?;
    let keys = assume(context, DEPLOY)?;
    let outcome = context.twinctl.start(&words(&context.twinctl.deployment()), Some(&keys))?.finish()?;
    let (succeeded, evidence) =
        (outcome.code == Some(0), format!("{} after {}", outcome.failure(), outcome.seconds()));
    context.findings.record(Assumption::FirstDeployByRole, succeeded, &evidence);
    if let Some(domain) = context.target.domain.as_ref().filter(|_| context.settings.domain) {
        let is_address = text(&outcome.object("done")["url"]) == format!("https://{domain}");
        context.findings.record(Assumption::DomainByRole, succeeded && is_address, &evidence);
    } else if !context.target.is_emulated() {
        context.findings.not_tested(Assumption::DomainByRole, "no domain was given with an option");
    }
    // For the rest of the step, if the role failed.
    context.deploy().map(drop)
}

fn set_up(context: &Context) -> Result<()> {
    let ids = ["--owner-id", "1", "--repo-id", "1"];
    let setup = ["ci", "setup", ENVIRONMENT, "--repo", REPOSITORY, "--path", TWIN, "--yes"];
    context.twinctl.succeed(&[&setup[..], &ids].concat()).map(drop)
}

/// Lets this account assume both roles, as only jobs on GitHub can get the trusted tokens.
fn trust_caller(context: &mut Context) -> Result<()> {
    for role in [DEPLOY, READ] {
        let mut trust = trust(context, role)?;
        let account = format!("arn:aws:iam::{}:root", context.target.account);
        let statement =
            json!({ "Effect": "Allow", "Principal": { "AWS": account }, "Action": "sts:AssumeRole" });
        if let Some(statements) = trust["Statement"].as_array_mut() {
            statements.push(statement);
        }
        let update = json!({ "RoleName": name(role), "PolicyDocument": trust.to_string() });
        context.aws.call("iam", "update_assume_role_policy", update)?;
    }
    Ok(())
}

fn trust(context: &mut Context, role: &str) -> Result<Value> {
    let mut found = context.aws.call("iam", "get_role", json!({ "RoleName": name(role) }))?;
    Ok(found["Role"]["AssumeRolePolicyDocument"].take())
}

fn trusts_caller(context: &mut Context, role: &str) -> Result<bool> {
    Ok(trust(context, role)?.to_string().contains("\"AWS\""))
}

fn assume(context: &mut Context, role: &str) -> Result<Keys> {
    let arn = context.target.role_arn(&name(role));
    let request = json!({ "RoleArn": arn, "RoleSessionName": "acceptance" });
    for _ in 0..ATTEMPTS {
        if let Ok(assumed) = context.aws.attempt("sts", "assume_role", request.clone(), None)? {
            let keys = &assumed["Credentials"];
            return Ok(Keys(["AccessKeyId", "SecretAccessKey", "SessionToken"].map(|key| text(&keys[key]))));
        }
        context.interrupt.pause(Duration::from_secs(2))?;
    }
    bail!("the role `{role}` cannot be assumed")
}

fn deploy_role(context: &mut Context, keys: &Keys) -> Result<()> {
    context.change_function();
    context.write_files()?;
    let outcome = context.twinctl.start(&words(&context.twinctl.deployment()), Some(keys))?.finish()?;
    let evidence = format!("{} after {}", outcome.failure(), outcome.seconds());
    context.findings.record(Assumption::DeployRoleDeploys, outcome.code == Some(0), &evidence);
    let attacks = attacks::of_deploy_role(context, &name(DEPLOY))?;
    let count = attacks.len();
    let allowed = allowed(context, attacks, keys)?;
    let evidence = format!("{count} calls; allowed or answered otherwise: {}", list(&allowed));
    context.findings.record(Assumption::DeployRoleIsLimited, allowed.is_empty(), &evidence);
    Ok(())
}

fn read_role(context: &mut Context, keys: &Keys) -> Result<()> {
    context.change_function();
    context.write_files()?;
    let plan = [vec!["plan", ENVIRONMENT], words(&context.twinctl.function)].concat();
    let plan = context.twinctl.start(&plan, Some(keys))?.finish()?;
    let deploy = context.twinctl.start(&words(&context.twinctl.deployment()), Some(keys))?.finish()?;
    let attacks = vec![attacks::read_conversations(context)];
    let allowed = allowed(context, attacks, keys)?;
    let evidence = format!(
        "`plan`: {}; `deploy`: exit code {}; allowed: {}",
        plan.failure(),
        deploy.exit(),
        list(&allowed)
    );
    let holds = plan.code == Some(0) && deploy.code == Some(DENIED) && allowed.is_empty();
    context.findings.record(Assumption::ReadRoleIsLimited, holds, &evidence);
    Ok(())
}

/// Makes the calls with a role. Returns those that were not denied.
fn allowed(context: &mut Context, attacks: Vec<attacks::Attack>, keys: &Keys) -> Result<Vec<String>> {
    let mut allowed = Vec::new();
    for (service, operation, parameters) in attacks {
        let outcome = context.aws.attempt(service, operation, parameters, Some(keys))?;
        match outcome {
            Err(refusal) if refusal.is_denied() => {}
            Err(refusal) => allowed.push(format!("{service} {operation} ({})", refusal.code)),
            Ok(_) => allowed.push(format!("{service} {operation}")),
        }
    }
    Ok(allowed)
}
