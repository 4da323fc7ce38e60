//! Real questions to a name server of our own on this machine.

use simple_dns::{
    CLASS, CharacterString, Name, Packet, PacketFlag, ResourceRecord,
    rdata::{A, CAA, CNAME, NS, RData},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, UdpSocket},
};

use super::{Found, Kind, Resolver as _, Servers, Unanswered, listed};

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

fn reply(question: &[u8], flags: PacketFlag, records: Vec<ResourceRecord<'static>>) -> Vec<u8> {
    let id = Packet::parse(question).unwrap().id();
    let mut packet = Packet::new_reply(id);
    packet.set_flags(flags);
    packet.answers = records;
    packet.build_bytes_vec().unwrap()
}

/// Sends a stray message first, then an answer that does not fit; the rest is told to whoever connects.
async fn serve(datagrams: UdpSocket, connections: TcpListener) {
    let mut bytes = vec![0; 512];
    let (length, from) = datagrams.recv_from(&mut bytes).await.unwrap();
    datagrams.send_to(b"stray", from).await.unwrap();
    let cut = reply(&bytes[..length], PacketFlag::TRUNCATION, vec![]);
    datagrams.send_to(&cut, from).await.unwrap();
    let (mut stream, _) = connections.accept().await.unwrap();
    let mut question = vec![0; stream.read_u16().await.unwrap().into()];
    stream.read_exact(&mut question).await.unwrap();
    let whole = reply(&question, PacketFlag::RECURSION_AVAILABLE, records());
    stream.write_u16(whole.len().try_into().unwrap()).await.unwrap();
    stream.write_all(&whole).await.unwrap();
}

#[tokio::test]
async fn an_answer_too_long_for_a_datagram_is_fetched_over_a_connection() {
    let datagrams = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = datagrams.local_addr().unwrap();
    let connections = TcpListener::bind(address).await.unwrap();
    let servers = Servers::at(vec![address]);
    let (told, ()) = tokio::join!(servers.ask("ada.example", Kind::Ns), serve(datagrams, connections));
    let expected = [
        Found::Ns("ns-1.awsdns-1.com".to_owned()),
        Found::Cname("d1.cloudfront.net".to_owned()),
        Found::Address([192, 0, 2, 1].into()),
        Found::Caa { tag: "issue".to_owned(), value: "amazon.com".to_owned() },
    ];
    assert_eq!(told.unwrap(), expected);
}

#[tokio::test]
async fn who_has_no_name_server_or_one_that_is_silent_is_offline() {
    let none = Servers::at(vec![]).ask("ada.example", Kind::A).await;
    assert_eq!(none, Err(Unanswered("this machine has no name server".to_owned())));
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    tokio::time::pause();
    let told = Servers::at(vec![address]).ask("ada.example", Kind::A).await.unwrap_err();
    assert!(told.0.ends_with("does not answer"), "{told}");
}

#[test]
fn name_servers_are_read_as_this_machine_lists_them() {
    let text = "# comment\nsearch lan\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver nonsense\n";
    let addresses: Vec<_> = listed(text).iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["192.0.2.1:53", "[fe80::1]:53"]);
}
