//! The resources that Terraform manages, from its state or from the output of `terraform show -json`.

mod mapping;

use serde_json::Value;

pub(crate) use mapping::Mapping;

/// A resource that Terraform manages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ManagedResource {
    pub address: String,
    pub kind: String,
    values: Value,
}

/// Why a text has no resources.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotReadable {
    #[error("it is not JSON ({0})")]
    NotJson(String),
    #[error("it is neither a Terraform state nor the output of `terraform show -json`")]
    Unknown,
    #[error(
        "its format version is {0}, but twinctl reads only version 4; use the output of `terraform show -json` instead"
    )]
    Version(u64),
    #[error("the state is in the S3 backend: pass `--from s3://{0}`")]
    InBackend(String),
}

impl ManagedResource {
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.values.pointer(path)?.as_str().filter(|text| !text.is_empty())
    }

    fn values_of<'v>(&'v self, list: &str, field: &'v str) -> impl Iterator<Item = &'v str> {
        let all = self.values.get(list).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(move |each| each.get(field)?.as_str())
    }

    /// Returns the texts of a list.
    fn strings(&self, list: &str) -> impl Iterator<Item = &str> {
        self.values.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// Returns the hostnames of a distribution.
    fn aliases(&self) -> Vec<&str> {
        self.strings("aliases").collect()
    }
}

/// Reads the managed resources of all modules.
pub(crate) fn read(text: &str) -> Result<Vec<ManagedResource>, NotReadable> {
    let root: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| NotReadable::NotJson(error.to_string()))?;
    if let Some(values) = root.get("values").or_else(|| root.pointer("/prior_state/values")) {
        let mut all = Vec::new();
        of_module(&values["root_module"], &mut all);
        return Ok(all);
    }
    match (root["version"].as_u64(), root["resources"].as_array()) {
        (Some(4), Some(resources)) => Ok(resources.iter().flat_map(instances).collect()),
        (Some(version), _) if version != 4 && root.get("terraform_version").is_some() => {
            Err(NotReadable::Version(version))
        }
        _ => Err(backend(&root).map_or(NotReadable::Unknown, NotReadable::InBackend)),
    }
}

/// Returns bucket and key of the S3 backend that `.terraform/terraform.tfstate` names instead of resources.
fn backend(root: &Value) -> Option<String> {
    let config = root.pointer("/backend/config")?;
    Some(format!("{}/{}", config["bucket"].as_str()?, config["key"].as_str()?))
}

fn of_module(module: &Value, all: &mut Vec<ManagedResource>) {
    let list = |name: &str| module[name].as_array().into_iter().flatten();
    let is_current =
        |resource: &&Value| resource["mode"] == "managed" && resource.get("deposed_key").is_none();
    let managed = list("resources").filter(is_current);
    all.extend(managed.filter_map(|resource| {
        Some(ManagedResource {
            address: resource["address"].as_str()?.to_owned(),
            kind: resource["type"].as_str()?.to_owned(),
            values: resource["values"].clone(),
        })
    }));
    list("child_modules").for_each(|module| of_module(module, all));
}

/// Returns the instances of a resource in a state. Deposed instances are those that Terraform is about to delete.
fn instances(resource: &Value) -> impl Iterator<Item = ManagedResource> {
    let managed = resource["mode"] == "managed";
    let (kind, name) =
        (resource["type"].as_str().unwrap_or_default(), resource["name"].as_str().unwrap_or_default());
    let module = resource["module"].as_str().map(|module| format!("{module}.")).unwrap_or_default();
    let instances = resource["instances"].as_array().into_iter().flatten();
    let current = instances.filter(move |instance| managed && instance.get("deposed").is_none());
    current.map(move |instance| {
        let index = match &instance["index_key"] {
            Value::String(key) => format!("[{}]", Value::from(key.as_str())),
            Value::Number(number) => format!("[{number}]"),
            _ => String::new(),
        };
        ManagedResource {
            address: format!("{module}{kind}.{name}{index}"),
            kind: kind.to_owned(),
            values: instance["attributes"].clone(),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn addresses(text: &str) -> Result<Vec<String>, NotReadable> {
        Ok(read(text)?.into_iter().map(|resource| resource.address).collect())
    }

    #[test]
    fn a_tfstate_file_and_the_output_of_show_have_the_same_resources() {
        let bucket = json!({ "bucket": "ada-memory" });
        let state = json!({
            "version": 4, "terraform_version": "1.9.0", "resources": [
                { "mode": "data", "type": "aws_caller_identity", "name": "me", "instances": [{ "attributes": {} }] },
                { "mode": "managed", "type": "aws_s3_bucket", "name": "memory", "instances": [{ "attributes": bucket }] },
                { "mode": "managed", "type": "aws_route53_record", "name": "www", "module": "module.dns[\"a\"]",
                  "instances": [{ "index_key": 0, "attributes": {} }, { "index_key": "x", "attributes": {} },
                                { "deposed": "1", "attributes": {} }] },
            ],
        });
        let of_module = |address: &str| json!({ "address": address, "mode": "managed", "type": "aws_route53_record", "values": {} });
        let show = json!({ "format_version": "1.0", "values": { "root_module": {
            "resources": [
                { "address": "data.aws_caller_identity.me", "mode": "data", "type": "aws_caller_identity", "values": {} },
                { "address": "aws_s3_bucket.memory", "mode": "managed", "type": "aws_s3_bucket", "values": bucket },
            ],
            "child_modules": [{ "resources": [
                of_module("module.dns[\"a\"].aws_route53_record.www[0]"),
                of_module("module.dns[\"a\"].aws_route53_record.www[\"x\"]"),
            ] }],
        } } });
        let read = read(&state.to_string()).unwrap();
        assert_eq!(read[0].text("/bucket"), Some("ada-memory"));
        assert_eq!(addresses(&state.to_string()), addresses(&show.to_string()));
        assert_eq!(
            addresses(&state.to_string()).unwrap(),
            [
                "aws_s3_bucket.memory",
                "module.dns[\"a\"].aws_route53_record.www[0]",
                "module.dns[\"a\"].aws_route53_record.www[\"x\"]"
            ]
        );
    }

    #[test]
    fn other_files_are_refused_with_the_reason() {
        let backend = json!({ "version": 3, "backend": { "type": "s3", "config": { "bucket": "b", "key": "twin/dev" } } });
        assert_eq!(addresses(&backend.to_string()), Err(NotReadable::InBackend("b/twin/dev".to_owned())));
        assert_eq!(addresses("{}"), Err(NotReadable::Unknown));
        assert_eq!(
            addresses("{\"version\": 3, \"terraform_version\": \"0.11.0\", \"modules\": []}"),
            Err(NotReadable::Version(3))
        );
        assert!(matches!(addresses("resource \"x\" {}"), Err(NotReadable::NotJson(_))));
    }
}
