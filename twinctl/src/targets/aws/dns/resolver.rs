//! The name servers of this machine, asked over UDP, and over TCP where an answer is too long for that.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
};

use super::{
    Found, Kind, Resolver, Unanswered,
    message::{Told, answer, question},
};

const PORT: u16 = 53;
const WITHIN: Duration = Duration::from_secs(2);
/// As many as are asked; all at once, and the first answer counts.
const MOST_SERVERS: usize = 3;
const DATAGRAM: usize = 4096;

/// Name servers that look up any name.
#[derive(Debug, Clone)]
pub struct Servers(Vec<SocketAddr>);

/// Where AWS is emulated, the world knows nothing of its names.
#[derive(Debug, Clone, Copy)]
pub struct Unasked;

impl Servers {
    /// Those that this machine uses.
    pub fn of_this_machine() -> Self {
        let text = std::fs::read_to_string(Path::new("/etc/resolv.conf")).unwrap_or_default();
        Self(listed(&text))
    }

    pub fn at(servers: Vec<SocketAddr>) -> Self {
        Self(servers)
    }

    async fn first_answer(&self, name: &str, kind: Kind) -> Result<Vec<Found>, Unanswered> {
        let mut asked: FuturesUnordered<_> =
            self.0.iter().take(MOST_SERVERS).map(|server| one(*server, name, kind)).collect();
        let mut why = Unanswered("this machine has no name server".to_owned());
        while let Some(told) = asked.next().await {
            match told {
                Ok(records) => return Ok(records),
                Err(unanswered) => why = unanswered,
            }
        }
        Err(why)
    }
}

impl Resolver for Servers {
    fn ask<'a>(&'a self, name: &'a str, kind: Kind) -> BoxFuture<'a, Result<Vec<Found>, Unanswered>> {
        self.first_answer(name, kind).boxed()
    }
}

impl Resolver for Unasked {
    fn ask<'a>(&'a self, _: &'a str, _: Kind) -> BoxFuture<'a, Result<Vec<Found>, Unanswered>> {
        async { Err(Unanswered("AWS is emulated here".to_owned())) }.boxed()
    }
}

/// The servers of a `resolv.conf`.
fn listed(text: &str) -> Vec<SocketAddr> {
    let servers = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    let addresses =
        servers.filter_map(|rest| rest.split_whitespace().next()?.split('%').next()?.parse().ok());
    addresses.map(|address: IpAddr| SocketAddr::new(address, PORT)).collect()
}

async fn one(server: SocketAddr, name: &str, kind: Kind) -> Result<Vec<Found>, Unanswered> {
    let id = random()?;
    let question = question(id, name, kind)?;
    let exchange = async {
        let told = by_datagram(server, id, &question).await?;
        if told != Told::Truncated {
            return Ok(told);
        }
        by_connection(server, id, &question).await
    };
    match tokio::time::timeout(WITHIN, exchange).await {
        Ok(Ok(Told::Records(records))) => Ok(records),
        Ok(Ok(_)) => Err(Unanswered(format!("the name server {server} answers something else"))),
        Ok(Err(Trouble::Said(unanswered))) => Err(unanswered),
        Ok(Err(Trouble::Broke(error))) => Err(Unanswered(format!("the name server {server}: {error}"))),
        Err(_) => Err(Unanswered(format!("the name server {server} does not answer"))),
    }
}

enum Trouble {
    Said(Unanswered),
    Broke(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Broke(error)
    }
}

impl From<Unanswered> for Trouble {
    fn from(unanswered: Unanswered) -> Self {
        Self::Said(unanswered)
    }
}

/// From a port of its own each time, so that nobody can answer in the server's place.
async fn by_datagram(server: SocketAddr, id: u16, question: &[u8]) -> Result<Told, Trouble> {
    let here: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(here, 0)).await?;
    socket.connect(server).await?;
    socket.send(question).await?;
    let mut datagram = vec![0; DATAGRAM];
    loop {
        let length = socket.recv(&mut datagram).await?;
        match answer(id, &datagram[..length])? {
            Told::Unrelated => {}
            told => return Ok(told),
        }
    }
}

async fn by_connection(server: SocketAddr, id: u16, question: &[u8]) -> Result<Told, Trouble> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(question.len()).unwrap_or(u16::MAX);
    stream.write_all(&[&length.to_be_bytes(), question].concat()).await?;
    let mut message = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut message).await?;
    Ok(answer(id, &message)?)
}

fn random() -> Result<u16, Unanswered> {
    let mut id = [0; 2];
    let filled = getrandom::fill(&mut id);
    filled.map_err(|_| Unanswered("there is no randomness to ask with".to_owned()))?;
    Ok(u16::from_be_bytes(id))
}

#[cfg(test)]
mod tests;
