//! `twinctl dev`: deploys changes, prints requests, and stops the twin when it exits.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use testbed::{process, wait};

use super::{
    destroy::count_conversations,
    twin::{ENVIRONMENT_FILE, Twin, binary, chat, get},
};

/// A running `twinctl dev`, killed when it is dropped.
struct Dev {
    child: Child,
    output: Arc<Mutex<String>>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Dev {
    fn start(twin: &Twin, args: &[&str]) -> Self {
        Self::spawn(twin.command(&[&["dev", "--lambda-binary", binary()], args].concat()))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = Arc::new(Mutex::new(String::new()));
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let readers = vec![collect(out, Arc::clone(&output)), collect(err, Arc::clone(&output))];
        Self { child, output, readers }
    }

    /// Waits until `text` is printed, and takes everything printed so far.
    #[track_caller]
    fn wait_for(&self, text: &str) -> String {
        wait::until(&format!("`dev` prints `{text}`"), || self.output.lock().unwrap().contains(text));
        std::mem::take(&mut *self.output.lock().unwrap())
    }

    /// Waits until the twin is served, and returns its address.
    #[track_caller]
    fn url(&self) -> String {
        let address =
            |output: &str| output.lines().find(|line| line.starts_with("http://")).map(str::to_owned);
        // The address is on stdout and the message on stderr, so either can be read first.
        wait::until("`dev` prints the address and watches", || {
            let output = self.output.lock().unwrap();
            output.contains("watching for changes") && address(&output).is_some()
        });
        address(&std::mem::take(&mut *self.output.lock().unwrap())).unwrap()
    }

    fn signal(&self, name: &str) {
        process::signal(self.child.id(), name);
    }

    /// Waits until the process exits. Returns the exit code and the rest of the output.
    fn wait(mut self) -> (Option<i32>, String) {
        let mut code = None;
        wait::until("`dev` ends", || {
            let status = self.child.try_wait().unwrap();
            code = status.and_then(|status| status.code());
            status.is_some()
        });
        for reader in std::mem::take(&mut self.readers) {
            reader.join().unwrap();
        }
        (code, self.output.lock().unwrap().clone())
    }

    fn interrupt(self) -> (Option<i32>, String) {
        self.signal("-INT");
        self.wait()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn collect(from: impl Read + Send + 'static, output: Arc<Mutex<String>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let mut output = output.lock().unwrap();
            *output += &line.unwrap();
            output.push('\n');
        }
    })
}

fn runs(twin: &Twin) -> bool {
    twin.status()["gateway"].is_object()
}

#[testbed::test]
fn changes_are_deployed_and_requests_are_printed() {
    let twin = Twin::new();
    let dev = Dev::start(&twin, &[]);
    let url = dev.url();
    assert_eq!(chat(&url, "What is your email?").status, 200);
    dev.wait_for("POST /api/chat 200");

    twin.write("data/facts.json", r#"{"full_name": "Ada Example", "email": "new@ada.example"}"#);
    dev.wait_for("changed: data/facts.json");
    dev.wait_for("up to date after");
    wait::until("the twin knows the new address", || {
        chat(&url, "What is your email?").body.contains("new@ada.example")
    });

    twin.write("web/index.html", "<!doctype html>\n<title>New</title>\n");
    dev.wait_for("changed: web/index.html");
    dev.wait_for("up to date after");
    assert!(get(&url, "/").body.contains("New"));

    twin.replace(ENVIRONMENT_FILE, "burst", "brust");
    dev.wait_for("did you mean `burst`?");
    assert_eq!(get(&url, "/").status, 200);
    twin.replace(ENVIRONMENT_FILE, "brust: 1000", "burst: 2000");
    dev.wait_for("up to date after");
    assert_eq!(twin.run(&["plan", "local", "--exit-code"]).code, Some(0));

    let status = twin.status();
    let (code, output) = dev.interrupt();
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains("its conversations and files are kept"), "{output}");
    for pid in [&status["gateway"]["pid"], &status["backend"]["phase"]["pid"]] {
        process::wait_until_gone(pid.as_u64().unwrap().try_into().unwrap());
    }
    assert!(!runs(&twin));
    assert!(count_conversations(&twin.place().join("memory")) > 0);
}

#[testbed::test]
fn a_twin_that_ran_before_keeps_running() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    let dev = Dev::start(&twin, &[]);
    assert_eq!(dev.url(), url);
    dev.signal("-TERM");
    let (code, output) = dev.wait();
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains("keeps running, as it did before"), "{output}");
    assert_eq!(chat(&url, "Who are you?").status, 200);
}

#[testbed::test]
fn new_code_replaces_the_running_backend() {
    let twin = Twin::new();
    let code = std::fs::read(binary()).unwrap();
    twin.write_program("twin-lambda", &code);
    let own = twin.join("twin-lambda");
    let dev = Dev::spawn(twin.command(&["dev", "--lambda-binary", own.to_str().unwrap()]));
    let url = dev.url();
    let before = twin.status();
    let replace = |code: &[u8]| {
        twin.write_program("newer", code);
        std::fs::rename(twin.join("newer"), &own).unwrap();
    };
    replace(&[&code[..], b"newer"].concat());
    dev.wait_for("changed: twin-lambda");
    dev.wait_for("up to date after");
    let after = twin.status();
    assert_ne!(before["backend"]["phase"]["pid"], after["backend"]["phase"]["pid"]);
    assert_eq!(chat(&url, "Who are you?").status, 200);

    // Its output is printed, and the previous backend keeps running.
    replace(b"#!/bin/sh\necho 'no such luck' >&2\nexit 3\n");
    let output = dev.wait_for("the next change triggers a retry");
    assert!(output.contains("no such luck"), "{output}");
    assert_eq!(chat(&url, "Who are you?").status, 200);
    assert_eq!(dev.interrupt().0, Some(0));
}

/// `npm` is a script, so that the test does not need Node.
#[testbed::test]
fn a_page_with_sources_is_built_when_they_change() {
    let twin = Twin::new();
    let npm = "#!/bin/sh\n[ \"$1 $2\" = 'run build' ] || exit 9\n\
               if /bin/grep -q broken index.html; then echo 'line 1: it is broken'; exit 1; fi\n\
               /bin/mkdir -p dist && /bin/cp index.html dist/index.html\n";
    twin.write_program("tools/npm", npm);
    twin.replace(ENVIRONMENT_FILE, "bundle: web", "bundle: web/dist");
    twin.write("web/package.json", "{}");
    twin.write("web/node_modules/.package-lock.json", "{}");
    let mut command = twin.command(&["dev", "--lambda-binary", binary()]);
    command.env("PATH", twin.join("tools"));
    let dev = Dev::spawn(command);
    let url = dev.url();
    assert!(get(&url, "/").body.contains("Hello."));

    twin.write("web/index.html", "<!doctype html>\n<title>broken</title>\n");
    dev.wait_for("line 1: it is broken");
    twin.write("data/summary.txt", "Ada draws maps of rivers.");
    dev.wait_for("line 1: it is broken");
    twin.write("web/index.html", "<!doctype html>\n<title>Mended</title>\n");
    let output = dev.wait_for("up to date after");
    assert!(output.contains("changed: web/index.html"), "{output}");
    assert!(get(&url, "/").body.contains("Mended"));
    let (_, output) = dev.interrupt();
    assert!(!output.contains("changed: "), "what was built here is no news:\n{output}");
}

#[testbed::test]
fn a_failed_first_deploy_can_be_repaired() {
    let twin = Twin::new();
    let page = twin.join("web/index.html");
    std::fs::rename(&page, twin.join("index.html")).unwrap();
    let dev = Dev::start(&twin, &[]);
    dev.wait_for("the next change triggers a retry");
    std::fs::rename(twin.join("index.html"), &page).unwrap();
    let url = dev.url();
    assert_eq!(get(&url, "/").status, 200);
    // The signal of a terminal that is closed.
    dev.signal("-HUP");
    assert_eq!(dev.wait().0, Some(0));
    assert!(!runs(&twin));
}

#[testbed::test]
fn a_second_interrupt_does_not_wait_for_open_requests() {
    let twin = Twin::new();
    let dev = Dev::start(&twin, &[]);
    let url = dev.url();
    let mut visitor = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let begun = "POST /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    visitor.write_all(begun.as_bytes()).unwrap();
    wait::until("the request is open", || twin.status()["gateway"]["requests"]["open"] == 1);
    dev.signal("-INT");
    dev.wait_for("stopping the twin");
    let mut dev = dev;
    // Sent repeatedly, because two signals that follow each other closely can arrive as one.
    wait::until("`dev` exits", || {
        let has_exited = dev.child.try_wait().unwrap().is_some();
        if !has_exited {
            dev.signal("-INT");
        }
        has_exited
    });
    let (code, output) = dev.wait();
    assert_eq!(code, Some(130), "{output}");
    drop(visitor);
    wait::until("the twin stops", || !runs(&twin));
}

#[testbed::test]
fn only_local_twins_are_accepted() {
    let twin = Twin::new();
    twin.write("environments/dev.yaml", "project: ada\nenvironment: dev\nregion: us-east-1\n");
    let refused = twin.run(&["dev", "dev"]).exits_with(2);
    refused.reports("`dev` is on AWS");
    refused.reports("twinctl deploy dev");
    twin.run(&["dev", "nowhere"]).exits_with(3);

    // An environment that becomes an AWS one while `dev` runs is rejected, too.
    let dev = Dev::start(&twin, &[]);
    dev.url();
    twin.write("environments/local.yaml", "project: ada\nenvironment: local\nregion: us-east-1\n");
    dev.wait_for("`local` is on AWS");
    assert_eq!(dev.interrupt().0, Some(0));
    twin.write("environments/local.yaml", "project: ada\nenvironment: local\ntarget: local\n");
}

#[testbed::test]
fn json_output_has_one_event_per_line() {
    let twin = Twin::new();
    let dev = Dev::start(&twin, &["--json"]);
    let output = dev.wait_for("\"kind\":\"serving\"");
    let serving = output.lines().find(|line| line.contains("\"serving\"")).unwrap();
    let url = serde_json::from_str::<Value>(serving).unwrap()["url"].as_str().unwrap().to_owned();
    assert_eq!(get(&url, "/nowhere").status, 404);
    let mut output = dev.wait_for("\"status\":404");
    twin.write("data/summary.txt", "Ada draws maps of rivers.");
    output += &dev.wait_for("\"kind\":\"serving\"");
    let (code, last) = dev.interrupt();
    assert_eq!(code, Some(0));
    output += &last;
    let objects: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| objects.iter().filter(|object| object["kind"] == kind).collect::<Vec<_>>();
    let asked = of("request").into_iter().find(|request| request["status"] == 404).unwrap();
    assert_eq!((&asked["method"], &asked["version"]), (&"GET".into(), &1.into()));
    assert_eq!(of("changed")[0]["paths"], serde_json::json!(["data/summary.txt"]));
    assert_eq!(of("ended")[0]["runs"], false);
}

#[testbed::test]
fn an_interrupt_at_any_moment_leaves_nothing_running() {
    let twin = Twin::new();
    let started = Instant::now();
    let dev = Dev::start(&twin, &[]);
    dev.url();
    let whole = started.elapsed();
    dev.interrupt();
    for step in 0..8 {
        let moment = whole * step / 8;
        let dev = Dev::start(&twin, &[]);
        pause(moment);
        let (code, output) = dev.interrupt();
        // Before `dev` has installed its handler, the signal kills it.
        assert!(matches!(code, Some(0) | None), "{code:?} after {moment:?}\n{output}");
        wait::until("the twin stops", || !runs(&twin));
        let lock = twin.status()["lock"].clone();
        assert!(lock.is_null(), "{lock} after {moment:?}\n{output}");
    }
}

/// Each call that installs a handler is followed by a moment in which the handler ignores the signal.
#[testbed::test(strace)]
fn a_signal_is_not_lost_while_twinctl_prepares_for_it() {
    let twin = Twin::new();
    for call in 1..=14 {
        let args = ["dev", "--lambda-binary", binary()];
        let inject = format!("inject=rt_sigaction:signal=SIGTERM:when={call}");
        let mut strace = Command::new("strace");
        strace.args(["-o", "trace", "-e", "trace=rt_sigaction", "-e", &inject]);
        strace.arg(twin.command(&args).get_program()).args(args).current_dir(twin.path());
        strace.env_clear().env("HOME", twin.path());
        let (code, output) = Dev::spawn(strace).wait();
        // Before `dev` has installed its handler, the signal kills it.
        assert!(matches!(code, Some(0) | None), "{code:?} after call {call}\n{output}");
        wait::until("the twin stops", || !runs(&twin));
    }
}

#[expect(clippy::disallowed_methods, reason = "the moment of the signal varies")]
fn pause(length: Duration) {
    thread::sleep(length);
}
