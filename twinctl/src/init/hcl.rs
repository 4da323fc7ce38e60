//! Values in Terraform files: assignments in a `.tfvars`, defaults of variables, and the region of the provider.

use std::collections::BTreeMap;

use hcl_edit::{
    expr::{Expression, TraversalOperator},
    parser::parse_body,
    structure::{Attribute, Body},
};

/// The literal values of one file, by name.
pub(super) type Values = BTreeMap<String, Value>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(String),
    Bool(bool),
}

impl Value {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Bool(yes) => yes.to_string(),
        }
    }

    /// Returns the value of an attribute, or `None` if it is not a literal but a list, a call, a reference.
    fn of(attribute: &Attribute) -> Option<Self> {
        match &attribute.value {
            Expression::String(text) => Some(Self::Text(text.value().clone())),
            Expression::Number(number) => Some(Self::Number(number.value().to_string())),
            Expression::Bool(yes) => Some(Self::Bool(*yes.value())),
            _ => None,
        }
    }
}

/// Reads `key = value` outside of blocks. Returns the reason if `text` is not valid HCL.
pub(super) fn assignments(text: &str) -> Result<Values, String> {
    let body = parse(text)?;
    let named = body.attributes().filter_map(|each| Some((each.key.to_string(), Value::of(each)?)));
    Ok(named.collect())
}

/// Reads `variable "name" { default = value }`. Returns the reason if `text` is not valid HCL.
pub(super) fn defaults(text: &str) -> Result<Values, String> {
    let body = parse(text)?;
    let named = body.get_blocks("variable").filter_map(|variable| {
        let name = variable.labels.first()?.as_str().to_owned();
        Some((name, Value::of(variable.body.get_attribute("default")?)?))
    });
    Ok(named.collect())
}

/// The region of the AWS provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProviderRegion {
    Literal(String),
    /// The variable that contains it.
    Variable(String),
}

/// Returns the region of the default AWS provider. One with an alias is for certificates of CloudFront.
pub(super) fn provider_region(text: &str) -> Option<ProviderRegion> {
    let body = parse(text).ok()?;
    let is_default = |labels: &[hcl_edit::structure::BlockLabel], body: &Body| {
        labels.first().is_some_and(|label| label.as_str() == "aws") && !body.has_attribute("alias")
    };
    let provider = body.get_blocks("provider").find(|block| is_default(&block.labels, &block.body))?;
    match &provider.body.get_attribute("region")?.value {
        Expression::String(text) => Some(ProviderRegion::Literal(text.value().clone())),
        Expression::Traversal(traversal) => match (&traversal.expr, traversal.operators.as_slice()) {
            (Expression::Variable(root), [operator]) if root.as_str() == "var" => match operator.value() {
                TraversalOperator::GetAttr(name) => Some(ProviderRegion::Variable(name.as_str().to_owned())),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Returns the region of the S3 backend, in which the state is.
pub(super) fn backend_region(text: &str) -> Option<String> {
    let body = parse(text).ok()?;
    let mut backends =
        body.get_blocks("terraform").flat_map(|terraform| terraform.body.get_blocks("backend"));
    let s3 = backends.find(|backend| backend.labels.first().is_some_and(|label| label.as_str() == "s3"))?;
    match &s3.body.get_attribute("region")?.value {
        Expression::String(text) => Some(text.value().clone()),
        _ => None,
    }
}

fn parse(text: &str) -> Result<Body, String> {
    let text = text.trim_start_matches('\u{feff}');
    parse_body(text).map_err(|error| format!("line {} is not valid HCL", error.location().line()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(values: &Values) -> Vec<String> {
        values.iter().map(|(name, value)| format!("{name}={value:?}")).collect()
    }

    #[test]
    fn literals_are_read_and_everything_else_is_skipped() {
        let text = r#"
# terraform/prod.tfvars
project_name             = "twin"   # a name
bedrock_model_id="eu.amazon.nova-pro-v1:0" // another comment
lambda_timeout           = 60
rate = 2.5
use_custom_domain        = true
/* root_domain = "commented.example"
   more */
escaped = "a \"quoted\" \u00e9\\ # no comment"
literal = "$${not} a reference"
reference = "${var.project_name}-x"
nested = "${lookup({ a = "b" }, "a")}"
negative = -1
sum = 1 + 2
cut = "short" == "short"
call = upper("x")
list = [
  "a",
  "b",
]
tags = { Owner = "Ada", inner = "no" }
script = <<-EOT
  project_name = "not this"
  "unbalanced {
  EOT
last = "read"
"#;
        insta::assert_debug_snapshot!(shown(&assignments(text).expect("valid")), @r###"
        [
            "bedrock_model_id=Text(\"eu.amazon.nova-pro-v1:0\")",
            "escaped=Text(\"a \\\"quoted\\\" é\\\\ # no comment\")",
            "lambda_timeout=Number(\"60\")",
            "last=Text(\"read\")",
            "literal=Text(\"${not} a reference\")",
            "negative=Number(\"-1\")",
            "project_name=Text(\"twin\")",
            "rate=Number(\"2.5\")",
            "use_custom_domain=Bool(true)",
        ]
        "###);
    }

    #[test]
    fn defaults_of_variables_are_read() {
        let text = r#"
variable "project_name" {
  description = "Name prefix"
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.project_name))
    default       = "not this"
  }
}
variable "lambda_timeout" {
  type = number
  default = 60
}
variable "short" { default = "yes" }
variable "nothing" {
  default = null
}
resource "aws_thing" "this" {
  default = "nor this"
}
locals {
  default = "nor that"
}
"#;
        let read = defaults(text).expect("valid");
        assert_eq!(shown(&read), ["lambda_timeout=Number(\"60\")", "short=Text(\"yes\")"]);
        assert_eq!(assignments(text), Ok(Values::new()));
    }

    #[test]
    fn the_region_of_the_default_provider_is_read() {
        let aliased = "provider \"aws\" {\n  alias  = \"us_east_1\"\n  region = \"us-east-1\"\n}\n";
        let literal = format!("{aliased}provider \"aws\" {{\n  region = \"ap-northeast-1\"\n}}\n");
        assert_eq!(provider_region(&literal), Some(ProviderRegion::Literal("ap-northeast-1".to_owned())));
        let variable = "provider \"aws\" {\n  region = var.aws_region\n}\n";
        assert_eq!(provider_region(variable), Some(ProviderRegion::Variable("aws_region".to_owned())));
        for other in [aliased, "provider \"aws\" {}", "provider \"aws\" {\n  region = local.x\n}\n", "a =\n"]
        {
            assert_eq!(provider_region(other), None, "{other}");
        }
    }

    #[test]
    fn the_region_of_the_s3_backend_is_read() {
        let backend =
            "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    region = \"eu-west-3\"\n  }\n}\n";
        assert_eq!(backend_region(backend).as_deref(), Some("eu-west-3"));
        assert_eq!(backend_region(&backend.replace("s3\"", "gcs\"")), None);
        assert_eq!(backend_region("terraform {\n  backend \"s3\" {}\n}\n"), None);
    }

    #[test]
    fn a_file_that_terraform_rejects_is_named_with_the_line() {
        assert_eq!(assignments("a = 1\nb =\n"), Err("line 2 is not valid HCL".to_owned()));
    }

    #[test]
    fn a_file_that_windows_marked_is_read() {
        let expected = Values::from([("a".to_owned(), Value::Bool(true))]);
        assert_eq!(assignments("\u{feff}a = true\r\n"), Ok(expected));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_without_a_panic(text in r#"([a-z_]{1,4}|[ \t]|\n|=|"|\\|\$\{|\}|\{|\[|\]|<<EOT|<<|#|//|/\*|\*/|é|[0-9.-]){0,60}"#) {
            let _ = assignments(&text);
            let _ = defaults(&text);
        }

        #[test]
        fn quoted_text_round_trips(text in r"[^\p{C}$%]{0,40}") {
            let written = format!("key = {}", serde_json::Value::from(text.as_str()));
            let expected = Values::from([("key".to_owned(), Value::Text(text))]);
            prop_assert_eq!(assignments(&written), Ok(expected));
        }
    }
}
