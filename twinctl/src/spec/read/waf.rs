//! `waf`: a web application firewall.

use serde_json::Value as Json;

use crate::spec::environment::Waf;
use crate::spec::error::SpecError;
use crate::spec::fields::{Fields, Section, read_section, schema};
use crate::spec::shape::Shape;
use crate::spec::tree::Node;

maps!(Waf);

impl Section for Waf {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            arn: fields.required("arn", "The ARN of the web ACL that CloudFront asks about each request")?,
        })
    }
}
