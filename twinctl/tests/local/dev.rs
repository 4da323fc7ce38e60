//! Work on a twin: what is saved is served, what is asked is shown, and it ends with the work.

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
    destroyed::conversations,
    home::{ENVIRONMENT_FILE, Home, binary, chat, get},
};

/// A running `twinctl dev`, killed when it is dropped.
struct Dev {
    child: Child,
    output: Arc<Mutex<String>>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Dev {
    fn start(home: &Home, args: &[&str]) -> Self {
        Self::spawn(home.command(&[&["dev", "--lambda-binary", binary()], args].concat()))
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

    /// The address, once the twin is served there.
    #[track_caller]
    fn url(&self) -> String {
        let output = self.wait_for("watching for changes");
        output.lines().find(|line| line.starts_with("http://")).expect(&output).to_owned()
    }

    fn signal(&self, name: &str) {
        process::signal(self.child.id(), name);
    }

    /// Waits for the end. Returns the exit code and the rest of the output.
    fn wait(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
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

fn runs(home: &Home) -> bool {
    home.status()["front_door"].is_object()
}

#[testbed::test]
fn what_is_saved_is_served_and_what_is_asked_is_shown() {
    let home = Home::new();
    let dev = Dev::start(&home, &[]);
    let url = dev.url();
    assert_eq!(chat(&url, "What is your email?").status, 200);
    dev.wait_for("POST /api/chat 200");

    home.write("data/facts.json", r#"{"full_name": "Ada Example", "email": "new@ada.example"}"#);
    dev.wait_for("changed: data/facts.json");
    dev.wait_for("up to date after");
    wait::until("the twin knows the new address", || {
        chat(&url, "What is your email?").body.contains("new@ada.example")
    });

    home.write("web/index.html", "<!doctype html>\n<title>New</title>\n");
    dev.wait_for("changed: web/index.html");
    dev.wait_for("up to date after");
    assert!(get(&url, "/").body.contains("New"));

    home.replace(ENVIRONMENT_FILE, "burst", "brust");
    dev.wait_for("did you mean `burst`?");
    assert_eq!(get(&url, "/").status, 200);
    home.replace(ENVIRONMENT_FILE, "brust: 1000", "burst: 2000");
    dev.wait_for("up to date after");
    assert_eq!(home.run(&["plan", "local", "--exit-code"]).code, Some(0));

    let status = home.status();
    let (code, said) = dev.interrupt();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("its conversations and files are kept"), "{said}");
    for pid in [&status["front_door"]["pid"], &status["backend"]["phase"]["pid"]] {
        process::wait_until_gone(pid.as_u64().unwrap().try_into().unwrap());
    }
    assert!(!runs(&home));
    assert!(conversations(&home.place().join("memory")) > 0);
}

#[testbed::test]
fn a_twin_that_ran_before_goes_on() {
    let home = Home::new();
    let url = home.deploy().exits_with(0).url().to_owned();
    let dev = Dev::start(&home, &[]);
    assert_eq!(dev.url(), url);
    dev.signal("-TERM");
    let (code, said) = dev.wait();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("keeps running, as it did before"), "{said}");
    assert_eq!(chat(&url, "Who are you?").status, 200);
}

#[testbed::test]
fn new_code_takes_the_place_of_the_old() {
    let home = Home::new();
    let code = std::fs::read(binary()).unwrap();
    home.write_program("twin-lambda", &code);
    let own = home.join("twin-lambda");
    let dev = Dev::spawn(home.command(&["dev", "--lambda-binary", own.to_str().unwrap()]));
    let url = dev.url();
    let before = home.status();
    let replace = |code: &[u8]| {
        home.write_program("newer", code);
        std::fs::rename(home.join("newer"), &own).unwrap();
    };
    replace(&[&code[..], b"newer"].concat());
    dev.wait_for("changed: twin-lambda");
    dev.wait_for("up to date after");
    let after = home.status();
    assert_ne!(before["backend"]["phase"]["pid"], after["backend"]["phase"]["pid"]);
    assert_eq!(chat(&url, "Who are you?").status, 200);

    // Its last words are shown, and the one before goes on.
    replace(b"#!/bin/sh\necho 'no such luck' >&2\nexit 3\n");
    let said = dev.wait_for("the next change triggers a retry");
    assert!(said.contains("no such luck"), "{said}");
    assert_eq!(chat(&url, "Who are you?").status, 200);
    assert_eq!(dev.interrupt().0, Some(0));
}

/// `npm` is a script here: whether Node is installed makes no difference.
#[testbed::test]
fn a_page_with_sources_is_built_when_they_change() {
    let home = Home::new();
    let npm = "#!/bin/sh\n[ \"$1 $2\" = 'run build' ] || exit 9\n\
               if /bin/grep -q broken index.html; then echo 'line 1: it is broken'; exit 1; fi\n\
               /bin/mkdir -p dist && /bin/cp index.html dist/index.html\n";
    home.write_program("tools/npm", npm);
    home.replace(ENVIRONMENT_FILE, "bundle: web", "bundle: web/dist");
    home.write("web/package.json", "{}");
    home.write("web/node_modules/.package-lock.json", "{}");
    let mut command = home.command(&["dev", "--lambda-binary", binary()]);
    command.env("PATH", home.join("tools"));
    let dev = Dev::spawn(command);
    let url = dev.url();
    assert!(get(&url, "/").body.contains("Hello."));

    home.write("web/index.html", "<!doctype html>\n<title>broken</title>\n");
    dev.wait_for("line 1: it is broken");
    home.write("data/summary.txt", "Ada draws maps of rivers.");
    dev.wait_for("line 1: it is broken");
    home.write("web/index.html", "<!doctype html>\n<title>Mended</title>\n");
    let said = dev.wait_for("up to date after");
    assert!(said.contains("changed: web/index.html"), "{said}");
    assert!(get(&url, "/").body.contains("Mended"));
    let (_, said) = dev.interrupt();
    assert!(!said.contains("changed: "), "what was built here is no news:\n{said}");
}

#[testbed::test]
fn a_first_deploy_that_fails_can_be_mended() {
    let home = Home::new();
    let page = home.join("web/index.html");
    std::fs::rename(&page, home.join("index.html")).unwrap();
    let dev = Dev::start(&home, &[]);
    dev.wait_for("the next change triggers a retry");
    std::fs::rename(home.join("index.html"), &page).unwrap();
    let url = dev.url();
    assert_eq!(get(&url, "/").status, 200);
    // As when its terminal is closed.
    dev.signal("-HUP");
    assert_eq!(dev.wait().0, Some(0));
    assert!(!runs(&home));
}

#[testbed::test]
fn who_does_not_wait_for_the_last_visitor_asks_twice() {
    let home = Home::new();
    let dev = Dev::start(&home, &[]);
    let url = dev.url();
    let mut visitor = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let begun = "POST /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    visitor.write_all(begun.as_bytes()).unwrap();
    wait::until("the request is open", || home.status()["front_door"]["requests"]["open"] == 1);
    dev.signal("-INT");
    dev.wait_for("stopping the twin");
    let mut dev = dev;
    // Repeated, because a signal that follows another too closely is taken for the same one.
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
    wait::until("the twin stops", || !runs(&home));
}

#[testbed::test]
fn only_a_twin_on_this_machine_is_worked_on() {
    let home = Home::new();
    home.write("environments/dev.yaml", "project: ada\nenvironment: dev\nregion: us-east-1\n");
    let refused = home.run(&["dev", "dev"]).exits_with(2);
    refused.reports("`dev` is in AWS");
    refused.reports("twinctl deploy dev");
    home.run(&["dev", "nowhere"]).exits_with(3);

    // Nor does one that was moved to AWS meanwhile follow.
    let dev = Dev::start(&home, &[]);
    dev.url();
    home.write("environments/local.yaml", "project: ada\nenvironment: local\nregion: us-east-1\n");
    dev.wait_for("`local` is in AWS");
    assert_eq!(dev.interrupt().0, Some(0));
    home.write("environments/local.yaml", "project: ada\nenvironment: local\ntarget: local\n");
}

#[testbed::test]
fn machines_read_what_happens_line_by_line() {
    let home = Home::new();
    let dev = Dev::start(&home, &["--json"]);
    let said = dev.wait_for("\"kind\":\"serving\"");
    let serving = said.lines().find(|line| line.contains("\"serving\"")).unwrap();
    let url = serde_json::from_str::<Value>(serving).unwrap()["url"].as_str().unwrap().to_owned();
    assert_eq!(get(&url, "/nowhere").status, 404);
    let mut said = dev.wait_for("\"status\":404");
    home.write("data/summary.txt", "Ada draws maps of rivers.");
    said += &dev.wait_for("\"kind\":\"serving\"");
    let (code, last) = dev.interrupt();
    assert_eq!(code, Some(0));
    said += &last;
    let objects: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| objects.iter().filter(|object| object["kind"] == kind).collect::<Vec<_>>();
    let asked = of("request").into_iter().find(|request| request["status"] == 404).unwrap();
    assert_eq!((&asked["method"], &asked["version"]), (&"GET".into(), &1.into()));
    assert_eq!(of("changed")[0]["paths"], serde_json::json!(["data/summary.txt"]));
    assert_eq!(of("ended")[0]["runs"], false);
}

#[testbed::test]
fn interrupted_at_any_moment_nothing_goes_on() {
    let home = Home::new();
    let started = Instant::now();
    let dev = Dev::start(&home, &[]);
    dev.url();
    let whole = started.elapsed();
    dev.interrupt();
    for step in 0..8 {
        let moment = whole * step / 8;
        let dev = Dev::start(&home, &[]);
        pause(moment);
        let (code, output) = dev.interrupt();
        // Before it listens, the signal itself ends it.
        assert!(matches!(code, Some(0) | None), "{code:?} after {moment:?}\n{output}");
        wait::until("the twin stops", || !runs(&home));
        let lock = home.status()["lock"].clone();
        assert!(lock.is_null(), "{lock} after {moment:?}\n{output}");
    }
}

#[expect(clippy::disallowed_methods, reason = "the moment of the signal varies")]
fn pause(length: Duration) {
    thread::sleep(length);
}
