//! `twinctl data keygen`, `encrypt` and `decrypt`, run in folders of their own without a terminal.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod typed;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    /// With a key, and two files of an owner.
    fn new() -> Self {
        let folder = Self(TempDir::with_prefix("twinctl-test-").unwrap());
        assert!(folder.run("", &["data", "keygen", "-o", "keys/data.key"]).ends_with("exit 0\n"));
        fs::create_dir(folder.path("data")).unwrap();
        fs::write(folder.path("data/facts.json"), "{\"name\": \"Ada\"}").unwrap();
        fs::write(folder.path("data/cv.pdf"), b"%PDF-1.7 \x1b[31m \xff\x00").unwrap();
        folder
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn names(&self) -> String {
        let mut names: Vec<_> =
            fs::read_dir(self.path("data")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names.iter().map(|name| name.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    fn command(&self, key: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinctl"));
        command.args(args).current_dir(self.0.path()).env_clear().stdin(Stdio::null());
        if !key.is_empty() {
            command.env("DATA_KEY", key);
        }
        command
    }

    /// Command line, exit code, and what is said on both streams, less what is new in every run.
    fn run(&self, key: &str, args: &[&str]) -> String {
        let output = self.command(key, args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (data, people) = (text(output.stdout), text(output.stderr));
        let exit = output.status.code().unwrap();
        format!("$ twinctl {}\n{data}{people}exit {exit}\n", args.join(" "))
    }
}

const KEY: &str = "keys/data.key";

#[test]
fn a_key_is_for_its_owner_alone_and_never_written_over() {
    let folder = Folder::new();
    let key = fs::read_to_string(folder.path(KEY)).unwrap();
    assert_eq!(fs::metadata(folder.path(KEY)).unwrap().permissions().mode() & 0o777, 0o600);
    insta::assert_snapshot!(folder.run("", &["data", "keygen", "-o", KEY]), @r"
    $ twinctl data keygen -o keys/data.key
    error: keys/data.key already exists, and keys are never overwritten

    hint: choose another file; files encrypted with the old key need the old key
    exit 2
    ");
    assert_eq!(fs::read_to_string(folder.path(KEY)).unwrap(), key);
    let printed = folder.run("", &["data", "keygen"]);
    assert!(printed.contains("\nAGE-SECRET-KEY-1"), "{printed}");
    let json = folder.run("", &["data", "keygen", "--json", "-o", "other.key"]);
    assert!(json.contains("\"public_key\":\"age1") && !json.contains("AGE-SECRET-KEY"), "{json}");
}

#[test]
fn files_are_encrypted_and_come_back() {
    let folder = Folder::new();
    let said = [
        folder.run(KEY, &["data", "encrypt", "data/facts.json", "data/cv.pdf", "--dry-run"]),
        folder.run(KEY, &["data", "encrypt", "data/facts.json", "data/cv.pdf", "--remove"]),
        folder.run(KEY, &["data", "decrypt", "data/facts.json.age", "-o", "-"]),
        folder.run(KEY, &["data", "decrypt", "data/facts.json.age", "data/cv.pdf.age"]),
        folder.run(KEY, &["data", "encrypt", "data/facts.json", "--json", "--force"]),
    ];
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(folder.names(), "cv.pdf cv.pdf.age facts.json facts.json.age");
    assert_eq!(fs::read(folder.path("data/cv.pdf")).unwrap(), b"%PDF-1.7 \x1b[31m \xff\x00");
    let bytes = folder.command(KEY, &["data", "decrypt", "data/cv.pdf.age", "-o", "-"]).output().unwrap();
    assert_eq!(bytes.stdout, b"%PDF-1.7 \x1b[31m \xff\x00");
}

#[test]
fn what_is_wrong_is_said_of_all_files_before_any_is_touched() {
    let folder = Folder::new();
    fs::write(folder.path("data/cv.pdf.age"), "mine").unwrap();
    fs::write(folder.path("data/me.txt.encrypted"), "Salted__01234567").unwrap();
    let facts = "data/facts.json";
    let said = [
        folder.run("", &["data", "encrypt", facts]),
        folder.run(KEY, &["data", "encrypt", facts, "data/cv.pdf", "data/nowhere", "data/me.txt.encrypted"]),
        folder.run("", &["data", "encrypt", facts, "--to", "age1bogus"]),
        folder.run("", &["data", "decrypt", "data/me.txt.encrypted"]),
        folder.run(KEY, &["data", "decrypt", facts, "data/cv.pdf.age", "--force"]),
        folder.run(KEY, &["data", "decrypt", "data/me.txt.encrypted", "data/cv.pdf.age", "--force"]),
        folder.run(KEY, &["data", "decrypt", "data/me.txt.encrypted", "-o", "-", "--json"]),
        folder.run(KEY, &["data", "decrypt", "data/me.txt.encrypted", "data/cv.pdf.age", "-o", "x"]),
        folder.run("", &["data", "encrypt", facts, "--key-file", "nowhere.key"]),
        folder.run(KEY, &["data", "encrypt", KEY]),
        folder.run("keys/missing.key", &["data", "encrypt", facts]),
    ];
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(folder.names(), "cv.pdf cv.pdf.age facts.json me.txt.encrypted");
}

#[test]
fn a_plain_file_stays_where_nobody_here_could_read_it_again() {
    let folder = Folder::new();
    let other = folder.run("", &["data", "keygen"]);
    let public = other.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let to = ["data", "encrypt", "data/facts.json", "--remove", "--to", public];
    let said = folder.run(KEY, &to);
    assert!(
        said.contains("`--remove` needs a key that decrypts the new files") && said.ends_with("exit 2\n")
    );
    assert_eq!(folder.names(), "cv.pdf facts.json");
    let own = folder.run("", &["data", "encrypt", "data/facts.json", "--to", public]);
    assert!(own.ends_with("exit 0\n"), "{own}");
}
