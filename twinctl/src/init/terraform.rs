//! Settings of an existing twin, translated from Terraform files to fields of an environment file.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use translate::Translated;

use super::{
    found_value::FoundValue,
    hcl::{self, ProviderRegion, Value, Values},
    yaml::Settings,
};

mod translate;

/// Maximum size of a Terraform file that is read, far above a hand-written one.
const LARGEST: u64 = 64 * 1024;

/// The settings read from a folder of Terraform files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terraform {
    /// The files of single environments.
    pub files: Vec<PathBuf>,
    /// Settings of all environments.
    pub base: Settings,
    /// The file of each of them.
    pub origins: BTreeMap<String, PathBuf>,
    /// The region of the AWS provider.
    pub region: Option<FoundValue>,
    /// Whether the provider itself contains its region, so that no script can change it.
    pub is_region_fixed: bool,
    /// The region of the S3 backend. Used if no other file has a region.
    pub backend_region: Option<FoundValue>,
    /// Settings of environments with a file of their own, including the settings of `base`.
    pub environments: BTreeMap<String, Settings>,
    /// The OpenAI model, which is used for the local twin only.
    pub openai: Option<String>,
    /// Values that cannot be taken over, each with the reason.
    pub not_taken_over: Vec<String>,
}

/// The variables of a folder, by the files that set them.
#[derive(Default)]
struct Variables {
    /// Whether any variable is known.
    is_known: bool,
    /// The files of single environments.
    files: Vec<PathBuf>,
    base: Values,
    /// The file of each variable in `base`.
    origins: BTreeMap<String, PathBuf>,
    environments: BTreeMap<String, Values>,
    provider: Option<(ProviderRegion, PathBuf)>,
    backend_region: Option<FoundValue>,
    invalid: Vec<String>,
}

/// Reads the files of `folder`. Returns `None` if they contain nothing that is known.
pub(super) fn read(root: &Path, folder: &Path) -> Option<Terraform> {
    let mut variables = Variables::default();
    // In Terraform's order: later files override earlier ones.
    for (file, text) in files(&root.join(folder)) {
        variables.add(folder, &file, &text);
    }
    let region = variables.region();
    if !variables.is_known && region.is_none() && variables.backend_region.is_none() {
        return None;
    }
    let is_region_fixed = matches!(variables.provider, Some((ProviderRegion::Literal(_), _)));
    let Variables { files, base, origins, environments, backend_region, invalid, .. } = variables;
    let mut terraform = Terraform {
        files,
        region,
        is_region_fixed,
        backend_region,
        not_taken_over: invalid,
        ..Terraform::default()
    };
    let origin = |(field, variable): (String, String)| Some((field, origins.get(&variable)?.clone()));
    terraform.origins = translate::all(&base).variables.into_iter().filter_map(origin).collect();
    terraform.base = terraform.translate(&base);
    for (environment, values) in environments {
        let settings = terraform.translate(&values);
        terraform.environments.insert(environment, settings);
    }
    terraform.not_taken_over.sort();
    terraform.not_taken_over.dedup();
    Some(terraform)
}

impl Variables {
    fn add(&mut self, folder: &Path, file: &str, text: &str) {
        let path = folder.join(file);
        let is_configuration = is_configuration(file);
        if is_configuration && let Some(region) = hcl::provider_region(text) {
            self.provider = Some((region, path.clone()));
        }
        if is_configuration && let Some(value) = hcl::backend_region(text) {
            self.backend_region = Some(FoundValue { value, file: path.clone() });
        }
        let values = if is_configuration { hcl::defaults(text) } else { hcl::assignments(text) };
        let values = match values {
            Ok(values) => values,
            Err(why) => return self.invalid.push(format!("{}: {why}", path.display())),
        };
        let is_known = values.keys().any(|variable| translate::is_known(variable));
        let of_all = is_configuration || file == "terraform.tfvars" || file.ends_with(".auto.tfvars");
        if of_all {
            self.origins.extend(values.keys().map(|variable| (variable.clone(), path.clone())));
            self.base.extend(values);
        } else if is_known {
            let name = file.strip_suffix(".tfvars").unwrap_or(file);
            let environment = environment_of(&values).unwrap_or(name).to_owned();
            let mut whole = self.base.clone();
            whole.extend(values);
            self.environments.insert(environment, whole);
            self.files.push(path);
        }
        self.is_known |= is_known;
    }

    fn region(&self) -> Option<FoundValue> {
        let (region, file) = self.provider.clone()?;
        match region {
            ProviderRegion::Literal(value) => Some(FoundValue { value, file }),
            ProviderRegion::Variable(name) => Some(FoundValue {
                value: self.base.get(&name)?.text(),
                file: self.origins.get(&name)?.clone(),
            }),
        }
    }
}

impl Terraform {
    /// Returns a setting of all environments, and its file.
    pub(super) fn found(&self, path: &str) -> Option<FoundValue> {
        Some(FoundValue { value: self.base.get(path)?.clone(), file: self.origins.get(path)?.clone() })
    }

    /// Translates variables. Stores the OpenAI model and the values that cannot be taken over.
    fn translate(&mut self, values: &Values) -> Settings {
        let Translated { settings, openai, not_taken_over, .. } = translate::all(values);
        self.openai = openai.or(self.openai.take());
        self.not_taken_over.extend(not_taken_over);
        settings
    }
}

fn is_configuration(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|ending| ending == "tf")
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
        _ if is_configuration(name) => Some(0),
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

pub(super) fn text(path: &Path) -> Option<String> {
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
    fn models_of_other_providers_are_reported() {
        let read = read_from(&[
            (
                "terraform.tfvars",
                "bedrock_model_id = \"amazon.nova-lite-v1:0\"\nopencode_go_model = \"deepseek-v4-flash\"\n",
            ),
            (
                "prod.tfvars",
                "lambda_timeout = 20\nembedding_model = \"titan\"\nopencode_go_model = \"deepseek-v4-flash\"\n",
            ),
        ]);
        let reported = read.unwrap().not_taken_over;
        assert_eq!(reported.len(), 1, "{reported:?}");
        assert!(reported[0].starts_with("`opencode_go_model = deepseek-v4-flash`: "), "{reported:?}");
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
