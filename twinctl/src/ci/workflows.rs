//! The workflow files of a twin, generated from templates.

use std::path::{Path, PathBuf};

use super::{Branch, CiEnvironment, File, Repository, Trigger, file};

const ENTER: &str = include_str!("workflows/action.yml");
const BUILD_STEP: &str = include_str!("workflows/build-step.yml");
const INSTALL_STEP: &str = include_str!("workflows/install-step.yml");
const DEPLOY_ON_PUSH: &str = include_str!("workflows/deploy-on-push.yml");
const DEPLOY_BY_HAND: &str = include_str!("workflows/deploy-by-hand.yml");
const DESTROY: &str = include_str!("workflows/destroy.yml");
const PLAN: &str = include_str!("workflows/plan.yml");
const SWEEP: &str = include_str!("workflows/sweep.yml");
const PREVIEW: &str = include_str!("workflows/preview.yml");
const STATUS: &str = include_str!("workflows/status.yml");
const PIPELINE: &str = include_str!("workflows/pipeline.yml");

/// Where the jobs get twinctl from.
#[derive(Debug, Clone)]
pub(crate) enum TwinctlSource {
    /// They build it from the repository, which is a clone of twinctl's.
    Build,
    Release(PinnedRelease),
}

/// A release that the jobs install, and that nobody can replace unnoticed.
#[derive(Debug, Clone)]
pub(crate) struct PinnedRelease {
    pub(crate) repository: Repository,
    pub(crate) version: String,
    /// The commit of the tag, at which the action `setup-twinctl` is used.
    pub(crate) commit: String,
    /// The SHA-256 hash of the archive for the runners.
    pub(crate) checksum: String,
}

impl TwinctlSource {
    /// Returns the steps of the action that provide twinctl.
    fn steps(&self) -> String {
        match self {
            Self::Build => BUILD_STEP.to_owned(),
            Self::Release(PinnedRelease { repository, version, commit, checksum }) => INSTALL_STEP
                .replace("@RELEASES@", &repository.to_string())
                .replace("@COMMIT@", commit)
                .replace("@VERSION@", version)
                .replace("@CHECKSUM@", checksum),
        }
    }
}

/// The values that the templates are filled with.
#[derive(Debug, Clone)]
pub(crate) struct Plan<'a> {
    pub(crate) ci_environments: &'a [CiEnvironment],
    pub(crate) branch: &'a Branch,
    /// Path from the repository's root to the folder that contains `environments/`; empty if that is the root.
    pub(crate) folder: &'a Path,
    pub(crate) twinctl: &'a TwinctlSource,
}

/// Returns all files. The files of an environment depend on no other environment, so that setting up another one later
/// does not change them.
pub(crate) fn files(plan: &Plan<'_>) -> Vec<File> {
    let action = plan.fill(&ENTER.replace("    # @TWINCTL@\n", &plan.twinctl.steps()), "", "");
    let mut files = vec![File::new(file::ACTION, &action)];
    for CiEnvironment { environment, trigger } in plan.ci_environments {
        let name = environment.name.as_str();
        let (deploy, gate) = match trigger {
            Trigger::Push => (DEPLOY_ON_PUSH, String::new()),
            Trigger::Manual => (DEPLOY_BY_HAND, format!("    environment: {name}\n")),
            Trigger::PullRequest => {
                files.push(plan.preview());
                continue;
            }
        };
        for (verb, template) in [("deploy", deploy), ("destroy", DESTROY), ("plan", PLAN), ("status", STATUS)]
        {
            let text = plan.fill(template, name, &gate);
            files.push(File::new(workflow(&format!("{verb}-{name}")), &text));
        }
        if environment.ttl.is_some() {
            files.push(plan.sweep(name));
        }
    }
    if let Some((staging, production)) = pipeline_of(plan.ci_environments) {
        let (staging, production) = (staging.environment.name.as_str(), production.environment.name.as_str());
        let text = plan.fill(PIPELINE, staging, "").replace("@PRODUCTION@", production);
        files.push(File::new(workflow(&format!("pipeline-{staging}-{production}")), &text));
    }
    files
}

/// Returns the files that an earlier setup wrote, and that these environments no longer need.
pub(crate) fn obsolete_files(plan: &Plan<'_>) -> Vec<File> {
    let without_ttl = plan.ci_environments.iter().filter(|one| one.environment.ttl.is_none());
    without_ttl.map(|one| plan.sweep(one.environment.name.as_str())).collect()
}

/// Returns staging and production: the first and the last environment that are deployed by hand.
pub(crate) fn pipeline_of(ci_environments: &[CiEnvironment]) -> Option<(&CiEnvironment, &CiEnvironment)> {
    let mut by_hand =
        ci_environments.iter().filter(|ci_environment| ci_environment.trigger == Trigger::Manual);
    by_hand.next().zip(by_hand.next_back())
}

/// Returns the name of the repository variable with the read role. It is not a variable of a GitHub environment,
/// because jobs that only read run outside of environments.
pub(crate) fn read_role_variable(environment: &str) -> String {
    format!("AWS_READ_ROLE_ARN_{}", environment.to_ascii_uppercase().replace('-', "_"))
}

/// Returns the name of the repository variable with the role that deletes the environment when it has expired.
pub(crate) fn sweep_role_variable(environment: &str) -> String {
    format!("AWS_SWEEP_ROLE_ARN_{}", environment.to_ascii_uppercase().replace('-', "_"))
}

/// Returns the path of the workflow that deploys an environment, in the repository.
pub(crate) fn deploy_workflow(environment: &str) -> PathBuf {
    workflow(&format!("deploy-{environment}"))
}

fn workflow(name: &str) -> PathBuf {
    PathBuf::from(format!(".github/workflows/twinctl-{name}.yml"))
}

impl Plan<'_> {
    fn preview(&self) -> File {
        File::new(workflow("preview"), &self.fill(PREVIEW, "", ""))
    }

    fn sweep(&self, environment: &str) -> File {
        File::new(workflow(&format!("sweep-{environment}")), &self.fill(SWEEP, environment, ""))
    }

    fn fill(&self, template: &str, environment: &str, trigger: &str) -> String {
        let folder = self.folder.to_string_lossy().replace('\\', "/");
        let (within, paths) = if folder.is_empty() {
            (String::new(), String::new())
        } else {
            let paths = format!("    paths:\n      - \"{folder}/**\"\n      - .github/actions/twinctl/**\n");
            (format!("{folder}/"), paths)
        };
        let folder = if folder.is_empty() { "." } else { &folder };
        template
            .replace("@ENVIRONMENT@", environment)
            .replace("@READ_ROLE@", &read_role_variable(environment))
            .replace("@SWEEP_ROLE@", &sweep_role_variable(environment))
            .replace("@BRANCH@", &self.branch.to_string())
            .replace("@FOLDER@", folder)
            .replace("@WITHIN@", &within)
            .replace("    # @PATHS@\n", &paths)
            .replace("    # @GATE@\n", trigger)
    }
}
