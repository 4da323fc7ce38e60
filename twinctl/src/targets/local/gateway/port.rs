//! Finds the program that listens on a port, for error messages.

use std::{fs, path::Path};

/// Returns the program that listens on this TCP port, such as `python3 (process 4711)`. This works on Linux only, and only
/// for processes of the same user.
pub(crate) fn listening_program(port: u16) -> Option<String> {
    let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| table.lines().filter_map(|line| listening(line, port)).collect::<Vec<_>>())
        .collect();
    if sockets.is_empty() {
        return None;
    }
    let processes = fs::read_dir("/proc").ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let mut processes = processes.filter(|process| holds(process, &sockets));
    processes.find_map(|process| {
        let pid: u32 = process.file_name()?.to_str()?.parse().ok()?;
        let name = fs::read_to_string(process.join("comm")).ok()?;
        Some(format!("{} (process {pid})", name.trim()))
    })
}

/// Returns the socket of a line of `/proc/net/tcp` that describes a listener on this port, as `/proc/PID/fd` spells it.
fn listening(line: &str, port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    let fields: Vec<_> = line.split_whitespace().collect();
    let (_, local) = fields.get(1)?.rsplit_once(':')?;
    let is_match = u16::from_str_radix(local, 16).ok()? == port && *fields.get(3)? == LISTEN;
    is_match.then(|| format!("socket:[{}]", fields.get(9).unwrap_or(&"")))
}

fn holds(process: &Path, sockets: &[String]) -> bool {
    let open = fs::read_dir(process.join("fd")).into_iter().flatten().filter_map(Result::ok);
    open.filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| sockets.iter().any(|socket| target.as_os_str() == socket.as_str()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_listening_program_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let program = listening_program(port).unwrap();
        assert!(program.ends_with(&format!("(process {})", std::process::id())), "{program}");
        assert_eq!(listening_program(0), None);
    }

    #[test]
    fn only_listeners_on_the_port_match() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 42 1 0 100 0 0 10 0";
        assert_eq!(listening(line, 8080).as_deref(), Some("socket:[42]"));
        assert_eq!(listening(line, 8081), None);
        assert_eq!(listening(&line.replace(" 0A ", " 01 "), 8080), None);
        assert_eq!(listening("  sl  local_address rem_address   st", 8080), None);
    }
}
