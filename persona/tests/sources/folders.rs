//! The folders of five differently made twins, and what must not go online from a folder.

use std::{fs, os::unix::fs::symlink, process::Command};

use super::desk::{Desk, PASSPHRASE, listing, told, vector};

#[test]
fn the_files_of_twins_of_all_shapes_are_found() {
    let facts = "{\"name\": \"Ada\"}";
    let encrypted = Desk::new(&[("data/README.md", "encrypted"), ("data/.gitignore", "*.json")]);
    encrypted.write("data/personal_data/facts.json.encrypted", vector("facts.json.encrypted"));
    encrypted.write("data/personal_data/summary.txt.encrypted", vector("summary.txt.encrypted"));
    let twins = [
        Desk::new(&[
            ("backend/data/personal_data/facts.json", facts),
            ("backend/data/personal_data/linkedin.pdf", "%PDF-1.7"),
            ("backend/data/prompts/system_prompt.txt", "You are {name}."),
            ("data/facts_template.json", facts),
            ("data/sample/facts.json", facts),
        ]),
        Desk::new(&[
            ("data/facts.json", facts),
            ("data/summary.txt", "I am."),
            ("data/style.txt", "Short."),
            ("data/style_template.txt", "How?"),
            ("backend/data/facts.json", "{}"),
        ]),
        Desk::new(&[("backend/data/me.txt", "I am Ada."), ("backend/main.py", "print()")]),
        encrypted,
        Desk::new(&[
            ("backend/personal_data/facts.json", facts),
            ("backend/personal_data/prompts/critical_rules.txt", "1. Be true."),
            ("backend/personal_data/.DS_Store", ""),
        ]),
        Desk::new(&[("data/sample/facts.json", facts), ("data/me_template.txt", "Who?")]),
        Desk::new(&[]),
    ];
    let found = twins.map(|twin| listing(&twin.collect_with("", Some(PASSPHRASE), None).unwrap()));
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn a_named_folder_is_that_folder() {
    let desk =
        Desk::new(&[("mine/facts.json", "{}"), ("data/facts.json", "{}"), ("empty/sample/me.txt", "I")]);
    assert_eq!(listing(&desk.collect("mine").unwrap()), "mine/: facts.json");
    assert_eq!(listing(&desk.collect("mine/").unwrap()), "mine/: facts.json");
    assert_eq!(listing(&desk.collect("empty").unwrap()), "empty/sample/ (sample): me.txt");
    let error = told(&desk.collect("mien").unwrap_err()).replace(desk.path().to_str().unwrap(), "");
    insta::assert_snapshot!(error, @r"
    the folder /mien is not there
      hint: name another with `--from` or `data:`
    ");
    let error =
        told(&desk.collect("mine/facts.json").unwrap_err()).replace(desk.path().to_str().unwrap(), "");
    insta::assert_snapshot!(error, @r"
    /mine/facts.json is a file, and all of a folder goes online
      hint: name its folder instead: /mine
    ");
}

#[test]
fn what_cannot_be_meant_is_told_all_at_once() {
    let outside = Desk::new(&[("secret.txt", "secret")]);
    let desk = Desk::new(&[("data/facts.json", "{}"), ("data/notes/a.md", "a")]);
    desk.write("data/key.txt", super::desk::key());
    desk.write("data/cv.pdf", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    desk.write("data/facts.json.age", vector("facts.json.age"));
    let data = desk.path().join("data");
    symlink(outside.path().join("secret.txt"), data.join("out.txt")).unwrap();
    symlink(outside.path(), data.join("outdir")).unwrap();
    symlink("nowhere", data.join("dangling.txt")).unwrap();
    symlink("notes", data.join("again")).unwrap();
    symlink("notes/a.md", data.join("inside.md")).unwrap();
    assert!(Command::new("mkfifo").arg(data.join("pipe.txt")).status().unwrap().success());
    fs::File::create(data.join("large.txt")).unwrap().set_len(65 << 20).unwrap();
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt as _;
        fs::write(data.join(std::ffi::OsStr::from_bytes(b"na\xefve.txt")), "x").unwrap();
    }
    let error = told(&desk.collect("").unwrap_err());
    insta::assert_snapshot!(error.replace(outside.path().to_str().unwrap(), "OUTSIDE"));
    let one = Desk::new(&[("data/notes/a.md", "a")]);
    symlink("notes/a.md", one.path().join("data/inside.md")).unwrap();
    assert_eq!(listing(&one.collect("").unwrap()), "data/: inside.md, notes/a.md");
}

#[test]
fn the_folder_itself_may_be_a_link() {
    let elsewhere = Desk::new(&[("facts.json", "{}")]);
    let desk = Desk::new(&[]);
    symlink(elsewhere.path(), desk.path().join("data")).unwrap();
    assert_eq!(listing(&desk.collect("").unwrap()), "data/: facts.json");

    let empty = Desk::new(&[]);
    let desk = Desk::new(&[("backend/data/me.txt", "I am Ada.")]);
    symlink(empty.path(), desk.path().join("data")).unwrap();
    assert_eq!(listing(&desk.collect("").unwrap()), "backend/data/: me.txt");
}

#[test]
fn two_thousand_files_take_no_time() {
    let desk = Desk::new(&[]);
    for n in 0..2000 {
        desk.write(&format!("data/notes/{n}.md"), format!("note {n}"));
    }
    let started = std::time::Instant::now();
    assert_eq!(desk.collect("").unwrap().files.len(), 2000);
    assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
}
