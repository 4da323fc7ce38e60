//! Tells systemd how far the front door has come, where systemd has started it.

use std::os::unix::net::{SocketAddr, UnixDatagram};

use crate::system::host;

/// What systemd wants to know. A message that does not arrive is no reason to do anything else.
#[derive(Debug, Clone, Copy)]
pub(super) enum News {
    Ready,
    Stopping,
    /// Another process has taken over.
    Successor(u32),
}

impl News {
    fn text(self) -> String {
        match self {
            Self::Ready => "READY=1".to_owned(),
            Self::Stopping => "STOPPING=1".to_owned(),
            Self::Successor(pid) => format!("MAINPID={pid}\nREADY=1"),
        }
    }
}

pub(super) fn tell(news: News) {
    if let Some(socket) = host::variable("NOTIFY_SOCKET") {
        drop(send(&socket, news));
    }
}

fn send(socket: &str, news: News) -> std::io::Result<()> {
    UnixDatagram::unbound()?.send_to_addr(news.text().as_bytes(), &address(socket)?).map(drop)
}

#[cfg(target_os = "linux")]
fn address(socket: &str) -> std::io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt as _;
    match socket.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(socket),
    }
}

#[cfg(not(target_os = "linux"))]
fn address(socket: &str) -> std::io::Result<SocketAddr> {
    SocketAddr::from_pathname(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 100];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[test]
    fn is_heard_at_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        send(path.to_str().unwrap(), News::Successor(4711)).unwrap();
        assert_eq!(heard(&systemd), "MAINPID=4711\nREADY=1");
        assert!(send("/nowhere/at/all", News::Ready).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn is_heard_at_an_abstract_name() {
        let name = format!("@twinctl-test-{}", std::process::id());
        let systemd = UnixDatagram::bind_addr(&address(&name).unwrap()).unwrap();
        send(&name, News::Ready).unwrap();
        assert_eq!(heard(&systemd), "READY=1");
    }
}
