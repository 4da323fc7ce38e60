//! The proxy in front of a server that counts what reaches it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::*;

/// Answers every request with its own head, so that a test sees what came through.
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

/// What comes back until the connection closes; nothing when it closes without an answer.
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
fn passes_host_path_and_header_case_on() {
    let (echo, path) = (Echo::start(), "/a%2Fb//c?x=%20&y");
    let answer = get(&echo.proxy(0), path);
    assert!(answer.contains(&format!("GET {path} HTTP/1.1\r\n")), "{answer}");
    assert!(answer.contains("Host: d123.cloudfront.net\r\n"), "{answer}");
    assert!(answer.contains("X-Odd-Case: 1\r\n"), "{answer}");
}

#[test]
fn logs_and_delays_each_call() {
    let echo = Echo::start();
    let proxy = echo.proxy(60);
    get(&proxy, "/one");
    get(&proxy, "/two");
    let calls = proxy.calls();
    let numbered: Vec<_> = calls.iter().map(|call| (call.number, call.path.as_str(), call.status)).collect();
    assert_eq!(numbered, [(1, "/one", Some(200)), (2, "/two", Some(200))]);
    assert!((2.0..4.0).contains(&proxy.depth()), "two calls in a row are two deep, not {}", proxy.depth());
    proxy.reset();
    assert!(proxy.calls().is_empty());
}

#[test]
fn many_calls_at_once_are_one_deep_and_not_slowed() {
    let echo = Echo::start();
    let proxy = echo.proxy(200);
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| get(&proxy, "/"));
        }
    });
    assert_eq!(proxy.calls().len(), 40);
    assert!(started.elapsed() < Duration::from_millis(800), "took {:?}", started.elapsed());
    assert!((1.0..3.0).contains(&proxy.depth()), "{}", proxy.depth());
}

#[test]
fn loses_a_call_before_or_after_its_effect() {
    for (moment, reached) in [(Moment::BeforeEffect, 0), (Moment::AfterEffect, 1)] {
        let echo = Echo::start();
        let proxy = echo.proxy(0);
        proxy.lose(Which::Nth(1), moment);
        assert_eq!(get(&proxy, "/"), "", "{moment:?}");
        assert_eq!(echo.reached(), reached, "{moment:?}");
        assert_eq!(proxy.calls()[0].status, None);
        assert_ne!(get(&proxy, "/"), "", "the second call is let through");
    }
}

#[test]
fn refuses_the_first_calls_of_an_operation() {
    let echo = Echo::start();
    let proxy = echo.proxy(0);
    proxy.refuse(Which::first(2, "GET /slow"), 400, "ThrottlingException");
    let answers: Vec<_> =
        ["/slow", "/other", "/slow", "/slow"].iter().map(|path| get(&proxy, path)).collect();
    let refused: Vec<_> = answers.iter().map(|answer| answer.contains("ThrottlingException")).collect();
    assert_eq!(refused, [true, false, true, false], "{answers:?}");
    assert_eq!(echo.reached(), 2);
}

#[test]
fn rewords_an_answer_and_says_its_new_length() {
    let echo = Echo::start();
    let proxy = echo.proxy(0);
    proxy.reword(Which::first(1, "GET /words"), "/words", "/longer-words");
    let answers = [get(&proxy, "/words"), get(&proxy, "/words")];
    assert!(answers[0].contains("/longer-words"), "{answers:?}");
    let length = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.len();
    assert_eq!(length(&answers[0]), length(&answers[1]) + "longer-".len());
    assert_eq!(echo.reached(), 2);
}

#[test]
fn holds_a_call_until_its_client_is_gone() {
    let echo = Echo::start();
    let proxy = echo.proxy(0);
    let held = proxy.hold(Which::Nth(2), Moment::BeforeEffect);
    get(&proxy, "/first");
    let mut client = TcpStream::connect(proxy.address).unwrap();
    client.write_all(b"GET /second HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    assert_eq!(held.blocking_recv().unwrap().path, "/second");
    drop(client);
    assert_eq!(echo.reached(), 1);
    assert_ne!(get(&proxy, "/third"), "");
}
