//! A question as it is sent, and an answer as it is understood.

use std::net::{Ipv4Addr, Ipv6Addr};

use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE, rdata::RData};

use super::{Found, Kind, Unanswered, plain};

/// What one message says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    Records(Vec<Found>),
    /// Too long for one datagram: to be asked again over a connection.
    Truncated,
    /// The answer to another question, or no answer at all.
    Unrelated,
}

pub(super) fn question(id: u16, name: &str, kind: Kind) -> Result<Vec<u8>, Unanswered> {
    let kind = match kind {
        Kind::A => TYPE::A,
        Kind::Aaaa => TYPE::AAAA,
        Kind::Caa => TYPE::CAA,
        Kind::Cname => TYPE::CNAME,
        Kind::Ns => TYPE::NS,
    };
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let unaskable = |error| Unanswered(format!("`{name}` cannot be asked for: {error}"));
    let name = Name::new(name).map_err(unaskable)?;
    packet.questions.push(Question::new(name, QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN), false));
    packet.build_bytes_vec().map_err(unaskable)
}

pub(super) fn answer(id: u16, bytes: &[u8]) -> Result<Told, Unanswered> {
    let Ok(packet) = Packet::parse(bytes) else { return Ok(Told::Unrelated) };
    if packet.id() != id || !packet.has_flags(PacketFlag::RESPONSE) {
        return Ok(Told::Unrelated);
    }
    if packet.has_flags(PacketFlag::TRUNCATION) {
        return Ok(Told::Truncated);
    }
    match packet.rcode() {
        RCODE::NoError | RCODE::NameError => {
            Ok(Told::Records(packet.answers.iter().filter_map(|record| found(&record.rdata)).collect()))
        }
        code => Err(Unanswered(format!("the name server answers `{code:?}`"))),
    }
}

fn found(data: &RData<'_>) -> Option<Found> {
    Some(match data {
        RData::A(a) => Found::Address(Ipv4Addr::from(a.address).into()),
        RData::AAAA(aaaa) => Found::Address(Ipv6Addr::from(aaaa.address).into()),
        RData::CNAME(alias) => Found::Cname(plain(&alias.0.to_string())),
        RData::NS(server) => Found::Ns(plain(&server.0.to_string())),
        RData::CAA(caa) => Found::Caa {
            tag: caa.tag.to_string().to_ascii_lowercase(),
            value: String::from_utf8_lossy(&caa.value).trim_matches('"').to_owned(),
        },
        _ => return None,
    })
}
