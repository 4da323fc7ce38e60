//! How a twin runs on this machine.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value as Json, json};

use crate::spec::environment::Local;
use crate::spec::fields::{Fields, Section};
use crate::spec::kinds::Whole;
use crate::spec::mistake::Mistake;
use crate::spec::rules::Refusal;
use crate::spec::shape::{Shape, word};
use crate::spec::tree::Node;
use crate::spec::words::ProjectPath;

const PORT: u16 = 8080;

impl Section for Local {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            host: fields.or::<IpAddr, _>(
                "host",
                "The address to listen at; 0.0.0.0 lets your network in",
                IpAddr::V4(Ipv4Addr::LOCALHOST),
            ),
            port: fields.or::<Whole<1, { u16::MAX }>, _>("port", "The port to listen at", PORT),
            next_free_port: fields.or::<bool, _>(
                "next_free_port",
                "Take the next port where this one is taken",
                false,
            ),
            data: fields.optional::<ProjectPath>("data", "Where your files are copied to").map(Into::into),
            memory: fields.optional::<ProjectPath>("memory", "Where conversations are kept").map(Into::into),
            allowed_hosts: fields
                .list("allowed_hosts", "Names that it answers to, as a proxy in front of it passes them on"),
            service: fields.optional("service", "Let systemd start it at login and after a crash"),
        })
    }
}

impl Shape for IpAddr {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        word(node, mistakes, |text| {
            text.parse().map_err(|_| Refusal {
                message: format!("`{text}` is no address of a machine"),
                expected: "numbers, like `127.0.0.1` or `0.0.0.0`".to_owned(),
                help: (text == "localhost").then(|| "write `127.0.0.1`".to_owned()),
            })
        })
    }

    fn schema() -> Json {
        json!({ "type": "string" })
    }
}
