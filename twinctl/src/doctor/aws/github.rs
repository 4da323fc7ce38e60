//! Checks the roles, variables and secrets with which GitHub Actions deploys.

use std::path::Path;

use serde_json::Value;

use super::scope::Scope;
use crate::{
    ci::{
        Repository, Root, SubjectNames, deploy_workflow, read_role_variable, subject_names,
        sweep_role_variable,
    },
    doctor::{
        Check,
        check::{PATIENCE, within},
    },
    run::github::{Api, ApiError},
    spec::DataSource,
    system::host::{output_of, variable},
    targets::aws::{SdkResult as _, resources::iam::document},
};

const NAME: &str = "GitHub";
const ROLES: &str = "GitHub roles";
const VARIABLES: &str = "GitHub variables";
const SECRETS: &str = "GitHub secrets";
/// The secret with the token of a private repository with data files.
const DATA_TOKEN: &str = "PRIVATE_DATA_PAT";
const DATA_REPO: &str = "PRIVATE_DATA_REPO";

pub(super) async fn check(scope: &Scope<'_>) -> Vec<Check> {
    let name = scope.environment().name.as_str();
    let root = Root::find(scope.request.options, None);
    if !root.path.join(deploy_workflow(name)).is_file() {
        return vec![Check::not_checked(NAME, format!("no workflow in .github/ deploys `{name}`"))];
    }
    let Some(repository) = repository(&root.path).await else {
        let why =
            "the repository is unknown: GITHUB_REPOSITORY is not set, and git names no `origin` on GitHub";
        return vec![Check::not_checked(NAME, why)];
    };
    let api = Api::of_environment();
    let api = if api.has_token() {
        api
    } else {
        api.or_token(output_of("gh", &["auth", "token"], Path::new("."), PATIENCE).await)
    };
    let (roles, settings) = tokio::join!(
        within(PATIENCE, ROLES, roles(scope, &api, &repository)),
        settings(scope, &api, &repository)
    );
    [vec![roles], settings].concat()
}

/// Returns the repository of this job, or of the remote `origin`.
async fn repository(root: &Path) -> Option<Repository> {
    if let Some(name) = variable("GITHUB_REPOSITORY") {
        return name.parse().ok();
    }
    let url = output_of("git", &["config", "--get", "remote.origin.url"], root, PATIENCE).await?;
    name_in(&url)?.parse().ok()
}

/// Returns `OWNER/NAME` in the URL of a repository on GitHub.
fn name_in(url: &str) -> Option<&str> {
    let (_, path) = url.split_once("github.com")?;
    let path = path.trim_start_matches([':', '/']);
    Some(path.trim_end_matches('/').trim_end_matches(".git"))
}

/// Compares the names of the repository in OIDC tokens with those that the roles trust.
async fn roles(scope: &Scope<'_>, api: &Api, repository: &Repository) -> Check {
    let names = match subject_names(api, repository).await {
        Ok(names) => names,
        Err(error) => return Check::not_checked(ROLES, error.to_string()),
    };
    let setup = format!("run `twinctl ci setup {} --repo {repository}` again", scope.environment().name);
    let sweep = scope.environment().ttl.is_some().then(|| scope.names.sweep_role());
    for role in [scope.names.deploy_role(), scope.names.read_role()].into_iter().chain(sweep) {
        let found = scope.cloud.iam.get_role().role_name(&role).send().await;
        let trust = match found.found("iam:GetRole", &["NoSuchEntity"]) {
            Ok(found) => found.and_then(|found| found.role?.assume_role_policy_document),
            Err(fault) => return Check::failed(ROLES, &fault),
        };
        if let Some(problem) = role_problem(&role, trust.as_deref(), &names) {
            return Check::problem(ROLES, problem, setup);
        }
    }
    Check::ok(ROLES, format!("the roles exist and trust {repository}"))
}

fn role_problem(role: &str, trust: Option<&str>, names: &SubjectNames) -> Option<String> {
    let Some(trust) = trust else { return Some(format!("the role {role} does not exist")) };
    let missing = names.missing_in(&subjects(&document(trust)))?;
    Some(format!("the role {role} does not trust the subjects that GitHub sends, `repo:{missing}:…`"))
}

/// Returns the OIDC subjects that a trust policy names.
fn subjects(trust: &Value) -> Vec<String> {
    let statements = trust["Statement"].as_array().into_iter().flatten();
    let values = statements.flat_map(|statement| {
        let subject = &statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"];
        let several = subject.as_array().map_or(&[][..], Vec::as_slice);
        several.iter().chain([subject]).filter_map(Value::as_str)
    });
    values.map(ToOwned::to_owned).collect()
}

/// The settings that GitHub lists for the repository, for the environment, and for the repository by its organization.
#[derive(Debug, Default)]
struct Listed {
    variables: Vec<(String, String)>,
    secrets: Vec<String>,
}

async fn settings(scope: &Scope<'_>, api: &Api, repository: &Repository) -> Vec<Check> {
    if !api.has_token() {
        let why = "set GITHUB_TOKEN, or log in with `gh auth login`";
        return vec![Check::not_checked(VARIABLES, why), Check::not_checked(SECRETS, why)];
    }
    let name = scope.environment().name.as_str();
    let read = async |kind: &'static str| {
        let (of_repository, of_environment, of_organization) = (
            format!("/repos/{repository}/actions/{kind}"),
            format!("/repos/{repository}/environments/{name}/{kind}"),
            format!("/repos/{repository}/actions/organization-{kind}"),
        );
        let (all, own, shared) = tokio::join!(
            list(api, &of_repository, kind),
            list(api, &of_environment, kind),
            list(api, &of_organization, kind),
        );
        let own = match own {
            // The environment does not exist yet.
            Err(ApiError::Refused { status: 404, .. }) => Vec::new(),
            own => own?,
        };
        let shared = match shared {
            // The owner is no organization. A token that may list the others may list these.
            Err(ApiError::Refused { .. }) => Vec::new(),
            shared => shared?,
        };
        Ok::<_, ApiError>([all?, own, shared].concat())
    };
    let both = async { tokio::join!(read("variables"), read("secrets")) };
    let Ok((variables, secrets)) = tokio::time::timeout(PATIENCE, both).await else {
        let why = "GitHub does not answer";
        return vec![Check::not_checked(VARIABLES, why), Check::not_checked(SECRETS, why)];
    };
    let refused =
        |name, error: &ApiError| Check::not_checked(name, format!("the token may not list them ({error})"));
    let variables = match &variables {
        Err(error) => return vec![refused(VARIABLES, error), refused(SECRETS, error)],
        Ok(listed) => listed.iter().map(|each| (text(each, "name"), text(each, "value"))).collect(),
    };
    let mut listed = Listed { variables, ..Listed::default() };
    let mut checks = vec![variables_verdict(&listed, &expected(scope))];
    checks.push(match secrets {
        Err(error) => refused(SECRETS, &error),
        Ok(secrets) => {
            listed.secrets = secrets.iter().map(|each| text(each, "name")).collect();
            let from_git = matches!(scope.environment().data.from, DataSource::Git(_));
            secrets_verdict(&listed, from_git)
        }
    });
    checks
}

/// Returns the entries of a list, whose pages GitHub limits to 30 variables.
async fn list(api: &Api, path: &str, kind: &str) -> Result<Vec<Value>, ApiError> {
    let mut entries = Vec::new();
    for page in 1.. {
        let answer = api.get(&format!("{path}?per_page=30&page={page}")).await?;
        let more = answer[kind].as_array().cloned().unwrap_or_default();
        let is_last = more.is_empty();
        entries.extend(more);
        if is_last || answer["total_count"].as_u64().is_none_or(|total| entries.len() as u64 >= total) {
            break;
        }
    }
    Ok(entries)
}

fn text(entry: &Value, field: &str) -> String {
    entry[field].as_str().unwrap_or_default().to_owned()
}

/// Returns the variables that the workflows read, with their values.
fn expected(scope: &Scope<'_>) -> Vec<(String, String)> {
    let (names, name) = (&scope.names, scope.environment().name.as_str());
    let mut expected = vec![
        ("AWS_ACCOUNT_ID".to_owned(), names.account.clone()),
        ("AWS_ROLE_ARN".to_owned(), names.arn_of_role(&names.deploy_role())),
        ("DEFAULT_AWS_REGION".to_owned(), names.region.clone()),
        (read_role_variable(name), names.arn_of_role(&names.read_role())),
    ];
    if scope.environment().ttl.is_some() {
        expected.push((sweep_role_variable(name), names.arn_of_role(&names.sweep_role())));
    }
    expected
}

fn variables_verdict(listed: &Listed, expected: &[(String, String)]) -> Check {
    const SET: &str = "run the `gh variable set` commands that `twinctl ci setup … --print` prints";
    let values = |name: &str| {
        let named = listed.variables.iter().filter(move |(other, _)| *other == name);
        named.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    let names = |wrong: &dyn Fn(&(String, String)) -> bool| {
        expected
            .iter()
            .filter(|pair| wrong(pair))
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let missing = names(&|(name, _)| values(name).is_empty());
    if !missing.is_empty() {
        return Check::problem(VARIABLES, format!("missing: {missing}"), SET);
    }
    let other = names(&|(name, value)| !values(name).contains(&value.as_str()));
    if !other.is_empty() {
        return Check::problem(
            VARIABLES,
            format!("set for another account, region or environment: {other}"),
            SET,
        );
    }
    Check::ok(VARIABLES, "all are set")
}

/// Only the names of secrets can be read.
fn secrets_verdict(listed: &Listed, from_git: bool) -> Check {
    let has_repo = listed.variables.iter().any(|(name, _)| name == DATA_REPO);
    let has_token = listed.secrets.iter().any(|name| name == DATA_TOKEN);
    if (has_repo || from_git) && !has_token {
        let finding = format!("{DATA_TOKEN} is missing, and the data files come from a repository");
        let advice = format!("unless that repository is public, run `gh secret set {DATA_TOKEN}`");
        return Check::problem(SECRETS, finding, advice);
    }
    match listed.secrets.as_slice() {
        [] => Check::ok(SECRETS, "none are needed"),
        names => Check::ok(SECRETS, format!("set: {}", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ci::Ids, doctor::Verdict};

    #[test]
    fn the_repository_is_read_from_the_url_of_the_remote() {
        for url in
            ["https://github.com/ada/twin.git", "git@github.com:ada/twin.git", "https://github.com/ada/twin/"]
        {
            assert_eq!(name_in(url), Some("ada/twin"), "{url}");
        }
        assert_eq!(name_in("https://gitlab.com/ada/twin.git"), None);
    }

    #[test]
    fn a_role_must_exist_and_trust_the_form_of_subjects_that_github_sends() {
        let repository: Repository = "ada/twin".parse().unwrap();
        let ids = Ids { owner: 1, repository: 2 };
        let (new, older) = (SubjectNames::new(&repository, ids), SubjectNames::of_older(&repository, ids));
        let trust = |subjects: Value| {
            let condition =
                json!({ "StringEquals": { "token.actions.githubusercontent.com:sub": subjects } });
            json!({ "Statement": [{ "Condition": condition }] }).to_string()
        };
        let old_form = trust(json!("repo:ada/twin:ref:refs/heads/main"));
        let new_form = trust(json!("repo:ada@1/twin@2:ref:refs/heads/main"));
        let both = trust(json!(["repo:ada@1/twin@2:environment:prod", "repo:ada/twin:environment:prod"]));
        let problem = |trust: Option<&str>, names| role_problem("deploy", trust, names);
        assert_eq!(problem(None, &new).unwrap(), "the role deploy does not exist");
        assert_eq!(
            problem(Some(&old_form), &new).unwrap(),
            "the role deploy does not trust the subjects that GitHub sends, `repo:ada@1/twin@2:…`"
        );
        assert_eq!(problem(Some(&new_form), &new), None);
        assert!(problem(Some(&new_form), &older).unwrap().contains("`repo:ada/twin:…`"));
        assert_eq!(problem(Some(&both), &older), None);
    }

    #[test]
    fn variables_must_have_the_values_of_the_environment_and_secrets_the_names() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let expected = pairs(&[("A", "1"), ("B", "2")]);
        let variables = |listed: &[(&str, &str)]| {
            let listed = Listed { variables: pairs(listed), ..Listed::default() };
            let check = variables_verdict(&listed, &expected);
            (check.state, check.finding)
        };
        assert_eq!(variables(&[("A", "1")]), (Verdict::Problem, "missing: B".to_owned()));
        // Set for the repository and, with another value, for the GitHub environment.
        assert_eq!(variables(&[("A", "1"), ("B", "0"), ("B", "2")]).0, Verdict::Ok);
        let other = "set for another account, region or environment: A";
        assert_eq!(variables(&[("A", "0"), ("B", "2")]), (Verdict::Problem, other.to_owned()));

        let secrets = |names: &[&str], from_git| {
            let secrets = names.iter().map(ToString::to_string).collect();
            secrets_verdict(&Listed { secrets, ..Listed::default() }, from_git)
        };
        assert_eq!(secrets(&[], false).sentence(), "none are needed");
        assert_eq!(secrets(&["DATA_KEY"], false).sentence(), "set: DATA_KEY");
        assert!(secrets(&["DATA_KEY"], true).is_problem());
        assert!(!secrets(&["PRIVATE_DATA_PAT"], true).is_problem());
    }
}
