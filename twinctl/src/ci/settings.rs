//! The `gh` commands that configure GitHub, to be run once.

use super::{
    Access, Branch, CiEnvironment, Repository, Trigger,
    workflows::{read_role_variable, sweep_role_variable},
};

/// Returns the commands in the order in which to run them. A line that begins with `#` describes the next ones.
pub(crate) fn commands(
    all: &[(CiEnvironment, Access)],
    repository: &Repository,
    branch: &Branch,
) -> Vec<String> {
    let mut lines = Vec::new();
    for (ci_environment, access) in all {
        let place = Place { ci_environment, access, repository, branch };
        lines.extend(place.roles());
    }
    lines.push("# only if your data files come from a private repository or are encrypted:".to_owned());
    lines.push(format!("gh variable set PRIVATE_DATA_REPO --repo {repository} --body OWNER/NAME"));
    for secret in ["PRIVATE_DATA_PAT", "DATA_KEY"] {
        // Jobs of a manual deploy run in a GitHub environment and read its secrets. Jobs of a push run outside of
        // environments and read the secrets of the repository.
        for (ci_environment, _) in all.iter().filter(|(one, _)| one.trigger != Trigger::PullRequest) {
            let within = within(ci_environment);
            lines.push(format!("gh secret set {secret} --repo {repository}{within}"));
        }
    }
    lines
}

/// Returns the option that names the GitHub environment in which the deploys run, if they run in one.
fn within(CiEnvironment { environment, trigger }: &CiEnvironment) -> String {
    match trigger {
        Trigger::Push => String::new(),
        Trigger::Manual => format!(" --env {}", environment.name),
        Trigger::PullRequest => " --env preview".to_owned(),
    }
}

struct Place<'a> {
    ci_environment: &'a CiEnvironment,
    access: &'a Access,
    repository: &'a Repository,
    branch: &'a Branch,
}

impl Place<'_> {
    fn roles(&self) -> Vec<String> {
        let Self { access, repository, .. } = self;
        let environment = &self.ci_environment.environment;
        let (names, name) = (&access.names, &environment.name);
        let mut lines = match self.ci_environment.trigger {
            Trigger::Push => vec![format!("# {name}, deployed by every push to {}:", self.branch)],
            Trigger::Manual => self.protect(),
            Trigger::PullRequest => vec![
                "# previews of pull requests, without an approval:".to_owned(),
                format!("gh api --method PUT repos/{repository}/environments/preview"),
            ],
        };
        let within = within(self.ci_environment);
        let mut set = |variable: &str, within: &str, value: &str| {
            lines.push(format!("gh variable set {variable} --repo {repository}{within} --body {value}"));
        };
        set("AWS_ACCOUNT_ID", &within, &names.account);
        set("AWS_ROLE_ARN", &within, &names.arn_of_role(&access.deploy.role));
        // Jobs that only read run outside of GitHub environments.
        set("DEFAULT_AWS_REGION", "", &names.region);
        if self.ci_environment.trigger == Trigger::PullRequest {
            return lines;
        }
        set(&read_role_variable(name.as_str()), "", &names.arn_of_role(&access.read.role));
        if environment.ttl.is_some() {
            set(&sweep_role_variable(name.as_str()), "", &names.arn_of_role(&access.sweep.role));
        }
        lines
    }

    /// Returns the commands that create a GitHub environment. It requires your approval and accepts only the branch.
    fn protect(&self) -> Vec<String> {
        let Self { repository, branch, .. } = self;
        let name = &self.ci_environment.environment.name;
        let place = format!("repos/{repository}/environments/{name}");
        vec![
            format!("# {name}, deployed by hand, once you have approved it:"),
            format!(
                "gh api --method PUT {place} --input - <<JSON\n\
                 {{\"reviewers\":[{{\"type\":\"User\",\"id\":$(gh api user --jq .id)}}],\
                 \"deployment_branch_policy\":{{\"protected_branches\":false,\"custom_branch_policies\":true}}}}\n\
                 JSON"
            ),
            format!("gh api --method POST {place}/deployment-branch-policies -f name={branch}"),
        ]
    }
}
