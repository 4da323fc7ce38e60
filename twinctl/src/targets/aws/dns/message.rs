//! Encodes DNS queries and parses responses.

use std::net::{Ipv4Addr, Ipv6Addr};

use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE, rdata::RData};

use super::{DnsRecord, LookupError, RecordType, normalize_name};

/// The content of a response message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Response {
    Records(Vec<DnsRecord>),
    /// The response does not fit into a datagram. The query must be repeated over TCP.
    Truncated,
    /// The message does not belong to the query.
    Unrelated,
}

pub(super) fn query(id: u16, name: &str, kind: RecordType) -> Result<Vec<u8>, LookupError> {
    let kind = match kind {
        RecordType::A => TYPE::A,
        RecordType::Aaaa => TYPE::AAAA,
        RecordType::Caa => TYPE::CAA,
        RecordType::Cname => TYPE::CNAME,
        RecordType::Ns => TYPE::NS,
    };
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let invalid = |error| LookupError(format!("invalid DNS name `{name}`: {error}"));
    let name = Name::new(name).map_err(invalid)?;
    packet.questions.push(Question::new(name, QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN), false));
    packet.build_bytes_vec().map_err(invalid)
}

pub(super) fn parse(id: u16, bytes: &[u8]) -> Result<Response, LookupError> {
    let Ok(packet) = Packet::parse(bytes) else { return Ok(Response::Unrelated) };
    if packet.id() != id || !packet.has_flags(PacketFlag::RESPONSE) {
        return Ok(Response::Unrelated);
    }
    if packet.has_flags(PacketFlag::TRUNCATION) {
        return Ok(Response::Truncated);
    }
    match packet.rcode() {
        RCODE::NoError | RCODE::NameError => {
            Ok(Response::Records(packet.answers.iter().filter_map(|answer| record(&answer.rdata)).collect()))
        }
        code => Err(LookupError(format!("the name server returned `{code:?}`"))),
    }
}

fn record(data: &RData<'_>) -> Option<DnsRecord> {
    Some(match data {
        RData::A(a) => DnsRecord::Address(Ipv4Addr::from(a.address).into()),
        RData::AAAA(aaaa) => DnsRecord::Address(Ipv6Addr::from(aaaa.address).into()),
        RData::CNAME(alias) => DnsRecord::Cname(normalize_name(&alias.0.to_string())),
        RData::NS(server) => DnsRecord::Ns(normalize_name(&server.0.to_string())),
        RData::CAA(caa) => DnsRecord::Caa {
            tag: caa.tag.to_string().to_ascii_lowercase(),
            value: String::from_utf8_lossy(&caa.value).trim_matches('"').to_owned(),
        },
        _ => return None,
    })
}
