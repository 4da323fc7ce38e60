//! A server for git repositories over HTTP: git's CGI program behind a server that requires a password.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

/// The header for `x-access-token:right`.
const AUTHORIZATION: &str = "Basic eC1hY2Nlc3MtdG9rZW46cmlnaHQ=";

pub(crate) struct Server {
    port: u16,
    /// The authorization headers of all requests.
    pub(crate) authorizations: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves the repositories in a folder until the process exits.
    pub(crate) fn start(root: &Path) -> Self {
        let root = root.to_owned();
        Self::responding(move |request, authorization| {
            let unauthorized = "Status: 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\n\r\n";
            if authorization == Some(AUTHORIZATION) { cgi(request, &root) } else { unauthorized.into() }
        })
    }

    /// Redirects all requests to another server.
    pub(crate) fn redirecting_to(other: &Self) -> Self {
        let port = other.port;
        Self::responding(move |request, _| {
            let (path, query) = (&request.path, &request.query);
            format!("Status: 302 Found\r\nLocation: http://localhost:{port}{path}?{query}\r\n\r\n").into()
        })
    }

    fn responding(respond: impl Fn(&Request, Option<&str>) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let authorizations = Arc::<Mutex<Vec<String>>>::default();
        let (respond, seen) = (Arc::new(respond), Arc::clone(&authorizations));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (respond, seen) = (Arc::clone(&respond), Arc::clone(&seen));
                thread::spawn(move || serve(connection, &*respond, &seen));
            }
        });
        Self { port, authorizations }
    }

    pub(crate) fn address(&self, path: &str) -> String {
        format!("git+http://127.0.0.1:{}/{path}", self.port)
    }
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

fn serve(
    mut connection: TcpStream,
    respond: &impl Fn(&Request, Option<&str>) -> Vec<u8>,
    authorizations: &Mutex<Vec<String>>,
) {
    let Some(request) = read(&connection) else { return };
    let authorization = request.headers.get("authorization");
    authorizations.lock().unwrap().extend(authorization.cloned());
    let response = respond(&request, authorization.map(String::as_str));
    let response = match response.strip_prefix(b"Status: ") {
        Some(rest) => [b"HTTP/1.1 ", rest].concat(),
        None => [b"HTTP/1.1 200 OK\r\n", response.as_slice()].concat(),
    };
    let end = response.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let (status, rest) = response.split_at(end);
    connection.write_all(&[status, b"Connection: close\r\n", rest].concat()).unwrap();
}

fn read(connection: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_ascii_whitespace().map(ToOwned::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), headers, body })
}

fn cgi(request: &Request, root: &Path) -> Vec<u8> {
    let header = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
    let mut program = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env("REQUEST_METHOD", &request.method)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    stdin.write_all(&request.body).unwrap();
    drop(stdin);
    program.wait_with_output().unwrap().stdout
}
