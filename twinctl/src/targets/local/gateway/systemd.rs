//! Notifies systemd of the gateway's progress, if systemd started it.

#[cfg(unix)]
use std::os::unix::net::{SocketAddr, UnixDatagram};

#[cfg(unix)]
use crate::system::host;

/// A message to systemd. Errors are ignored, because nothing depends on it.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(unix), expect(dead_code, reason = "there is no systemd on Windows"))]
pub(super) enum Notification {
    Ready,
    Stopping,
    /// Another process has taken over.
    Successor(u32),
}

#[cfg(unix)]
impl Notification {
    fn text(self) -> String {
        match self {
            Self::Ready => "READY=1".to_owned(),
            Self::Stopping => "STOPPING=1".to_owned(),
            Self::Successor(pid) => format!("MAINPID={pid}\nREADY=1"),
        }
    }
}

/// Sends a message to systemd, if it started this process and expects messages.
#[cfg_attr(not(unix), expect(unused_variables, reason = "there is no systemd on Windows"))]
pub(super) fn notify(notification: Notification) {
    #[cfg(unix)]
    if let Some(socket) = host::variable("NOTIFY_SOCKET") {
        drop(send(&socket, notification));
    }
}

#[cfg(unix)]
fn send(socket: &str, notification: Notification) -> std::io::Result<()> {
    UnixDatagram::unbound()?.send_to_addr(notification.text().as_bytes(), &address(socket)?).map(drop)
}

#[cfg(target_os = "linux")]
fn address(socket: &str) -> std::io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt as _;
    match socket.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(socket),
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn address(socket: &str) -> std::io::Result<SocketAddr> {
    SocketAddr::from_pathname(socket)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn received(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 100];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[test]
    fn a_message_is_sent_to_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        send(path.to_str().unwrap(), Notification::Successor(4711)).unwrap();
        assert_eq!(received(&systemd), "MAINPID=4711\nREADY=1");
        assert!(send("/nowhere/at/all", Notification::Ready).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_message_is_sent_to_an_abstract_name() {
        let name = format!("@twinctl-test-{}", std::process::id());
        let systemd = UnixDatagram::bind_addr(&address(&name).unwrap()).unwrap();
        send(&name, Notification::Ready).unwrap();
        assert_eq!(received(&systemd), "READY=1");
    }
}
