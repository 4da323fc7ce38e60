//! Which resources of an environment the resources of Terraform become.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use serde_json::{Value, json};

use super::{super::yaml::Settings, ManagedResource};
use crate::spec::Names;

/// The place of a resource in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// It becomes this node, with this name.
    Node(&'static str, String),
    /// It is a setting of this node.
    PartOf(&'static str),
    /// twinctl does not manage it, for this reason.
    Outside(String),
}

/// A resource of Terraform, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapped {
    pub address: String,
    pub kind: String,
    pub place: Place,
}

/// All resources of a state, and their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub resources: Vec<Mapped>,
    pub names: Names,
    /// The region and the account of the function, if the state has them.
    pub region: Option<String>,
    pub account: Option<String>,
    /// The functions that could be the twin's. More than one cannot be taken over.
    pub functions: Vec<String>,
}

const MEMORY: &str = "memory bucket";
const DATA: &str = "data bucket";
const WEB: &str = "web bucket";
const FUNCTION: &str = "function";
const ROLE: &str = "role";
const API: &str = "api";
const LOG_GROUP: &str = "log group";
const DISTRIBUTION: &str = "distribution";
const DOMAIN: &str = "domain";

/// The variables by which the functions of existing twins find their buckets.
const MEMORY_VARIABLES: [&str; 3] = ["MEMORY_BUCKET", "S3_MEMORY_BUCKET", "S3_BUCKET"];
const DATA_VARIABLES: [&str; 3] = ["PERSONAL_DATA_BUCKET", "S3_PERSONA_BUCKET", "DATA_BUCKET"];

/// The settings of a node that are resources in Terraform: their type, the field that names the resource, and the node.
const PARTS: [(&str, &str, Part); 21] = [
    ("aws_s3_bucket_acl", "bucket", Part::Bucket),
    ("aws_s3_bucket_cors_configuration", "bucket", Part::Bucket),
    ("aws_s3_bucket_lifecycle_configuration", "bucket", Part::Bucket),
    ("aws_s3_bucket_ownership_controls", "bucket", Part::Bucket),
    ("aws_s3_bucket_policy", "bucket", Part::Bucket),
    ("aws_s3_bucket_public_access_block", "bucket", Part::Bucket),
    ("aws_s3_bucket_server_side_encryption_configuration", "bucket", Part::Bucket),
    ("aws_s3_bucket_versioning", "bucket", Part::Bucket),
    ("aws_s3_bucket_website_configuration", "bucket", Part::Bucket),
    ("aws_s3_object", "bucket", Part::Bucket),
    ("aws_iam_role_policy", "role", Part::Role),
    ("aws_iam_role_policy_attachment", "role", Part::Role),
    ("aws_lambda_alias", "function_name", Part::Function),
    ("aws_lambda_permission", "function_name", Part::Function),
    ("aws_lambda_function_event_invoke_config", "function_name", Part::Function),
    ("aws_apigatewayv2_integration", "api_id", Part::Api),
    ("aws_apigatewayv2_route", "api_id", Part::Api),
    ("aws_apigatewayv2_stage", "api_id", Part::Api),
    ("aws_apigatewayv2_deployment", "api_id", Part::Api),
    ("aws_cloudfront_origin_access_control", "", Part::Delivery),
    ("aws_cloudfront_origin_access_identity", "", Part::Delivery),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Bucket,
    Role,
    Function,
    Api,
    /// twinctl has its own.
    Delivery,
}

impl Mapping {
    /// `named` is the function that the environment file names.
    pub(crate) fn of(resources: &[ManagedResource], named: Option<&str>) -> Self {
        let of_kind =
            |kind: &str| resources.iter().filter(move |resource| resource.kind == kind).collect::<Vec<_>>();
        let functions = of_kind("aws_lambda_function");
        let is_twin = |function: &&&ManagedResource| match named {
            Some(_) if functions.len() > 1 => function.text("/function_name") == named,
            _ => functions.len() == 1 || bucket_variable(function, &MEMORY_VARIABLES).is_some(),
        };
        let candidates: Vec<_> = functions.iter().filter(is_twin).copied().collect();
        let twin = if let [twin] = candidates.as_slice() { Some(*twin) } else { None };
        let arn: Vec<&str> = twin.and_then(|twin| twin.text("/arn")).unwrap_or_default().split(':').collect();
        let part = |index: usize| arn.get(index).map(|part| (*part).to_owned());
        let found = candidates.iter().filter_map(|function| function.text("/function_name"));
        let functions = found.map(ToOwned::to_owned).collect();
        let mut mapping = Self { region: part(3), account: part(4), functions, ..Self::default() };
        let ids = Ids::of(resources, twin);
        let places = resources.iter().map(|resource| mapping.place(resource, &ids)).collect::<Vec<_>>();
        let mapped = |(resource, place): (&ManagedResource, Place)| Mapped {
            address: resource.address.clone(),
            kind: resource.kind.clone(),
            place,
        };
        mapping.resources = resources.iter().zip(places).map(mapped).collect();
        mapping
    }

    fn place(&mut self, resource: &ManagedResource, ids: &Ids<'_>) -> Place {
        let names = &mut self.names;
        match resource.kind.as_str() {
            "aws_s3_bucket" => {
                match resource.text("/bucket").and_then(|bucket| Some((ids.buckets.get(bucket)?, bucket))) {
                    Some((&MEMORY, name)) => named(&mut names.memory_bucket, MEMORY, name),
                    Some((&DATA, name)) => named(&mut names.data_bucket, DATA, name),
                    Some((_, name)) => named(&mut names.frontend_bucket, WEB, name),
                    None => outside("its purpose is unknown; to take it over, set it under `names:`"),
                }
            }
            "aws_lambda_function" if ids.is_function(resource.text("/function_name")) => {
                named(&mut names.function, FUNCTION, resource.text("/function_name").unwrap_or_default())
            }
            "aws_iam_role" if ids.role == resource.text("/arn") && ids.role.is_some() => {
                named(&mut names.role, ROLE, resource.text("/name").unwrap_or_default())
            }
            "aws_iam_role" if ids.shared_role == resource.text("/arn") && ids.shared_role.is_some() => {
                outside("another function uses it, too; twinctl creates a role")
            }
            "aws_apigatewayv2_api" if ids.api == resource.text("/id") && ids.api.is_some() => {
                named(&mut names.api, API, resource.text("/name").unwrap_or_default())
            }
            "aws_cloudwatch_log_group" if ids.log_group.as_deref() == resource.text("/name") => {
                named(&mut names.log_group, LOG_GROUP, resource.text("/name").unwrap_or_default())
            }
            "aws_cloudfront_distribution"
                if ids.distribution == resource.text("/id") && ids.distribution.is_some() =>
            {
                Place::Node(DISTRIBUTION, resource.text("/id").unwrap_or_default().to_owned())
            }
            "aws_route53_record" if ids.is_used_record(resource) => Place::PartOf(DOMAIN),
            kind => part_of(kind, resource, ids),
        }
    }

    /// Returns the fields to write under `names:`.
    pub(crate) fn settings(&self) -> Settings {
        let Names { frontend_bucket, memory_bucket, data_bucket, function, role, api, log_group } =
            &self.names;
        let mut settings = Settings::new();
        let mut set = |field: &str, name: Option<&dyn Display>| {
            settings.extend(name.map(|name| (format!("names.{field}"), name.to_string())));
        };
        set("frontend_bucket", frontend_bucket.as_ref().map(|name| name as _));
        set("memory_bucket", memory_bucket.as_ref().map(|name| name as _));
        set("data_bucket", data_bucket.as_ref().map(|name| name as _));
        set("function", function.as_ref().map(|name| name as _));
        set("role", role.as_ref().map(|name| name as _));
        set("api", api.as_ref().map(|name| name as _));
        set("log_group", log_group.as_ref().map(|name| name as _));
        settings
    }

    /// Returns the addresses that Terraform must forget, so that it does not delete or change what twinctl manages.
    pub(crate) fn retired(&self) -> impl Iterator<Item = &str> {
        let ours = self.resources.iter().filter(|mapped| !matches!(mapped.place, Place::Outside(_)));
        ours.map(|mapped| mapped.address.as_str())
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.resources.iter().map(Mapped::line).collect()
    }

    pub(crate) fn objects(&self) -> Vec<Value> {
        self.resources.iter().map(Mapped::object).collect()
    }
}

impl Mapped {
    fn line(&self) -> String {
        let becomes = match &self.place {
            Place::Node(node, name) => format!("becomes the {node} `{name}`"),
            Place::PartOf(node) => format!("becomes a setting of the {node}"),
            Place::Outside(reason) => format!("not taken over: {reason}"),
        };
        format!("{}: {becomes}", self.address)
    }

    fn object(&self) -> Value {
        let (resource, name, reason) = match &self.place {
            Place::Node(node, name) => (Some(*node), Some(name), None),
            Place::PartOf(node) => (Some(*node), None, None),
            Place::Outside(reason) => (None, None, Some(reason)),
        };
        json!({ "address": self.address, "type": self.kind, "resource": resource, "name": name, "reason": reason })
    }
}

fn outside(reason: &str) -> Place {
    Place::Outside(reason.to_owned())
}

/// Sets a name, unless it is not valid in an environment file or another resource has the role already.
fn named<W: FromStr<Err = crate::spec::InvalidValue>>(
    field: &mut Option<W>,
    node: &'static str,
    name: &str,
) -> Place {
    match name.parse::<W>() {
        Ok(_) if field.is_some() => outside(&format!("another one becomes the {node}")),
        Ok(parsed) => {
            *field = Some(parsed);
            Place::Node(node, name.to_owned())
        }
        Err(error) => {
            outside(&format!("twinctl cannot use the name `{name}`: it must be {}", error.expected))
        }
    }
}

fn part_of(kind: &str, resource: &ManagedResource, ids: &Ids<'_>) -> Place {
    let Some((_, field, part)) = PARTS.iter().find(|(known, ..)| *known == kind) else {
        return unmanaged(kind);
    };
    let name = resource.text(&format!("/{field}"));
    let node = match part {
        Part::Bucket => name.and_then(|bucket| ids.buckets.get(bucket).copied()),
        Part::Role => ids.role_name.filter(|_| ids.role_name == name).map(|_| ROLE),
        Part::Function => name.filter(|_| ids.is_function(name)).map(|_| FUNCTION),
        Part::Api => ids.api.filter(|_| ids.api == name).map(|_| API),
        Part::Delivery => return outside("twinctl creates its own; delete this one afterwards"),
    };
    node.map_or_else(|| outside("it belongs to a resource that is not taken over"), Place::PartOf)
}

fn unmanaged(kind: &str) -> Place {
    outside(match kind {
        "aws_acm_certificate"
        | "aws_acm_certificate_validation"
        | "aws_route53_record"
        | "aws_route53_zone" => {
            "twinctl manages certificate and DNS records of `domain:` itself (docs/domain.md)"
        }
        "aws_secretsmanager_secret" | "aws_secretsmanager_secret_version" | "aws_ssm_parameter" => {
            "keys are not taken over: store them with `twinctl secret set`"
        }
        "aws_dynamodb_table" => "Terraform uses it for its locks; twinctl has its own table",
        "aws_iam_openid_connect_provider" => "`twinctl ci setup` uses the existing one",
        "aws_lambda_function" | "aws_iam_role" | "aws_apigatewayv2_api" | "aws_cloudwatch_log_group" => {
            "it does not belong to the twin's function"
        }
        "aws_cloudfront_distribution" => "its origin is not the bucket of the page",
        _ => "twinctl manages no resources of this type",
    })
}

/// The ids of the resources that become ours.
#[derive(Default)]
struct Ids<'r> {
    function: Option<&'r str>,
    function_arn: Option<&'r str>,
    role: Option<&'r str>,
    role_name: Option<&'r str>,
    /// The role of the twin's function, if another function needs its policies, too.
    shared_role: Option<&'r str>,
    api: Option<&'r str>,
    log_group: Option<String>,
    distribution: Option<&'r str>,
    /// The hostnames of the distribution, which `domain:` keeps.
    hosts: Vec<&'r str>,
    /// The buckets, with the nodes that they become.
    buckets: BTreeMap<&'r str, &'static str>,
}

impl<'r> Ids<'r> {
    fn of(resources: &'r [ManagedResource], twin: Option<&'r ManagedResource>) -> Self {
        let of_kind = |kind: &'static str| resources.iter().filter(move |resource| resource.kind == kind);
        let function = twin.and_then(|twin| twin.text("/function_name"));
        let role = twin.and_then(|twin| twin.text("/role"));
        let is_shared = of_kind("aws_lambda_function").filter(|each| each.text("/role") == role).count() > 1;
        let (role, shared_role) = if is_shared { (None, role) } else { (role, None) };
        let role_resource = of_kind("aws_iam_role").find(|each| role.is_some() && each.text("/arn") == role);
        let mut ids = Self {
            function,
            function_arn: twin.and_then(|twin| twin.text("/arn")),
            role,
            role_name: role_resource.and_then(|role| role.text("/name")),
            shared_role,
            log_group: twin.and_then(|twin| twin.text("/logging_config/0/log_group").map(ToOwned::to_owned)),
            ..Self::default()
        };
        ids.log_group = ids.log_group.or_else(|| function.map(|function| format!("/aws/lambda/{function}")));
        let integration = of_kind("aws_apigatewayv2_integration").find(|each| {
            let uri = each.text("/integration_uri").unwrap_or_default();
            let named = uri.split_once(":function:").and_then(|(_, name)| name.split(['/', ':']).next());
            function.is_some() && named == function
        });
        ids.api = integration.and_then(|integration| integration.text("/api_id"));
        let distribution_of = |bucket: &str| {
            let reads = |each: &&ManagedResource| {
                let mut origins = each.values_of("origin", "domain_name");
                origins.any(|host| host.strip_prefix(bucket).is_some_and(|rest| rest.starts_with(".s3")))
            };
            of_kind("aws_cloudfront_distribution").find(reads)
        };
        let buckets: Vec<_> = of_kind("aws_s3_bucket").filter_map(|bucket| bucket.text("/bucket")).collect();
        // A bucket with a website that no distribution reads redirects to another hostname.
        let is_delivered = buckets.iter().any(|bucket| distribution_of(bucket).is_some());
        for bucket in buckets {
            let distribution = distribution_of(bucket);
            let has_website = !is_delivered
                && of_kind("aws_s3_bucket_website_configuration")
                    .any(|website| website.text("/bucket") == Some(bucket));
            let node = bucket_node(bucket, twin, distribution.is_some() || has_website);
            // The first bucket becomes the web bucket.
            if node == Some(WEB) && !ids.buckets.values().any(|known| *known == WEB) {
                ids.distribution = distribution.and_then(|each| each.text("/id"));
                ids.hosts = distribution.map(ManagedResource::aliases).unwrap_or_default();
            }
            ids.buckets.extend(node.map(|node| (bucket, node)));
        }
        ids
    }

    /// Returns whether twinctl continues to use a DNS record: it is for a hostname of the page, or proves to ACM that the
    /// account controls one. ACM requires the same proof for each certificate of an account.
    fn is_used_record(&self, record: &ManagedResource) -> bool {
        let name = record.text("/fqdn").or_else(|| record.text("/name")).unwrap_or_default();
        let name = name.trim_end_matches('.');
        let is_proof = record.strings("records").any(|value| value.contains(".acm-validations.aws"));
        let proven = name.split_once('.').filter(|_| is_proof).map(|(_, host)| host);
        self.hosts.iter().any(|host| *host == name || proven == Some(host))
    }

    /// Permissions name the function by its name or its ARN.
    fn is_function(&self, name: Option<&str>) -> bool {
        name.is_some() && (name == self.function || name == self.function_arn)
    }
}

/// Returns the node that a bucket becomes: by the settings that use it, else by its name.
fn bucket_node(bucket: &str, twin: Option<&ManagedResource>, is_page: bool) -> Option<&'static str> {
    let is_in = |variables: &[&str]| twin.and_then(|twin| bucket_variable(twin, variables)) == Some(bucket);
    let is_named = |words: &[&str]| words.iter().any(|word| bucket.contains(word));
    if is_page {
        Some(WEB)
    } else if is_in(&MEMORY_VARIABLES) {
        Some(MEMORY)
    } else if is_in(&DATA_VARIABLES) {
        Some(DATA)
    } else if is_named(&["memory", "conversation"]) {
        Some(MEMORY)
    } else if is_named(&["frontend", "website"]) {
        Some(WEB)
    } else {
        is_named(&["persona", "-data"]).then_some(DATA)
    }
}

/// Returns the bucket in the first of these variables of a function that is set.
fn bucket_variable<'f>(function: &'f ManagedResource, variables: &[&str]) -> Option<&'f str> {
    variables.iter().find_map(|name| function.text(&format!("/environment/0/variables/{name}")))
}

#[cfg(test)]
mod tests;
