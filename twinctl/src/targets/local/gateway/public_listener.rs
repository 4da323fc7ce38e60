//! The gateway's listening socket, which outlives the process if it is handed over.

use std::{
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr, TcpListener},
    process::Stdio,
};

use super::{
    port,
    protocol::{GatewayError, GatewaySetup},
};

/// Number of ports after the first that are tried if `next_free_port` is set.
pub(crate) const MORE_PORTS: u16 = 100;

#[derive(Debug)]
pub(super) struct PublicListener {
    listener: TcpListener,
    settings: ListenSettings,
}

/// The settings that determine the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ListenSettings {
    host: IpAddr,
    port: u16,
    next_free_port: bool,
}

impl ListenSettings {
    fn of(setup: &GatewaySetup) -> Self {
        Self { host: setup.host, port: setup.port, next_free_port: setup.next_free_port }
    }
}

impl PublicListener {
    pub(super) fn bind(setup: &GatewaySetup) -> Result<Self, GatewayError> {
        let settings = ListenSettings::of(setup);
        let last =
            if settings.next_free_port { settings.port.saturating_add(MORE_PORTS) } else { settings.port };
        let mut taken = None;
        for port in settings.port..=last {
            match bind_to(SocketAddr::new(settings.host, port)) {
                Ok(listener) => return Ok(Self { listener, settings }),
                Err(error) if error.kind() == ErrorKind::AddrInUse => {
                    taken.get_or_insert(port);
                }
                Err(error) => {
                    let address = SocketAddr::new(settings.host, port);
                    return Err(GatewayError::new(format!("could not listen on {address}: {error}")));
                }
            }
        }
        let port = taken.unwrap_or(settings.port);
        let program = port::listening_program(port).unwrap_or_else(|| "another program".to_owned());
        Err(GatewayError::new(format!(
            "port {port} is in use by {program}; choose another port with `--port`, or set `local.next_free_port: true`"
        )))
    }

    /// Opens the socket that the previous gateway has closed.
    #[cfg(not(unix))]
    pub(super) fn inherit(setup: &GatewaySetup) -> Result<Self, GatewayError> {
        Self::bind(setup)
    }

    /// Takes the socket that the previous gateway passed as standard input.
    #[cfg(unix)]
    pub(super) fn inherit(setup: &GatewaySetup) -> Result<Self, GatewayError> {
        use std::os::fd::AsFd as _;
        let inherited = io::stdin().as_fd().try_clone_to_owned().map(TcpListener::from);
        let listener =
            inherited.and_then(|listener| listener.local_addr().map(|_| listener)).map_err(|error| {
                GatewayError::new(format!("standard input is not a listening socket: {error}"))
            })?;
        Ok(Self { listener, settings: ListenSettings::of(setup) })
    }

    /// Returns whether the socket was opened with the same settings.
    pub(super) fn matches(&self, setup: &GatewaySetup) -> bool {
        self.settings == ListenSettings::of(setup)
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Returns the socket, for use in this process.
    pub(super) fn to_tokio(&self) -> io::Result<tokio::net::TcpListener> {
        tokio::net::TcpListener::from_std(self.listener.try_clone()?)
    }

    /// Returns the socket, as the standard input of another process.
    #[cfg(unix)]
    pub(super) fn to_stdin(&self) -> io::Result<Stdio> {
        self.listener.try_clone().map(|socket| Stdio::from(std::os::fd::OwnedFd::from(socket)))
    }

    /// Windows passes no socket to another process.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
    pub(super) fn to_stdin(&self) -> io::Result<Stdio> {
        Ok(Stdio::null())
    }
}

/// Returns a note about a port that is in use, with the next free one.
pub(crate) fn port_in_use_note(host: IpAddr, port: u16) -> Option<String> {
    let is_in_use = |port: &u16| {
        bind_to(SocketAddr::new(host, *port)).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
    };
    if !is_in_use(&port) {
        return None;
    }
    let next = (port..=port.saturating_add(MORE_PORTS)).find(|port| !is_in_use(port))?;
    let program = port::listening_program(port).unwrap_or_else(|| "another program".to_owned());
    Some(format!("port {port} is in use by {program}: the twin gets the next free port, {next}"))
}

fn bind_to(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
