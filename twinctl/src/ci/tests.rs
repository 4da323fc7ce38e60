//! Tests of trust policies, permissions, workflow files and commands.

mod attacker;
mod documented;
mod exact_arns;
mod iam;
mod reference;
mod tokens;

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use super::*;
use crate::{
    spec::{self, Overrides},
    targets::aws::{
        names::{AssignedIds, Names},
        permissions::Purpose,
    },
};

const ACCOUNT: &str = "123456789012";

fn environment(project: &str, name: &str) -> Environment {
    environment_with(project, name, "")
}

/// Returns an environment that needs all permissions.
fn complete(project: &str, name: &str) -> Environment {
    let more = "domain: { name: chat.example.com }\nmodel: { source: openai, id: gpt-4o-mini }\n\
                streaming: true\nalarms: { daily_tokens: 1000 }\nbudget: { monthly_usd: 5, email: ada@example.com }\nttl: 8h\n";
    environment_with(project, name, more)
}

fn environment_with(project: &str, name: &str, more: &str) -> Environment {
    let folder = tempfile::TempDir::with_prefix("twinctl-test-").unwrap();
    let text = format!("project: {project}\nenvironment: {name}\nregion: eu-central-1\n{more}");
    fs::write(folder.path().join(format!("{name}.yaml")), text).unwrap();
    spec::load(folder.path(), name, &Overrides::default()).unwrap()
}

fn ci_environment(name: &str, trigger: Trigger) -> CiEnvironment {
    CiEnvironment { environment: environment("twin", name), trigger }
}

fn access_of(ci_environment: &CiEnvironment) -> Access {
    access_with(ci_environment, SubjectNames::of_older, AssignedIds::default())
}

fn access_with(
    ci_environment: &CiEnvironment,
    names: fn(&Repository, Ids) -> SubjectNames,
    assigned: AssignedIds,
) -> Access {
    let names = names(&"ada/twin".parse().unwrap(), Ids { owner: 1815, repository: 1843 });
    let others = AssignedIds {
        api: Some("other".to_owned()),
        stream_api: Some("other".to_owned()),
        access_control: Some("EOTHER".to_owned()),
        headers_policy: Some("other".to_owned()),
    };
    Access::new(ci_environment, ACCOUNT, &names, &"main".parse().unwrap(), assigned, &[others]).unwrap()
}

#[test]
fn trust_policies() {
    let dev = access_of(&ci_environment("dev", Trigger::Push));
    let prod = access_of(&ci_environment("prod", Trigger::Manual));
    let all = [dev.deploy.trust, dev.read.trust, dev.sweep.trust, prod.deploy.trust];
    insta::assert_snapshot!("trust", all.map(|trust| format!("{trust:#}")).join("\n"));
}

#[test]
fn permission_policies() {
    let access = access_of(&ci_environment("dev", Trigger::Push));
    for (name, policy) in [("read", access.reading), ("boundary", access.boundary)] {
        insta::assert_snapshot!(name, format!("{policy:#}"));
    }
    let access = access_of(&CiEnvironment { environment: complete("twin", "dev"), trigger: Trigger::Push });
    for part in access.change.into_iter().chain(access.sweeping) {
        insta::assert_snapshot!(part.name.replace("twin-dev-ci-", ""), format!("{:#}", part.policy.unwrap()));
    }
}

#[test]
fn policies_with_the_longest_names_fit_into_iam_limits() {
    let environment = complete(&"p".repeat(31), &"e".repeat(9));
    access_of(&CiEnvironment { environment, trigger: Trigger::Manual });
}

/// Returns the previews of an environment that needs all permissions, with the longest names.
fn previews(project: &str) -> CiEnvironment {
    let folder = tempfile::TempDir::with_prefix("twinctl-test-").unwrap();
    let text = format!(
        "project: {project}\nenvironment: dev\nregion: eu-central-1\npreview: pull_request\nstreaming: true\n\
         alarms: {{ daily_tokens: 1000 }}\nbudget: {{ monthly_usd: 5 }}\n"
    );
    fs::write(folder.path().join("dev.yaml"), text).unwrap();
    let environment = spec::load(folder.path(), PREVIEW, &Overrides::default()).unwrap();
    CiEnvironment { environment, trigger: Trigger::PullRequest }
}

#[test]
fn previews_share_a_role_that_trusts_one_github_environment() {
    access_of(&previews(&"p".repeat(31)));
    let access = access_of(&previews("twin"));
    assert_eq!(access.deploy.role, "twin-pr-ci-deploy");
    let subjects = access.deploy.trust["Statement"][0]["Condition"]["StringEquals"].to_string();
    assert!(subjects.contains("repo:ada@1815/twin@1843:environment:preview"), "{subjects}");
    assert!(!access.deploy.trust.to_string().contains('*'));
    let all: Vec<_> = access.change_policies().map(|(name, policy)| format!("{name}\n{policy:#}")).collect();
    insta::assert_snapshot!("preview-policies", all.join("\n"));
    insta::assert_snapshot!("preview-boundary", format!("{:#}", access.boundary));
}

#[test]
fn policies_contain_no_unnecessary_patterns() {
    let access = access_of(&ci_environment("dev", Trigger::Push));
    for trust in [&access.deploy.trust, &access.read.trust, &access.sweep.trust] {
        assert!(!trust.to_string().contains('*'), "{trust}");
        assert!(!trust.to_string().contains("StringLike"), "{trust}");
    }
    for policy in access.change_policies().map(|(_, policy)| policy).chain([&access.reading]) {
        for statement in policy["Statement"].as_array().unwrap() {
            assert!(!statement["Action"].to_string().contains('*'), "{statement}");
        }
    }
}

/// Each AWS call in the code names its IAM action. New calls must be added to the permissions.
#[test]
fn every_call_in_the_code_is_among_the_permissions() {
    let environment = complete("twin", "dev");
    // Before the first deployment, and after it.
    let new = Names::new(&environment, ACCOUNT);
    let id = || Some("ID".to_owned());
    let assigned = AssignedIds { api: id(), stream_api: id(), access_control: id(), headers_policy: id() };
    let deployed = Names { assigned, ..new.clone() };
    let permissions = |names| crate::targets::aws::required_permissions(&environment, names);
    let permissions = [permissions(&new), permissions(&deployed)].concat();
    let known: BTreeSet<&str> =
        permissions.iter().flat_map(|permission| permission.actions().iter().copied()).collect();
    let calls = calls(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/targets/aws/resources"));
    assert!(calls.len() > 60, "{calls:?}");
    let missing: Vec<_> = calls.iter().filter(|call| !known.contains(iam_action(call).as_str())).collect();
    assert_eq!(missing, NOT_FOR_CI.iter().collect::<Vec<_>>());
    assert!(permissions.iter().any(|permission| permission.purpose() == Purpose::Read));
}

/// Permissions that CI does not need, but people do: to set up CI, or to store the model provider's API key.
const NOT_FOR_CI: &[&str] = &[
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:AttachRolePolicy",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:GetOpenIDConnectProvider",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListPolicyVersions",
    "iam:TagPolicy",
    "iam:UntagPolicy",
    "secretsmanager:CreateSecret",
    "secretsmanager:PutSecretValue",
];

fn calls(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(calls(&path));
        } else if path.file_name().is_none_or(|name| name != "tests.rs") {
            let text: String = fs::read_to_string(&path).unwrap().split_whitespace().collect();
            for answer in ["fault(\"", "found(\"", "done(\""] {
                let calls = text.split(answer).skip(1).filter_map(|rest| rest.split('"').next());
                found.extend(calls.map(ToOwned::to_owned));
            }
        }
    }
    found
}

fn iam_action(call: &str) -> String {
    let verbs =
        [("Create", "POST"), ("Get", "GET"), ("Put", "PUT"), ("Update", "PATCH"), ("Delete", "DELETE")];
    match call.split_once(':') {
        Some(("apigateway", action)) => {
            let verb = verbs.iter().find(|(verb, _)| action.starts_with(verb));
            format!("apigateway:{}", verb.map_or(action, |(_, method)| method))
        }
        Some(("cloudfront", "CreateDistributionWithTags")) => "cloudfront:CreateDistribution".to_owned(),
        _ => call.to_owned(),
    }
}

/// One environment of each kind.
fn each_kind() -> [CiEnvironment; 4] {
    let test = environment_with("twin", "test", "ttl: 8h\n");
    [
        ci_environment("dev", Trigger::Push),
        CiEnvironment { environment: test, trigger: Trigger::Manual },
        ci_environment("prod", Trigger::Manual),
        previews("twin"),
    ]
}

fn all_files(folder: &str) -> Vec<File> {
    let ci_environments = each_kind();
    let branch = "main".parse().unwrap();
    let twinctl = &TwinctlSource::Build;
    files(&Plan { ci_environments: &ci_environments, branch: &branch, folder: Path::new(folder), twinctl })
}

/// Returns the action that installs a release.
fn installing_action() -> File {
    let twinctl = &TwinctlSource::Release(PinnedRelease {
        repository: "ada/twinctl".parse().unwrap(),
        version: "0.3.0".to_owned(),
        commit: "5d41402abc4b2a76b9719d911017c592ae2b1c3d".to_owned(),
        checksum: "ab".repeat(32),
    });
    let branch = "main".parse().unwrap();
    let plan = Plan { ci_environments: &[], branch: &branch, folder: Path::new(""), twinctl };
    let [action]: [File; 1] = files(&plan).try_into().unwrap();
    action
}

#[test]
fn the_action_installs_a_pinned_release() {
    let action = installing_action();
    assert!(action.is_action());
    insta::assert_snapshot!("action-installed", action.text);
}

#[test]
fn files_of_three_environments_in_a_subfolder() {
    let files = all_files("apps/twin");
    let paths: Vec<_> = files.iter().map(|file| file.path.to_str().unwrap()).collect();
    assert_eq!(paths.len(), 16);
    assert!(paths.contains(&".github/workflows/twinctl-pipeline-test-prod.yml"));
    let names = [
        "deploy-dev",
        "deploy-prod",
        "destroy-prod",
        "plan-dev",
        "status-dev",
        "sweep-test",
        "preview",
        "pipeline-test-prod",
    ];
    for name in names {
        let path = format!(".github/workflows/twinctl-{name}.yml");
        let file = files.iter().find(|file| file.path == Path::new(&path)).unwrap();
        insta::assert_snapshot!(name, file.text);
    }
}

#[test]
fn a_second_setup_adds_to_the_first() {
    let all = all_files("");
    let branch = "main".parse().unwrap();
    let alone = [ci_environment("prod", Trigger::Manual)];
    let twinctl = &TwinctlSource::Build;
    for file in files(&Plan { ci_environments: &alone, branch: &branch, folder: Path::new(""), twinctl }) {
        assert!(all.contains(&file), "{}", file.path.display());
    }
}

#[test]
fn workflows_are_hardened_against_injection_and_unpinned_actions() {
    for file in all_files("").into_iter().chain(all_files("apps/twin")).chain([installing_action()]) {
        let (path, text) = (file.path.display(), &file.text);
        let is_left = |rest: &str| rest.starts_with(|c: char| c.is_ascii_uppercase());
        assert!(!text.split('@').skip(1).any(is_left), "{path}: a placeholder was not replaced");
        let yaml: Value = serde_saphyr::from_str(text).unwrap();
        for uses in everywhere(&yaml, "uses") {
            let pinned = uses.split_once('@').is_some_and(|(_, commit)| commit.len() == 40);
            assert!(pinned || uses.starts_with("./"), "{path}: {uses}");
        }
        for run in everywhere(&yaml, "run") {
            assert!(!run.contains("${{"), "{path}: user input must not become part of a command: {run}");
        }
        let Some(jobs) = yaml["jobs"].as_object() else { continue };
        assert!(yaml["on"].get("pull_request_target").is_none(), "{path}");
        assert_eq!(
            yaml["permissions"],
            serde_json::json!({}),
            "{path}: permissions belong to the job that needs them"
        );
        assert!(jobs.values().all(|job| job["permissions"]["contents"] == "read"), "{path}");
        assert_eq!(yaml["concurrency"]["cancel-in-progress"], false, "{path}");
        assert!(jobs.values().all(|job| job["timeout-minutes"].is_u64()), "{path}");
    }
}

/// Returns the text of all fields of this name.
fn everywhere(yaml: &Value, name: &str) -> Vec<String> {
    match yaml {
        Value::Object(fields) => {
            let here = fields.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
            here.into_iter().chain(fields.values().flat_map(|value| everywhere(value, name))).collect()
        }
        Value::Array(values) => values.iter().flat_map(|value| everywhere(value, name)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn repository_and_branch_names_are_validated() {
    for wrong in ["ada", "ada/", "/twin", "ada/*", "ada/twin:ref", "https://github.com/ada/twin", "a b/c"] {
        assert!(wrong.parse::<Repository>().is_err(), "{wrong}");
    }
    for wrong in ["", "*", "release/*", "a b", "main?"] {
        assert!(wrong.parse::<Branch>().is_err(), "{wrong}");
    }
    assert!("ada-l/twin.io_2".parse::<Repository>().is_ok());
    assert!("release/1.2".parse::<Branch>().is_ok());
}

#[test]
fn commands_that_configure_github() {
    let all: Vec<_> = each_kind()
        .into_iter()
        .map(|ci_environment| (ci_environment.clone(), access_of(&ci_environment)))
        .collect();
    let lines = commands(&all, &"ada/twin".parse().unwrap(), &"main".parse().unwrap());
    insta::assert_snapshot!("commands", lines.join("\n"));
}
