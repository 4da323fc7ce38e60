//! Scripts and workflows of an existing twin: which of them apply Terraform, and the values that they pass.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{found_value::FoundValue, ignored, terraform};
use crate::spec::{ProjectName, Region};

/// Folders of scripts and workflows, and the endings of their names.
const PLACES: [(&str, &[&str]); 5] = [
    ("", &["sh", "ps1"]),
    ("scripts", &["sh", "ps1", "py"]),
    ("terraform", &["sh", "ps1"]),
    WORKFLOWS,
    ("infra", &["sh", "ps1"]),
];
/// The only folder from which GitHub reads workflows, and the endings of their names.
const WORKFLOWS: (&str, &[&str]) = (".github/workflows", &["yml", "yaml"]);
/// Lines about another region than the twin's: certificates of CloudFront, Terraform's state.
const OTHER_REGIONS: [&str; 5] = ["acm", "cert", "cloudfront", "backend", "state"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pipeline {
    /// The files that run `terraform apply` or `terraform destroy`, or a script that does.
    pub files: Vec<PathBuf>,
    pub(super) projects: Vec<FoundValue>,
    pub(super) regions: Vec<FoundValue>,
}

impl Pipeline {
    pub(super) fn read(root: &Path) -> Self {
        let files: Vec<(PathBuf, String)> =
            PLACES.iter().flat_map(|(folder, endings)| texts(root, Path::new(folder), endings)).collect();
        let files = [files, of_repository(root)].concat();
        let applies = |text: &str| commands(text).any(runs_terraform);
        let scripts: Vec<&str> = files
            .iter()
            .filter(|(_, text)| applies(text))
            .filter_map(|(path, _)| path.file_name()?.to_str())
            .collect();
        let runs_script =
            |text: &str| commands(text).any(|line| scripts.iter().any(|script| line.contains(script)));
        let mut pipeline = Self::default();
        for (path, text) in files.iter().filter(|(_, text)| applies(text) || runs_script(text)) {
            pipeline.files.push(path.clone());
            let found = |value: String| FoundValue { value, file: path.clone() };
            pipeline.projects.extend(project(text).map(found));
            pipeline.regions.extend(regions(text).map(found));
        }
        pipeline
    }
}

/// Returns the workflows of the repository, if the twin is in a subfolder, that contain the path of this folder.
fn of_repository(root: &Path) -> Vec<(PathBuf, String)> {
    let inside = ignored::repository(root).map(|(_, inside)| inside).unwrap_or_default();
    if inside.as_os_str().is_empty() {
        return Vec::new();
    }
    let Some(name) = contract::key::of_path(&inside) else { return Vec::new() };
    let up: PathBuf = inside.iter().map(|_| "..").collect();
    let mut all = texts(root, &up.join(WORKFLOWS.0), WORKFLOWS.1);
    all.retain(|(_, text)| commands(text).any(|line| names(line, &name)));
    all
}

/// Returns whether a line contains a path, and not only a longer one: `apps/twin`, but not `apps/twin-shop`.
fn names(line: &str, path: &str) -> bool {
    let in_name = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].strip_suffix("./").unwrap_or(&line[..at]);
        let after = &line[at + path.len()..];
        !before.ends_with(|letter| in_name(letter) || letter == '/') && !after.starts_with(in_name)
    })
}

fn texts(root: &Path, folder: &Path, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(Path::new(".").join(root).join(folder)).into_iter().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    let is_wanted =
        |name: &&String| name.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending));
    let paths = names.iter().filter(is_wanted).map(|name| folder.join(name));
    paths.filter_map(|path| Some((path.clone(), terraform::text(&root.join(path))?))).collect()
}

/// Returns the lines without comments.
fn commands(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with('#') && !line.starts_with("//"))
}

fn runs_terraform(line: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '=');
    let is_tool = |word: &str| word.eq_ignore_ascii_case("terraform") || word == "tofu";
    words.any(is_tool) && words.any(|word| word == "apply" || word == "destroy")
}

/// Returns the project that a script passes to Terraform, if it is a literal or has a default.
fn project(text: &str) -> Option<String> {
    let value = commands(text).find_map(|line| {
        let line = line.replace(['"', '\''], "");
        let names = ["-var=project_name=", "-var project_name=", "-var=project=", "-var project="];
        let passed = names.iter().find_map(|name| Some(line.split_once(name)?.1.to_owned()));
        passed.or_else(|| variable(&line, "TF_VAR_project_name").map(str::to_owned))
    })?;
    let value = value.split_whitespace().next()?;
    let value = match value.strip_prefix('$') {
        None => value.to_owned(),
        Some(name) => default_of(text, name.trim_matches(['{', '}']))?,
    };
    value.parse::<ProjectName>().ok().map(|project| project.to_string())
}

/// Returns the default of a shell variable, `twin` in `NAME=${2:-twin}`, or of a parameter of a `PowerShell` script.
fn default_of(text: &str, name: &str) -> Option<String> {
    if let Some((_, default)) = name.split_once(":-") {
        return Some(default.to_owned());
    }
    commands(text).find_map(|line| {
        let value = variable(line.trim_start_matches("export "), name)?;
        let value = match value.strip_prefix("${") {
            Some(expansion) => expansion.split_once(":-")?.1.split('}').next()?,
            None => value,
        };
        let value = value.split(['"', '\'', ' ', ',', ')', ';']).next()?;
        (!value.is_empty() && !value.contains('$')).then(|| value.to_owned())
    })
}

/// Returns what a line assigns to a variable, without a quote in front.
fn variable<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (before, behind) = line.split_once(name)?;
    let is_start = before.is_empty() || before.ends_with('$') || before.ends_with(' ');
    let value = behind.trim_start().strip_prefix(['=', ':']).filter(|_| is_start)?;
    Some(value.trim_start().trim_start_matches(['"', '\'']))
}

/// Returns the regions of the lines that name one.
fn regions(text: &str) -> impl Iterator<Item = String> {
    let lines = commands(text).filter(|line| {
        let line = line.to_ascii_lowercase();
        line.contains("region") && !OTHER_REGIONS.iter().any(|other| line.contains(other))
    });
    let words = lines.flat_map(|line| {
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let words = words.map(|word| word.trim_matches('-')).filter(|word| looks_like_region(word));
        words.filter(move |word| !is_compared(line, word))
    });
    words.map(str::to_owned)
}

/// Returns whether a line only compares something with a word: `[ "$REGION" != "us-east-1" ]`.
fn is_compared(line: &str, word: &str) -> bool {
    const OPERATORS: [&str; 7] = ["==", "!=", "=~", " -eq", " -ne", " -ceq", " -cne"];
    let Some((before, after)) = line.split_once(word) else { return false };
    let is_space = |c: char| c.is_whitespace() || "\"'`".contains(c);
    let (before, after) = (before.trim_end_matches(is_space), after.trim_start_matches(is_space));
    // In a shell, `=` compares between brackets, if there is a space before it.
    let is_test = before.ends_with(" =") && (before.contains("[ ") || before.contains("test "));
    let is_operand = |operator: &str| before.ends_with(operator) || after.starts_with(operator.trim_start());
    is_test || OPERATORS.into_iter().any(is_operand)
}

/// Returns whether a word has the form of a region, `eu-west-1`, so that other words with hyphens are not taken for one.
fn looks_like_region(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let is_number =
        parts.last().is_some_and(|last| last.len() == 1 && last.chars().all(|c| c.is_ascii_digit()));
    (3..=4).contains(&parts.len()) && parts[0].len() == 2 && is_number && word.parse::<Region>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOY: &str = "#!/bin/bash\nset -e\nENVIRONMENT=${1:-dev}\nPROJECT_NAME=${2:-weaver}\n\
        AWS_REGION=${DEFAULT_AWS_REGION:-eu-west-1}\n# terraform apply in us-west-1\n\
        terraform init -backend-config=\"region=us-east-2\"\n\
        aws acm list-certificates --region us-east-1\n\
        terraform apply -var=\"project_name=$PROJECT_NAME\" -var=\"environment=$ENVIRONMENT\" -auto-approve\n";

    fn read(files: &[(&str, &str)]) -> Pipeline {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Pipeline::read(root.path())
    }

    fn values(found: &[FoundValue]) -> Vec<(&str, &str)> {
        found.iter().map(|found| (found.value.as_str(), found.file.to_str().unwrap())).collect()
    }

    #[test]
    fn scripts_that_apply_terraform_and_workflows_that_run_them_are_found() {
        let read = read(&[
            ("scripts/deploy.sh", DEPLOY),
            ("scripts/lint.sh", "terraform fmt -check\n# terraform apply\n"),
            (
                ".github/workflows/ship.yml",
                "jobs:\n  a:\n    steps:\n      - run: ./scripts/deploy.sh prod\n      - with:\n          aws-region: eu-west-1\n",
            ),
            (".github/workflows/test.yml", "jobs: {}\n"),
        ]);
        let files: Vec<_> = read.files.iter().map(|file| file.to_str().unwrap()).collect();
        assert_eq!(files, ["scripts/deploy.sh", ".github/workflows/ship.yml"]);
        assert_eq!(values(&read.projects), [("weaver", "scripts/deploy.sh")]);
        let regions = [("eu-west-1", "scripts/deploy.sh"), ("eu-west-1", ".github/workflows/ship.yml")];
        assert_eq!(values(&read.regions), regions, "neither comments nor certificates nor Terraform's state");
    }

    #[test]
    fn regions_that_are_only_compared_with_do_not_count() {
        for (line, expected) in [
            ("if [ \"$AWS_REGION\" = \"us-east-1\" ]; then", None),
            ("if [[ \"$AWS_REGION\" != us-east-1 ]]; then", None),
            ("if ($awsRegion -eq \"us-east-1\") {", None),
            ("if: env.AWS_REGION == 'us-east-1'", None),
            ("if region != \"us-east-1\":", None),
            ("AWS_REGION=eu-west-1", Some("eu-west-1")),
            ("$awsRegion = if ($env:REGION) { $env:REGION } else { \"eu-west-1\" }", Some("eu-west-1")),
            ("AWS_REGION = \"eu-west-1\"", Some("eu-west-1")),
            ("aws s3 mb s3://x --region eu-west-1", Some("eu-west-1")),
        ] {
            assert_eq!(regions(line).next().as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn workflows_of_the_repository_that_name_the_folder_of_the_twin_are_found() {
        let root = tempfile::tempdir().unwrap();
        let twin = root.path().join("apps/twin");
        for folder in [".git", ".github/workflows", "apps/twin/scripts"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let apply =
            |folder: &str| format!("env:\n  AWS_REGION: eu-west-1\n- run: cd {folder} && terraform apply\n");
        fs::write(root.path().join(".github/workflows/twin.yml"), apply("apps/twin/terraform")).unwrap();
        fs::write(root.path().join(".github/workflows/shop.yml"), apply("apps/twin-shop")).unwrap();
        fs::write(twin.join("scripts/deploy.sh"), "terraform apply\n").unwrap();
        let expected = [PathBuf::from("scripts/deploy.sh"), "../../.github/workflows/twin.yml".into()];
        assert_eq!(Pipeline::read(&twin).files, expected);
        fs::create_dir(twin.join(".git")).unwrap();
        assert_eq!(Pipeline::read(&twin).files, expected[..1], "it is a repository of its own");
    }

    #[test]
    fn the_project_is_found_in_every_form() {
        for (text, expected) in [
            ("terraform apply -var=\"project_name=weaver\"", Some("weaver")),
            ("P=\"${2:-weaver}\"\nterraform apply -var 'project_name=${P}'", Some("weaver")),
            ("terraform apply -var=project_name=${P:-weaver}", Some("weaver")),
            ("export TF_VAR_project_name=weaver\nterraform apply", Some("weaver")),
            ("env:\n  TF_VAR_project_name: weaver\n  run: terraform apply", Some("weaver")),
            (
                "param([string]$Project = \"weaver\")\nterraform apply \"-var=project_name=$Project\"",
                Some("weaver"),
            ),
            ("terraform apply -var=project_name=$1", None),
            ("P=$(basename $PWD)\nterraform apply -var=project_name=$P", None),
            ("terraform apply", None),
        ] {
            assert_eq!(project(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn only_commands_that_change_resources_count() {
        for line in [
            "terraform apply",
            "terraform -chdir=terraform apply -auto-approve",
            "tofu destroy",
            "CMD=(terraform apply)",
        ] {
            assert!(runs_terraform(line), "{line}");
        }
        for line in ["terraform plan", "echo apply terraform", "terraform output -json", "npm run apply"] {
            assert!(!runs_terraform(line), "{line}");
        }
    }
}
