//! `local`: the settings of a local twin.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value as Json, json};

use crate::spec::environment::Local;
use crate::spec::error::SpecError;
use crate::spec::fields::{Fields, Section};
use crate::spec::kinds::Whole;
use crate::spec::rules::InvalidValue;
use crate::spec::shape::{Shape, word};
use crate::spec::tree::Node;
use crate::spec::words::ProjectPath;

const PORT: u16 = 8080;
const CONVERSATIONS_PER_DAY: u16 = 2_000;
const QUESTIONS_PER_DAY: u16 = 500;

impl Section for Local {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            host: fields.with_default::<IpAddr, _>(
                "host",
                "The address to listen on; 0.0.0.0 accepts requests from your network",
                IpAddr::V4(Ipv4Addr::LOCALHOST),
            ),
            port: fields.with_default::<Whole<1, 65_535>, _>("port", "The port to listen on", PORT),
            next_free_port: fields.with_default::<bool, _>(
                "next_free_port",
                "Whether to use the next free port if `port` is in use",
                false,
            ),
            data: fields
                .optional::<ProjectPath>("data", "The folder that your data files are copied to")
                .map(Into::into),
            memory: fields.optional::<ProjectPath>("memory", "The folder for conversations").map(Into::into),
            allowed_hosts: fields.list(
                "allowed_hosts",
                "Additional hostnames to accept, for example those of a reverse proxy",
            ),
            conversations_per_day: fields.with_default::<Whole<1, 65_535>, _>(
                "conversations_per_day",
                "How many new conversations are stored in a day",
                CONVERSATIONS_PER_DAY,
            ),
            questions_per_day: fields.with_default::<Whole<1, 65_535>, _>(
                "questions_per_day",
                "How many new unanswered questions are stored in a day",
                QUESTIONS_PER_DAY,
            ),
            trusted_proxies: fields.list(
                "trusted_proxies",
                "Addresses of reverse proxies, whose `X-Forwarded-For` header contains the visitor's address",
            ),
            service: fields.optional("service", "Whether systemd starts the twin at login and after a crash"),
        })
    }
}

impl Shape for IpAddr {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        word(node, errors, |text| {
            text.parse().map_err(|_| InvalidValue {
                message: format!("invalid IP address `{text}`"),
                expected: "an IP address like `127.0.0.1` or `0.0.0.0`".to_owned(),
                help: (text == "localhost").then(|| "write `127.0.0.1`".to_owned()),
            })
        })
    }

    fn schema() -> Json {
        json!({ "type": "string" })
    }
}
