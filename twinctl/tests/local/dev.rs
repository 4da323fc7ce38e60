//! Work on a twin: what is saved is served, what is asked is shown, and it ends with the work.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use twinctl::system::host::has_ended;

use super::{
    destroyed::conversations,
    home::{Home, binary},
    visit::{chat, get},
};

const PATIENCE: Duration = Duration::from_secs(30);
const A_MOMENT: Duration = Duration::from_millis(20);

/// `twinctl dev` at work.
struct Dev {
    child: Child,
    said: Arc<Mutex<String>>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Dev {
    fn start(home: &Home, args: &[&str]) -> Self {
        let binary = binary().to_str().unwrap();
        Self::spawn(home.command(&[&["dev", "--lambda-binary", binary], args].concat()))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let readers = vec![listen(out, Arc::clone(&said)), listen(err, Arc::clone(&said))];
        Self { child, said, readers }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until these words were said, and forgets everything.
    #[track_caller]
    fn says(&self, words: &str) -> String {
        let begun = Instant::now();
        while !self.said().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "`{words}` is not said:\n{}", self.said());
            wait(A_MOMENT);
        }
        std::mem::take(&mut *self.said.lock().unwrap())
    }

    /// Where it is, when it is there.
    #[track_caller]
    fn url(&self) -> String {
        let said = self.says("watching for changes");
        said.lines().find(|line| line.starts_with("http://")).expect(&said).to_owned()
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// The exit code, and everything that it still said.
    fn ended(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        for reader in std::mem::take(&mut self.readers) {
            reader.join().unwrap();
        }
        (code, self.said())
    }

    fn interrupted(self) -> (Option<i32>, String) {
        self.signal("-INT");
        self.ended()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn listen(from: impl Read + Send + 'static, said: Arc<Mutex<String>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let mut said = said.lock().unwrap();
            *said += &line.unwrap();
            said.push('\n');
        }
    })
}

/// Again and again, until it is so.
#[track_caller]
fn until(so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < PATIENCE, "it never came to that");
        wait(A_MOMENT);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "other processes are waited for, and the moment of a signal is tried"
)]
fn wait(pause: Duration) {
    thread::sleep(pause);
}

fn runs(home: &Home) -> bool {
    home.status()["front_door"].is_object()
}

#[test]
fn what_is_saved_is_served_and_what_is_asked_is_shown() {
    let home = Home::new();
    let dev = Dev::start(&home, &[]);
    let url = dev.url();
    assert_eq!(chat(&url, "What is your email?").status, 200);
    dev.says("POST /api/chat 200");

    home.write("data/facts.json", r#"{"full_name": "Ada Example", "email": "new@ada.example"}"#);
    dev.says("changed: data/facts.json");
    dev.says("up to date after");
    until(|| chat(&url, "What is your email?").body.contains("new@ada.example"));

    home.write("web/index.html", "<!doctype html>\n<title>New</title>\n");
    dev.says("changed: web/index.html");
    dev.says("up to date after");
    assert!(get(&url, "/").body.contains("New"));

    let environment = fs::read_to_string(home.folder().join("environments/local.yaml")).unwrap();
    home.write("environments/local.yaml", &environment.replace("burst", "brust"));
    dev.says("did you mean `burst`?");
    assert_eq!(get(&url, "/").status, 200);
    home.write("environments/local.yaml", &environment.replace("burst: 1000", "burst: 2000"));
    dev.says("up to date after");
    assert_eq!(home.run(&["plan", "local", "--exit-code"]).code, Some(0));

    let status = home.status();
    let (code, said) = dev.interrupted();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("its conversations and files are kept"), "{said}");
    for pid in [&status["front_door"]["pid"], &status["backend"]["phase"]["pid"]] {
        assert!(has_ended(pid.as_u64().unwrap().try_into().unwrap()), "process {pid} is still there");
    }
    assert!(!runs(&home));
    assert!(conversations(&home.place().join("memory")) > 0);
}

#[test]
fn a_twin_that_ran_before_goes_on() {
    let home = Home::new();
    let url = home.deploy().ends_with(0).url().to_owned();
    let dev = Dev::start(&home, &[]);
    assert_eq!(dev.url(), url);
    dev.signal("-TERM");
    let (code, said) = dev.ended();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("keeps running, as it did before"), "{said}");
    assert_eq!(chat(&url, "Who are you?").status, 200);
}

#[test]
fn new_code_takes_the_place_of_the_old() {
    let home = Home::new();
    let own = home.folder().join("twin-lambda");
    fs::copy(binary(), &own).unwrap();
    let dev = Dev::spawn(home.command(&["dev", "--lambda-binary", own.to_str().unwrap()]));
    let url = dev.url();
    let before = home.status();
    let newer = home.folder().join("newer");
    fs::write(&newer, [fs::read(&own).unwrap(), b"newer".to_vec()].concat()).unwrap();
    fs::set_permissions(&newer, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(&newer, &own).unwrap();
    dev.says("changed: twin-lambda");
    dev.says("up to date after");
    let after = home.status();
    assert_ne!(before["backend"]["phase"]["pid"], after["backend"]["phase"]["pid"]);
    assert_eq!(chat(&url, "Who are you?").status, 200);

    // Its last words are shown, and the one before goes on.
    fs::write(&newer, "#!/bin/sh\necho 'no such luck' >&2\nexit 3\n").unwrap();
    fs::set_permissions(&newer, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(&newer, &own).unwrap();
    let said = dev.says("the next change triggers a retry");
    assert!(said.contains("no such luck"), "{said}");
    assert_eq!(chat(&url, "Who are you?").status, 200);
    assert_eq!(dev.interrupted().0, Some(0));
}

/// `npm` is a script here: whether Node is installed makes no difference.
#[test]
fn a_page_with_sources_is_built_when_they_change() {
    let home = Home::new();
    let npm = "#!/bin/sh\n[ \"$1 $2\" = 'run build' ] || exit 9\n\
               if /bin/grep -q broken index.html; then echo 'line 1: it is broken'; exit 1; fi\n\
               /bin/mkdir -p dist && /bin/cp index.html dist/index.html\n";
    home.write("tools/npm", npm);
    fs::set_permissions(home.folder().join("tools/npm"), fs::Permissions::from_mode(0o755)).unwrap();
    let environment = fs::read_to_string(home.folder().join("environments/local.yaml")).unwrap();
    home.write("environments/local.yaml", &environment.replace("bundle: web", "bundle: web/dist"));
    home.write("web/package.json", "{}");
    home.write("web/node_modules/.package-lock.json", "{}");
    let mut command = home.command(&["dev", "--lambda-binary", binary().to_str().unwrap()]);
    command.env("PATH", home.folder().join("tools"));
    let dev = Dev::spawn(command);
    let url = dev.url();
    assert!(get(&url, "/").body.contains("Hello."));

    home.write("web/index.html", "<!doctype html>\n<title>broken</title>\n");
    dev.says("line 1: it is broken");
    home.write("data/summary.txt", "Ada draws maps of rivers.");
    dev.says("line 1: it is broken");
    home.write("web/index.html", "<!doctype html>\n<title>Mended</title>\n");
    let said = dev.says("up to date after");
    assert!(said.contains("changed: web/index.html"), "{said}");
    assert!(get(&url, "/").body.contains("Mended"));
    let (_, said) = dev.interrupted();
    assert!(!said.contains("changed: "), "what was built here is no news:\n{said}");
}

#[test]
fn a_first_deploy_that_fails_can_be_mended() {
    let home = Home::new();
    let page = home.folder().join("web/index.html");
    fs::rename(&page, home.folder().join("index.html")).unwrap();
    let dev = Dev::start(&home, &[]);
    dev.says("the next change triggers a retry");
    fs::rename(home.folder().join("index.html"), &page).unwrap();
    let url = dev.url();
    assert_eq!(get(&url, "/").status, 200);
    // As when its terminal is closed.
    dev.signal("-HUP");
    assert_eq!(dev.ended().0, Some(0));
    assert!(!runs(&home));
}

#[test]
fn who_does_not_wait_for_the_last_visitor_asks_twice() {
    let home = Home::new();
    let dev = Dev::start(&home, &[]);
    let url = dev.url();
    let mut visitor = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let begun = "POST /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    visitor.write_all(begun.as_bytes()).unwrap();
    until(|| home.status()["front_door"]["requests"]["open"] == 1);
    dev.signal("-INT");
    dev.says("stopping the twin");
    wait(A_MOMENT);
    let asked = Instant::now();
    let (code, said) = dev.interrupted();
    assert_eq!(code, Some(130), "{said}");
    assert!(asked.elapsed() < Duration::from_secs(5));
    drop(visitor);
    until(|| !runs(&home));
}

#[test]
fn only_a_twin_on_this_machine_is_worked_on() {
    let home = Home::new();
    home.write("environments/dev.yaml", "project: ada\nenvironment: dev\nregion: us-east-1\n");
    let refused = home.run(&["dev", "dev"]).ends_with(2);
    refused.says("`dev` is in AWS");
    refused.says("twinctl deploy dev");
    home.run(&["dev", "nowhere"]).ends_with(3);

    // Nor does one that was moved to AWS meanwhile follow.
    let dev = Dev::start(&home, &[]);
    dev.url();
    home.write("environments/local.yaml", "project: ada\nenvironment: local\nregion: us-east-1\n");
    dev.says("`local` is in AWS");
    assert_eq!(dev.interrupted().0, Some(0));
    home.write("environments/local.yaml", "project: ada\nenvironment: local\ntarget: local\n");
}

#[test]
fn machines_read_what_happens_line_by_line() {
    let home = Home::new();
    let dev = Dev::start(&home, &["--json"]);
    let said = dev.says("\"kind\":\"serving\"");
    let serving = said.lines().find(|line| line.contains("\"serving\"")).unwrap();
    let url = serde_json::from_str::<Value>(serving).unwrap()["url"].as_str().unwrap().to_owned();
    assert_eq!(get(&url, "/nowhere").status, 404);
    let mut said = dev.says("\"status\":404");
    home.write("data/summary.txt", "Ada draws maps of rivers.");
    said += &dev.says("\"kind\":\"serving\"");
    let (code, last) = dev.interrupted();
    assert_eq!(code, Some(0));
    said += &last;
    let objects: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| objects.iter().filter(|object| object["kind"] == kind).collect::<Vec<_>>();
    let asked = of("request").into_iter().find(|request| request["status"] == 404).unwrap();
    assert_eq!((&asked["method"], &asked["version"]), (&"GET".into(), &1.into()));
    assert_eq!(of("changed")[0]["paths"], serde_json::json!(["data/summary.txt"]));
    assert_eq!(of("ended")[0]["runs"], false);
}

#[test]
fn interrupted_at_any_moment_nothing_goes_on() {
    let home = Home::new();
    for pause in (0..8).map(|step| Duration::from_millis(40 + step * 40)) {
        let dev = Dev::start(&home, &[]);
        wait(pause);
        let (code, said) = dev.interrupted();
        // Before it listens, the signal itself ends it.
        assert!(matches!(code, Some(0) | None), "{code:?} after {pause:?}\n{said}");
        assert!(!runs(&home), "after {pause:?}\n{said}");
        let lock = home.status()["lock"].clone();
        assert!(lock.is_null(), "{lock} after {pause:?}\n{said}");
    }
}
