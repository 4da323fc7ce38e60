//! Where visitors come in: the listening socket, which outlives the process when it is handed over.

use std::{
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr, TcpListener},
    os::fd::{AsFd as _, OwnedFd},
};

use super::{
    port,
    protocol::{DoorSetup, Refusal},
};

/// How far a next free port may be from the first.
const NEXT: u16 = 100;

#[derive(Debug)]
pub(super) struct Entrance {
    listener: TcpListener,
    wish: Wish,
}

/// What of the setup decides where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wish {
    host: IpAddr,
    port: u16,
    next_free_port: bool,
}

impl Wish {
    fn of(setup: &DoorSetup) -> Self {
        Self { host: setup.host, port: setup.port, next_free_port: setup.next_free_port }
    }
}

impl Entrance {
    pub(super) fn open(setup: &DoorSetup) -> Result<Self, Refusal> {
        let wish = Wish::of(setup);
        let last = if wish.next_free_port { wish.port.saturating_add(NEXT) } else { wish.port };
        let mut taken = None;
        for port in wish.port..=last {
            match bind(SocketAddr::new(wish.host, port)) {
                Ok(listener) => return Ok(Self { listener, wish }),
                Err(error) if error.kind() == ErrorKind::AddrInUse => {
                    taken.get_or_insert(port);
                }
                Err(error) => {
                    let address = SocketAddr::new(wish.host, port);
                    return Err(Refusal::new(format!("cannot listen on {address}: {error}")));
                }
            }
        }
        let port = taken.unwrap_or(wish.port);
        let holder = port::holder(port).unwrap_or_else(|| "another program".to_owned());
        Err(Refusal::new(format!(
            "port {port} is taken by {holder}; choose another with `--port`, or allow the next with `local.next_free_port: true`"
        )))
    }

    /// The socket that the predecessor left as standard input.
    pub(super) fn inherit(setup: &DoorSetup) -> Result<Self, Refusal> {
        let inherit = || {
            let listener = TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?);
            listener.local_addr()?;
            Ok(listener)
        };
        let inherited: io::Result<TcpListener> = inherit();
        let listener = inherited
            .map_err(|error| Refusal::new(format!("no listening socket was handed over: {error}")))?;
        Ok(Self { listener, wish: Wish::of(setup) })
    }

    /// Whether this is where the setup wants visitors to come in.
    pub(super) fn serves(&self, setup: &DoorSetup) -> bool {
        self.wish == Wish::of(setup)
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The same socket, to be served by this process.
    pub(super) fn listener(&self) -> io::Result<tokio::net::TcpListener> {
        tokio::net::TcpListener::from_std(self.listener.try_clone()?)
    }

    /// The same socket, to be served by another one.
    pub(super) fn descriptor(&self) -> io::Result<OwnedFd> {
        self.listener.try_clone().map(OwnedFd::from)
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
