//! Lookups with a name server that the test runs.

use simple_dns::{
    CLASS, CharacterString, Name, Packet, PacketFlag, ResourceRecord,
    rdata::{A, CAA, CNAME, NS, RData},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, UdpSocket},
};

use super::{DnsRecord, LookupError, NameServers, RecordType, Resolver as _, parse_resolv_conf};

fn records() -> Vec<ResourceRecord<'static>> {
    let name = || Name::new("ada.example").unwrap();
    let record = |data| ResourceRecord::new(name(), CLASS::IN, 60, data);
    vec![
        record(RData::NS(NS(Name::new("NS-1.awsdns-1.com").unwrap()))),
        record(RData::CNAME(CNAME(Name::new("d1.cloudfront.net").unwrap()))),
        record(RData::A(A { address: u32::from_be_bytes([192, 0, 2, 1]) })),
        record(RData::CAA(CAA {
            flag: 0,
            tag: CharacterString::new(b"issue").unwrap(),
            value: b"amazon.com".as_slice().into(),
        })),
    ]
}

fn reply(query: &[u8], flags: PacketFlag, records: Vec<ResourceRecord<'static>>) -> Vec<u8> {
    let id = Packet::parse(query).unwrap().id();
    let mut packet = Packet::new_reply(id);
    packet.set_flags(flags);
    packet.answers = records;
    packet.build_bytes_vec().unwrap()
}

/// Sends an unrelated message and a truncated response over UDP, then the complete response over TCP.
async fn serve(datagrams: UdpSocket, connections: TcpListener) {
    let mut bytes = vec![0; 512];
    let (length, from) = datagrams.recv_from(&mut bytes).await.unwrap();
    datagrams.send_to(b"stray", from).await.unwrap();
    let truncated = reply(&bytes[..length], PacketFlag::TRUNCATION, vec![]);
    datagrams.send_to(&truncated, from).await.unwrap();
    let (mut stream, _) = connections.accept().await.unwrap();
    let mut query = vec![0; stream.read_u16().await.unwrap().into()];
    stream.read_exact(&mut query).await.unwrap();
    let complete = reply(&query, PacketFlag::RECURSION_AVAILABLE, records());
    stream.write_u16(complete.len().try_into().unwrap()).await.unwrap();
    stream.write_all(&complete).await.unwrap();
}

#[tokio::test]
async fn a_truncated_response_is_fetched_over_tcp() {
    let datagrams = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = datagrams.local_addr().unwrap();
    let connections = TcpListener::bind(address).await.unwrap();
    let servers = NameServers::at(vec![address]);
    let (records, ()) =
        tokio::join!(servers.lookup("ada.example", RecordType::Ns), serve(datagrams, connections));
    let expected = [
        DnsRecord::Ns("ns-1.awsdns-1.com".to_owned()),
        DnsRecord::Cname("d1.cloudfront.net".to_owned()),
        DnsRecord::Address([192, 0, 2, 1].into()),
        DnsRecord::Caa { tag: "issue".to_owned(), value: "amazon.com".to_owned() },
    ];
    assert_eq!(records.unwrap(), expected);
}

#[tokio::test]
async fn lookups_fail_without_a_name_server_or_with_a_silent_one() {
    let none = NameServers::at(vec![]).lookup("ada.example", RecordType::A).await;
    assert_eq!(none, Err(LookupError("this machine has no name server".to_owned())));
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    tokio::time::pause();
    let error = NameServers::at(vec![address]).lookup("ada.example", RecordType::A).await.unwrap_err();
    assert!(error.0.ends_with("did not respond"), "{error}");
}

#[test]
fn name_servers_are_read_from_resolv_conf() {
    let text = "# comment\nsearch lan\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver nonsense\n";
    let addresses: Vec<_> = parse_resolv_conf(text).iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["192.0.2.1:53", "[fe80::1]:53"]);
}
