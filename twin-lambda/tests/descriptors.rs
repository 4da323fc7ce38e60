//! A server that has no free file descriptors waits for one, instead of using a whole CPU, and then continues.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

const DESCRIPTORS: usize = 24;
/// The pause between two attempts to accept a connection.
const PAUSE: Duration = Duration::from_millis(100);
/// Ends a test that hangs.
const HANG: Duration = Duration::from_mins(2);

struct Server {
    child: Child,
    lines: Receiver<Value>,
}

impl Server {
    fn start(folder: &std::path::Path) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", &format!("ulimit -n {DESCRIPTORS} && exec \"$0\" serve --port 0")])
            .arg(env!("CARGO_BIN_EXE_twin-lambda"))
            .current_dir(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines() {
                drop(sender.send(serde_json::from_str(&line.unwrap()).unwrap()));
            }
        });
        Self { child, lines }
    }

    fn wait_for(&self, message: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(HANG).expect(message);
            if line["message"] == message {
                return line;
            }
            assert_ne!(line["message"], "accepting connections is paused", "logged more than once");
        }
    }

    /// The CPU time that the process has used, in clock ticks of 10 ms.
    #[cfg(target_os = "linux")]
    fn cpu_ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_server_without_free_descriptors_pauses_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let url = server.wait_for("listening")["detail"]["url"].as_str().unwrap().to_owned();
    let address = url.strip_prefix("http://").unwrap();

    let start = Instant::now();
    // The kernel completes these connections, even those that the server has not accepted.
    let clients: Vec<TcpStream> =
        (0..2 * DESCRIPTORS).map(|_| TcpStream::connect(address).unwrap()).collect();
    server.wait_for("accepting connections is paused");
    #[cfg(target_os = "linux")]
    let (before, measured) = (server.cpu_ticks(), Instant::now());
    // Without a pause, a second is enough for thousands of attempts.
    let (_sender, never) = channel::<()>();
    assert!(never.recv_timeout(Duration::from_secs(1)).is_err());
    #[cfg(target_os = "linux")]
    assert!(
        u128::from(server.cpu_ticks() - before) < measured.elapsed().as_millis() / 30,
        "the server is busy"
    );
    drop(clients);

    let failures = server.wait_for("accepting connections again")["detail"].as_u64().unwrap();
    let most = start.elapsed().as_millis() / PAUSE.as_millis() + 1;
    assert!(failures >= 1 && u128::from(failures) <= most, "{failures} attempts, expected at most {most}");

    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"GET /api/health HTTP/1.1\r\nhost: twin\r\nconnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
}
