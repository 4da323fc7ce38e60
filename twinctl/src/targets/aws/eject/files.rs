//! The files of a Terraform configuration.

use std::collections::BTreeMap;

use super::{
    hcl::{Resource, aligned, block, references, text},
    page::{CODE, SECRET},
};

const SECRET_FILE: &str = "secrets.auto.tfvars";
/// The version of the provider with which the tests plan a configuration.
const PROVIDER: &str = "~> 5.100";
const NOTHING: &str = "# The environment has no such resources.\n";

/// A Terraform configuration.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// The names of the written files, each with the resources that it describes.
    pub(crate) groups: Vec<(&'static str, Vec<Resource>)>,
    /// Existing resources and content that are not described.
    pub(crate) outside: Vec<String>,
    pub(super) account: String,
    pub(super) region: String,
    /// The code of the paths function, if the distribution uses it.
    pub(super) code: Option<String>,
    pub(super) origin_secret: Option<String>,
    pub(super) has_certificate: bool,
}

/// Returns the files by name. The list that git ignores contains the files with secrets.
pub(crate) fn files(configuration: &Configuration) -> BTreeMap<String, String> {
    let resources = || configuration.groups.iter().flat_map(|(_, resources)| resources);
    let references = references(resources());
    let group = |(name, resources): &(&'static str, Vec<Resource>)| {
        let blocks = resources.iter().map(|resource| resource.render(&references));
        // Also without resources, so that no file of an earlier `eject` describes some.
        let text = if resources.is_empty() { NOTHING.to_owned() } else { joined(blocks) };
        (format!("{name}.tf"), text)
    };
    let mut files: BTreeMap<_, _> = configuration.groups.iter().map(group).collect();
    let note =
        "# `terraform apply` imports the existing resources by these IDs. Delete this file afterwards.";
    let imports = joined(resources().map(Resource::import));
    files.insert("imports.tf".to_owned(), format!("{note}\n\n{imports}"));
    files.insert("terraform.tf".to_owned(), head(configuration));
    files.extend(configuration.code.clone().map(|code| (CODE.to_owned(), code)));
    files.insert(
        ".gitignore".to_owned(),
        format!(".terraform/\n*.tfstate\n*.tfstate.*\n*.zip\n{SECRET_FILE}\n"),
    );
    if let Some(secret) = &configuration.origin_secret {
        files.insert(SECRET_FILE.to_owned(), format!("{SECRET} = {}\n", text(secret)));
    }
    files
}

fn joined(blocks: impl Iterator<Item = String>) -> String {
    blocks.collect::<Vec<_>>().join("\n\n") + "\n"
}

/// Returns the versions, the providers and the variable.
fn head(configuration: &Configuration) -> String {
    let attribute = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let aws = aligned(&[attribute("source", "\"hashicorp/aws\""), attribute("version", &text(PROVIDER))]);
    let aws = format!("aws = {{\n  {}\n}}", aws.replace('\n', "\n  "));
    let version = attribute("required_version", "\">= 1.5\"");
    let terraform = format!("{}\n\n{}", aligned(&[version]), block("required_providers", &aws));
    let provider = |more: &[(String, String)], region: &str| {
        let region = attribute("region", &text(region));
        let accounts = attribute("allowed_account_ids", &format!("[{}]", text(&configuration.account)));
        let all: Vec<_> = more.iter().cloned().chain([region, accounts]).collect();
        block("provider \"aws\"", &aligned(&all))
    };
    let mut blocks = vec![block("terraform", &terraform), provider(&[], &configuration.region)];
    if configuration.has_certificate {
        let alias = attribute("alias", "\"us_east_1\"");
        let note = "# CloudFront uses certificates of this region only.";
        blocks.push(format!("{note}\n{}", provider(&[alias], "us-east-1")));
    }
    if configuration.origin_secret.is_some() {
        let description = text("The distribution sends it to the function, which refuses all other requests");
        let body = aligned(&[attribute("description", &description), attribute("type", "string")]);
        blocks.push(block(&format!("variable {}", text(SECRET)), &body));
    }
    joined(blocks.into_iter())
}
