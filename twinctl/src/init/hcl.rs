//! Literal values in Terraform files: assignments in a `.tfvars`, defaults in a `variables.tf`.

use std::collections::BTreeMap;

mod token;

use token::{Token, tokens};

/// The literal values of one file, by name.
pub(super) type Values = BTreeMap<String, Value>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// A number, as written.
    Number(String),
    Bool(bool),
}

impl Value {
    /// Returns the value as text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Bool(yes) => yes.to_string(),
        }
    }
}

/// Reads `key = value` outside of blocks. Skips values that are not literals (lists, calls, references).
pub(super) fn assignments(text: &str) -> Values {
    collect(text, |inside, key| inside.is_empty().then(|| key.to_owned()))
}

/// Reads `variable "name" { default = value }`.
pub(super) fn defaults(text: &str) -> Values {
    collect(text, |inside, key| match inside {
        [variable] if key == "default" => variable.clone(),
        _ => None,
    })
}

/// Collects literal values. `name` maps the enclosing blocks and a key to a name, or to `None` to skip the value.
fn collect(text: &str, name: impl Fn(&[Option<String>], &str) -> Option<String>) -> Values {
    let tokens = tokens(text);
    let mut values = Values::new();
    let mut inside: Vec<Option<String>> = Vec::new();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        match (token, tokens.get(index + 1), tokens.get(index + 2)) {
            (Token::Word(key), Some(Token::Equals), Some(first)) => {
                let next = tokens.get(index + 3);
                let is_whole = matches!(next, None | Some(Token::LineEnd | Token::Close));
                if let (Some(value), Some(name), true) = (plain(first), name(&inside, key), is_whole) {
                    values.insert(name, value);
                }
                index += 2;
                continue;
            }
            (Token::Word(word), Some(Token::Text(label)), Some(Token::Open)) if word == "variable" => {
                inside.push(Some(label.clone()));
                index += 2;
            }
            (Token::Open, ..) => inside.push(None),
            (Token::Close, ..) => drop(inside.pop()),
            _ => {}
        }
        index += 1;
    }
    values
}

fn plain(token: &Token) -> Option<Value> {
    Some(match token {
        Token::Text(text) => Value::Text(text.clone()),
        Token::Word(word) if word == "true" => Value::Bool(true),
        Token::Word(word) if word == "false" => Value::Bool(false),
        Token::Word(word) if word.starts_with(|c: char| c.is_ascii_digit()) => Value::Number(word.clone()),
        _ => return None,
    })
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
        insta::assert_debug_snapshot!(shown(&assignments(text)), @r###"
        [
            "bedrock_model_id=Text(\"eu.amazon.nova-pro-v1:0\")",
            "escaped=Text(\"a \\\"quoted\\\" é\\\\ # no comment\")",
            "lambda_timeout=Number(\"60\")",
            "last=Text(\"read\")",
            "literal=Text(\"${not} a reference\")",
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
        let read = defaults(text);
        assert_eq!(shown(&read), ["lambda_timeout=Number(\"60\")", "short=Text(\"yes\")"]);
        assert_eq!(assignments(text), Values::new());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_without_a_panic(text in r#"([a-z_]{1,4}|[ \t]|\n|=|"|\\|\$\{|\}|\{|\[|\]|<<EOT|<<|#|//|/\*|\*/|é|[0-9.-]){0,60}"#) {
            assignments(&text);
            defaults(&text);
        }

        #[test]
        fn quoted_text_round_trips(text in r"[^\p{C}$%]{0,40}") {
            let written = format!("key = {}", serde_json::Value::from(text.as_str()));
            let expected = Values::from([("key".to_owned(), Value::Text(text))]);
            prop_assert_eq!(assignments(&written), expected);
        }
    }
}
