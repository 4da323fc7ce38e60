//! Tests with a server that counts requests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A server that responds with the head of the request.
struct Echo {
    address: SocketAddr,
    reached: Arc<AtomicUsize>,
}

impl Echo {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let reached = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&reached);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let counter = Arc::clone(&counter);
                thread::spawn(move || echo(stream, &counter));
            }
        });
        Self { address, reached }
    }

    fn proxy(&self, delay_ms: u64) -> Proxy {
        Proxy::start(&format!("http://{}", self.address), Duration::from_millis(delay_ms)).unwrap()
    }

    fn reached(&self) -> usize {
        self.reached.load(Ordering::SeqCst)
    }
}

fn echo(mut stream: TcpStream, counter: &AtomicUsize) {
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        counter.fetch_add(1, Ordering::SeqCst);
        let head = &buffer[..length];
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        let _ = stream.write_all(head);
    }
}

/// Returns the response, or an empty text if the connection is closed without one.
fn ask(proxy: &Proxy, request: &str) -> String {
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn get(proxy: &Proxy, path: &str) -> String {
    ask(
        proxy,
        &format!(
            "GET {path} HTTP/1.1\r\nHost: d123.cloudfront.net\r\nX-Odd-Case: 1\r\nConnection: close\r\n\r\n"
        ),
    )
}

#[test]
fn host_path_and_header_case_are_forwarded() {
    let (echo, path) = (Echo::start(), "/a%2Fb//c?x=%20&y");
    let answer = get(&echo.proxy(0), path);
    assert!(answer.contains(&format!("GET {path} HTTP/1.1\r\n")), "{answer}");
    assert!(answer.contains("Host: d123.cloudfront.net\r\n"), "{answer}");
    assert!(answer.contains("X-Odd-Case: 1\r\n"), "{answer}");
}

#[test]
fn each_call_is_logged_and_delayed() {
    let echo = Echo::start();
    let proxy = echo.proxy(60);
    get(&proxy, "/one");
    get(&proxy, "/two");
    let calls = proxy.calls();
    let numbered: Vec<_> = calls.iter().map(|call| (call.number, call.path.as_str(), call.status)).collect();
    assert_eq!(numbered, [(1, "/one", Some(200)), (2, "/two", Some(200))]);
    assert!(proxy.depth() >= 2.0, "two consecutive calls took {} round trips", proxy.depth());
    proxy.reset();
    assert!(proxy.calls().is_empty());
}

#[test]
fn simultaneous_calls_are_one_round_trip() {
    let echo = Echo::start();
    let proxy = echo.proxy(1_000);
    thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| get(&proxy, "/"));
        }
    });
    assert_eq!(proxy.calls().len(), 40);
    // One round trip of a second, and up to nine more on a slow machine. Consecutive calls would take 40.
    assert!((1.0..10.0).contains(&proxy.depth()), "{}", proxy.depth());
}

#[test]
fn a_call_is_lost_before_or_after_its_effect() {
    for (moment, reached) in [(Timing::BeforeEffect, 0), (Timing::AfterEffect, 1)] {
        let echo = Echo::start();
        let proxy = echo.proxy(0);
        proxy.lose(Selector::Nth(1), moment);
        assert_eq!(get(&proxy, "/"), "", "{moment:?}");
        assert_eq!(echo.reached(), reached, "{moment:?}");
        assert_eq!(proxy.calls()[0].status, None);
        assert_ne!(get(&proxy, "/"), "", "the second call succeeds");
    }
}

#[test]
fn the_first_calls_of_an_operation_fail() {
    let echo = Echo::start();
    let proxy = echo.proxy(0);
    proxy.refuse(Selector::first(2, "GET /slow"), 400, "ThrottlingException");
    let answers: Vec<_> =
        ["/slow", "/other", "/slow", "/slow"].iter().map(|path| get(&proxy, path)).collect();
    let refused: Vec<_> = answers.iter().map(|answer| answer.contains("ThrottlingException")).collect();
    assert_eq!(refused, [true, false, true, false], "{answers:?}");
    assert_eq!(echo.reached(), 2);
}

#[test]
fn text_in_a_response_is_replaced_and_its_length_corrected() {
    let echo = Echo::start();
    let proxy = echo.proxy(0);
    proxy.replace_text(Selector::first(1, "GET /words"), "/words", "/longer-words");
    let answers = [get(&proxy, "/words"), get(&proxy, "/words")];
    assert!(answers[0].contains("/longer-words"), "{answers:?}");
    let length = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.len();
    assert_eq!(length(&answers[0]), length(&answers[1]) + "longer-".len());
    assert_eq!(echo.reached(), 2);
}

#[test]
fn a_call_is_held_until_its_client_disconnects() {
    let echo = Echo::start();
    let proxy = echo.proxy(0);
    let held = proxy.hold(Selector::Nth(2), Timing::BeforeEffect);
    get(&proxy, "/first");
    let mut client = TcpStream::connect(proxy.address).unwrap();
    client.write_all(b"GET /second HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    assert_eq!(held.blocking_recv().unwrap().path, "/second");
    drop(client);
    assert_eq!(echo.reached(), 1);
    assert_ne!(get(&proxy, "/third"), "");
}
