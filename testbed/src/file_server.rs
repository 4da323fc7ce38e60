//! A server of the files of a release. It redirects from `/latest/`, as GitHub does.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct FileServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
}

impl FileServer {
    pub fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, stop) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let (folder, log, stopped) = (folder.to_owned(), Arc::clone(&requests), Arc::clone(&stop));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                if let Some(path) = answer(stream, address, &folder) {
                    log.lock().unwrap().push(path);
                }
            }
        });
        Self { address, requests, stop }
    }

    /// Returns the address of the files of the newest release.
    pub fn latest(&self) -> String {
        format!("http://{}/latest", self.address)
    }

    /// Returns the paths that were requested.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

/// Answers one request, and returns its path.
fn answer(mut stream: TcpStream, address: SocketAddr, folder: &Path) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let path = String::from_utf8(head).ok()?.split(' ').nth(1)?.to_owned();
    let (status, header, body) = if let Some(file) = path.strip_prefix("/latest/") {
        ("302 Found", format!("Location: http://{address}/files/{file}\r\n"), Vec::new())
    } else {
        let name = PathBuf::from(&path);
        match fs::read(folder.join(name.file_name()?)) {
            Ok(bytes) => ("200 OK", String::new(), bytes),
            Err(_) => ("404 Not Found", String::new(), Vec::new()),
        }
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    // The client may have closed the connection.
    drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)));
    Some(path)
}
