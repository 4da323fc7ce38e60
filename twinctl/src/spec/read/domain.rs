//! `domain`: a hostname, or a map of settings.

use serde_json::{Value as Json, json};

use crate::spec::environment::{Dns, Domain};
use crate::spec::error::SpecError;
use crate::spec::fields::{Fields, Section, read_section, schema};
use crate::spec::shape::{Choice, Shape};
use crate::spec::tree::{Node, Value};
use crate::spec::words::DomainName;

/// The maximum for one certificate.
const MOST_NAMES: usize = 10;

impl Shape for Domain {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        match &node.value {
            Value::Text(_) => DomainName::read(node, errors).map(Self::named),
            _ => read_section(node, errors),
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [DomainName::schema(), schema::<Self>()] })
    }
}

impl Choice for Dns {
    const WORDS: &'static [(&'static str, Self)] = &[("route53", Self::Route53), ("manual", Self::Manual)];
}

impl Section for Domain {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let name = fields.required("name", "The hostname of the page, like `chat.example.com`");
        let zone = fields.optional::<DomainName>(
            "zone",
            "The Route 53 hosted zone, like `example.com` [default: the longest match]",
        );
        let aliases = fields.list("aliases", "Additional hostnames of the page");
        let www_redirect = fields.with_default::<bool, _>(
            "www_redirect",
            "Whether to redirect `www.NAME` to NAME; if NAME starts with `www.`, the name without it is redirected",
            false,
        );
        let dns =
            fields.choice("dns", "`route53`: twinctl creates the DNS records; `manual`: you create them");
        let domain = Self { zone, aliases, www_redirect, dns, ..Self::named(name?) };
        domain.check(fields);
        Some(domain)
    }
}

impl Domain {
    fn check(&self, fields: &mut Fields<'_>) {
        if let Some(zone) = self.zone.as_ref().filter(|zone| !self.name.is_within(zone)) {
            let message = format!("`{}` is not in the zone `{zone}`", self.name);
            let help = format!("set a zone that `{}` ends with, or omit `zone`", self.name);
            fields.reject(&["zone"], message, "not a parent domain of the name", help);
        }
        let names = self.names();
        let duplicate = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name));
        if let Some((_, name)) = duplicate {
            let message = format!("duplicate hostname `{name}`");
            fields.reject(
                &["aliases", "www_redirect"],
                message,
                "second occurrence",
                "remove one of them".to_owned(),
            );
        }
        if names.len() > MOST_NAMES {
            let message = format!("too many hostnames for one certificate: {}", names.len());
            fields.reject(&["aliases"], message, &format!("at most {MOST_NAMES} in total"), None);
        }
    }
}
