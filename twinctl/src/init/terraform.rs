//! Settings of an existing twin, translated from Terraform files to fields of an environment file.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use translate::Translated;

use super::{
    hcl::{self, Value, Values},
    yaml::Settings,
};

mod translate;

/// Maximum size of a Terraform file that is read, far above a hand-written one.
const LARGEST: u64 = 64 * 1024;

/// The settings read from a folder of Terraform files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terraform {
    /// The files that contained known variables.
    pub files: Vec<PathBuf>,
    /// Settings of all environments.
    pub base: Settings,
    /// Settings of environments with a file of their own, including those of `base`.
    pub environments: BTreeMap<String, Settings>,
    /// The OpenAI model, which is used for the local twin only.
    pub openai: Option<String>,
    /// Values that cannot be taken over, each with the reason.
    pub not_taken_over: Vec<String>,
}

/// Reads the files of `folder`. Returns `None` if they contain no known variables.
pub(super) fn read(root: &Path, folder: &Path) -> Option<Terraform> {
    let mut files_read = Vec::new();
    let mut environments: BTreeMap<String, Values> = BTreeMap::new();
    let mut base = Values::new();
    // In Terraform's order: later files override earlier ones.
    let mut invalid = Vec::new();
    for (file, text) in files(&root.join(folder)) {
        let values = if file == "variables.tf" { hcl::defaults(&text) } else { hcl::assignments(&text) };
        let values = match values {
            Ok(values) => values,
            Err(why) => {
                invalid.push(format!("{}: {why}", folder.join(&file).display()));
                continue;
            }
        };
        let of_all =
            ["variables.tf", "terraform.tfvars"].contains(&file.as_str()) || file.ends_with(".auto.tfvars");
        let name = file.strip_suffix(".tfvars").filter(|_| !of_all);
        if !values.keys().any(|variable| translate::is_known(variable)) {
            continue;
        }
        files_read.push(folder.join(&file));
        match name {
            None => base.extend(values),
            Some(name) => {
                let environment = environment_of(&values).unwrap_or(name).to_owned();
                let mut whole = base.clone();
                whole.extend(values);
                environments.insert(environment, whole);
            }
        }
    }
    if files_read.is_empty() {
        return None;
    }
    let mut terraform = Terraform { files: files_read, not_taken_over: invalid, ..Terraform::default() };
    terraform.base = terraform.translate(&base);
    for (environment, values) in environments {
        let settings = terraform.translate(&values);
        terraform.environments.insert(environment, settings);
    }
    terraform.not_taken_over.sort();
    terraform.not_taken_over.dedup();
    Some(terraform)
}

impl Terraform {
    /// Returns the settings of all environments as text.
    pub(super) fn text(&self) -> String {
        let settings = self.base.iter().map(|(path, value)| format!("{path} {value}"));
        settings.collect::<Vec<_>>().join(", ")
    }

    /// Translates variables. Stores the OpenAI model and the values that cannot be taken over.
    fn translate(&mut self, values: &Values) -> Settings {
        let Translated { settings, openai, not_taken_over } = translate::all(values);
        self.openai = openai.or(self.openai.take());
        self.not_taken_over.extend(not_taken_over);
        settings
    }
}

fn environment_of(values: &Values) -> Option<&str> {
    match values.get("environment")? {
        Value::Text(name) => Some(name),
        _ => None,
    }
}

/// Returns names and contents, in order of increasing precedence.
fn files(folder: &Path) -> Vec<(String, String)> {
    let rank = |name: &str| match name {
        "variables.tf" => Some(0),
        "terraform.tfvars" => Some(1),
        _ if name.ends_with(".auto.tfvars") => Some(2),
        _ => name.ends_with(".tfvars").then_some(3),
    };
    let mut files: Vec<(u8, String, String)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some((rank(&name)?, text(&folder.join(&name))?, name)))
        .map(|(rank, text, name)| (rank, name, text))
        .collect();
    files.sort();
    files.into_iter().map(|(_, name, text)| (name, text)).collect()
}

fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    fs::File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARIABLES: &str = r#"
variable "project_name" {
  type = string
}
variable "bedrock_model_id" {
  default = "amazon.nova-micro-v1:0"
}
variable "lambda_timeout" {
  default = 60
}
variable "api_throttle_burst_limit" {
  default = 10
}
variable "api_throttle_rate_limit" {
  default = 5
}
variable "use_custom_domain" {
  default = false
}
"#;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("terraform")).unwrap();
        for (name, text) in files {
            fs::write(root.path().join("terraform").join(name), text).unwrap();
        }
        root
    }

    fn read_from(files: &[(&str, &str)]) -> Option<Terraform> {
        read(folder(files).path(), Path::new("terraform"))
    }

    #[test]
    fn files_override_each_other_in_terraforms_order() {
        let read = read_from(&[
            ("variables.tf", VARIABLES),
            (
                "terraform.tfvars",
                "project_name = \"ada\"\nenvironment = \"dev\"\napi_throttle_rate_limit = 8\n",
            ),
            (
                "prod.tfvars",
                "project_name = \"ada\"\nenvironment = \"prod\"\nbedrock_model_id = \"amazon.nova-pro-v1:0\"\n\
                 api_throttle_burst_limit = 20\nuse_custom_domain = true\nroot_domain = \"ada.example\"\n",
            ),
            ("main.tf", "resource \"aws_s3_bucket\" \"a\" {}\n"),
            (".terraform.lock.hcl", "x = 1\n"),
        ]);
        insta::assert_debug_snapshot!(read.unwrap());
    }

    #[test]
    fn values_that_cannot_be_taken_over_are_reported_with_the_reason() {
        let read = read_from(&[(
            "terraform.tfvars",
            "project_name = \"My Twin\"\nopenai_model = \"gpt-4o\"\nopenai_api_key = \"sk-secret\"\n\
             groq_api_key = \"\"\nlambda_timeout = 900\nmemory_size = 64\nbedrock_model_id = \"nova\"\n\
             api_throttle_burst_limit = 5\napi_throttle_rate_limit = 10\naws_region = \"Frankfurt\"\n",
        )]);
        let read = read.unwrap();
        assert!(!format!("{read:?}").contains("sk-secret"));
        insta::assert_debug_snapshot!(read);
    }

    #[test]
    fn a_file_that_terraform_rejects_is_reported_with_the_line() {
        let read = read_from(&[("variables.tf", VARIABLES), ("prod.tfvars", "rate = 5\nlambda_timeout =\n")]);
        let reported = "terraform/prod.tfvars: line 2 is not valid HCL".to_owned();
        assert!(read.unwrap().not_taken_over.contains(&reported));
    }

    #[test]
    fn files_without_known_variables_are_ignored() {
        assert_eq!(
            read_from(&[("variables.tf", "variable \"vpc_cidr\" {\n  default = \"10.0.0.0/16\"\n}\n")]),
            None
        );
        assert_eq!(read_from(&[]), None);
        assert_eq!(read(Path::new("/nowhere"), Path::new("terraform")), None);
    }
}
