//! Lookups with the name servers of this machine: over UDP, and over TCP if a response is truncated.

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
    DnsRecord, LookupError, RecordType, Resolver,
    message::{Response, parse, query},
};

const PORT: u16 = 53;
const TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of servers to query. All are queried at once, and the first response is used.
const MAX_SERVERS: usize = 3;
const MAX_DATAGRAM: usize = 4096;

/// Recursive name servers.
#[derive(Debug, Clone)]
pub struct NameServers(Vec<SocketAddr>);

/// Fails every lookup. Used with an emulated AWS, whose names are not in public DNS.
#[derive(Debug, Clone, Copy)]
pub struct NoResolver;

impl NameServers {
    /// Returns the name servers that this machine uses.
    pub fn of_this_machine() -> Self {
        let text = std::fs::read_to_string(Path::new("/etc/resolv.conf")).unwrap_or_default();
        Self(parse_resolv_conf(&text))
    }

    pub fn at(servers: Vec<SocketAddr>) -> Self {
        Self(servers)
    }

    async fn first_response(
        &self,
        name: &str,
        record_type: RecordType,
    ) -> Result<Vec<DnsRecord>, LookupError> {
        let mut lookups: FuturesUnordered<_> =
            self.0.iter().take(MAX_SERVERS).map(|server| look_up(*server, name, record_type)).collect();
        let mut last_error = LookupError("this machine has no name server".to_owned());
        while let Some(result) = lookups.next().await {
            match result {
                Ok(records) => return Ok(records),
                Err(error) => last_error = error,
            }
        }
        Err(last_error)
    }
}

impl Resolver for NameServers {
    fn lookup<'a>(
        &'a self,
        name: &'a str,
        record_type: RecordType,
    ) -> BoxFuture<'a, Result<Vec<DnsRecord>, LookupError>> {
        self.first_response(name, record_type).boxed()
    }
}

impl Resolver for NoResolver {
    fn lookup<'a>(&'a self, _: &'a str, _: RecordType) -> BoxFuture<'a, Result<Vec<DnsRecord>, LookupError>> {
        async { Err(LookupError("AWS is emulated".to_owned())) }.boxed()
    }
}

/// Returns the name servers in a `resolv.conf`.
fn parse_resolv_conf(text: &str) -> Vec<SocketAddr> {
    let servers = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    let addresses =
        servers.filter_map(|rest| rest.split_whitespace().next()?.split('%').next()?.parse().ok());
    addresses.map(|address: IpAddr| SocketAddr::new(address, PORT)).collect()
}

async fn look_up(
    server: SocketAddr,
    name: &str,
    record_type: RecordType,
) -> Result<Vec<DnsRecord>, LookupError> {
    let id = random()?;
    let query = query(id, name, record_type)?;
    let exchange = async {
        let response = query_over_udp(server, id, &query).await?;
        if response != Response::Truncated {
            return Ok(response);
        }
        query_over_tcp(server, id, &query).await
    };
    match tokio::time::timeout(TIMEOUT, exchange).await {
        Ok(Ok(Response::Records(records))) => Ok(records),
        Ok(Ok(_)) => Err(LookupError(format!("the name server {server} sent an unrelated response"))),
        Ok(Err(ExchangeError::Lookup(error))) => Err(error),
        Ok(Err(ExchangeError::Io(error))) => Err(LookupError(format!("the name server {server}: {error}"))),
        Err(_) => Err(LookupError(format!("the name server {server} did not respond"))),
    }
}

#[derive(Debug, thiserror::Error)]
enum ExchangeError {
    #[error(transparent)]
    Lookup(#[from] LookupError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Sends each query from a new port, so that another host cannot easily forge the response.
async fn query_over_udp(server: SocketAddr, id: u16, query: &[u8]) -> Result<Response, ExchangeError> {
    let any_address: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any_address, 0)).await?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut datagram = vec![0; MAX_DATAGRAM];
    loop {
        let length = socket.recv(&mut datagram).await?;
        match parse(id, &datagram[..length])? {
            Response::Unrelated => {}
            response => return Ok(response),
        }
    }
}

async fn query_over_tcp(server: SocketAddr, id: u16, query: &[u8]) -> Result<Response, ExchangeError> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(query.len()).unwrap_or(u16::MAX);
    stream.write_all(&[&length.to_be_bytes(), query].concat()).await?;
    let mut message = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut message).await?;
    Ok(parse(id, &message)?)
}

fn random() -> Result<u16, LookupError> {
    let mut id = [0; 2];
    let filled = getrandom::fill(&mut id);
    filled.map_err(|_| LookupError("no random query ID could be generated".to_owned()))?;
    Ok(u16::from_be_bytes(id))
}

#[cfg(test)]
mod tests;
