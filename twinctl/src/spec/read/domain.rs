//! A domain of one's own: a name alone, or all that there is to say of it.

use serde_json::{Value as Json, json};

use crate::spec::environment::{Dns, Domain};
use crate::spec::fields::{Fields, Section, read_section, schema};
use crate::spec::mistake::Mistake;
use crate::spec::shape::{Choice, Shape};
use crate::spec::tree::{Node, Value};
use crate::spec::words::DomainName;

/// As many as one certificate takes.
const MOST_NAMES: usize = 10;

impl Shape for Domain {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        match &node.value {
            Value::Text(_) => DomainName::read(node, mistakes).map(Self::named),
            _ => read_section(node, mistakes),
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
        let name = fields.required("name", "The name that visitors type, like `chat.example.com`");
        let zone = fields.optional::<DomainName>(
            "zone",
            "The hosted zone that holds it, like `example.com`; without it, the best match",
        );
        let aliases = fields.list("aliases", "Further names that lead to the same page");
        let www_redirect = fields.or::<bool, _>(
            "www_redirect",
            "`www.` before the name leads to it; where the name begins with `www.`, the name without it does",
            false,
        );
        let dns =
            fields.choice("dns", "Who writes the DNS records: `route53` by itself, or you, with `manual`");
        let domain = Self { zone, aliases, www_redirect, dns, ..Self::named(name?) };
        domain.check(fields);
        Some(domain)
    }
}

impl Domain {
    fn check(&self, fields: &mut Fields<'_>) {
        if let Some(zone) = self.zone.as_ref().filter(|zone| !self.name.is_within(zone)) {
            let message = format!("`{}` is not in the zone `{zone}`", self.name);
            let help = format!("name a zone that `{}` ends with, or leave `zone` out", self.name);
            fields.refuse(&["zone"], message, "the end of the name", help);
        }
        let names = self.names();
        let twice = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name));
        if let Some((_, name)) = twice {
            let message = format!("`{name}` is named twice");
            fields.refuse(
                &["aliases", "www_redirect"],
                message,
                "the second time",
                "keep one of the two".to_owned(),
            );
        }
        if names.len() > MOST_NAMES {
            let message = format!("{} names are too many for one certificate", names.len());
            fields.refuse(&["aliases"], message, &format!("at most {MOST_NAMES} in all"), None);
        }
    }
}
