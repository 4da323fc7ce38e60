//! Collecting from the folders of several twins, and files that are refused.

use std::{fs, os::unix::fs::symlink, process::Command};

use super::project::{PASSPHRASE, Project, listing, printed, vector};

#[test]
fn files_are_found_in_all_default_folders() {
    let facts = "{\"name\": \"Ada\"}";
    let encrypted = Project::new(&[("data/README.md", "encrypted"), ("data/.gitignore", "*.json")]);
    encrypted.write("data/personal_data/facts.json.encrypted", vector("facts.json.encrypted"));
    encrypted.write("data/personal_data/summary.txt.encrypted", vector("summary.txt.encrypted"));
    let twins = [
        Project::new(&[
            ("backend/data/personal_data/facts.json", facts),
            ("backend/data/personal_data/linkedin.pdf", "%PDF-1.7"),
            ("backend/data/prompts/system_prompt.txt", "You are {name}."),
            ("data/facts_template.json", facts),
            ("data/sample/facts.json", facts),
        ]),
        Project::new(&[
            ("data/facts.json", facts),
            ("data/summary.txt", "I am."),
            ("data/style.txt", "Short."),
            ("data/style_template.txt", "How?"),
            ("backend/data/facts.json", "{}"),
        ]),
        Project::new(&[("backend/data/me.txt", "I am Ada."), ("backend/main.py", "print()")]),
        encrypted,
        Project::new(&[
            ("backend/personal_data/facts.json", facts),
            ("backend/personal_data/prompts/critical_rules.txt", "1. Be true."),
            ("backend/personal_data/.DS_Store", ""),
        ]),
        Project::new(&[("data/sample/facts.json", facts), ("data/me_template.txt", "Who?")]),
        Project::new(&[]),
    ];
    let found = twins.map(|twin| listing(&twin.collect_with("", Some(PASSPHRASE), None).unwrap()));
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn a_folder_can_be_specified() {
    let project =
        Project::new(&[("mine/facts.json", "{}"), ("data/facts.json", "{}"), ("empty/sample/me.txt", "I")]);
    assert_eq!(listing(&project.collect("mine").unwrap()), "mine/: facts.json");
    assert_eq!(listing(&project.collect("mine/").unwrap()), "mine/: facts.json");
    assert_eq!(listing(&project.collect("empty").unwrap()), "empty/sample/ (sample): me.txt");
    let error = printed(&project.collect("mien").unwrap_err()).replace(project.path().to_str().unwrap(), "");
    insta::assert_snapshot!(error, @r"
    the folder /mien does not exist
      hint: specify another one with `--from` or `data:`
    ");
    let error = printed(&project.collect("mine/facts.json").unwrap_err())
        .replace(project.path().to_str().unwrap(), "");
    insta::assert_snapshot!(error, @r"
    /mine/facts.json is a file, not a folder
      hint: specify its folder instead: /mine
    ");
}

#[test]
fn refused_files_are_reported_together() {
    let outside = Project::new(&[("secret.txt", "secret")]);
    let project = Project::new(&[("data/facts.json", "{}"), ("data/notes/a.md", "a")]);
    project.write("data/key.txt", super::project::key());
    project.write("data/cv.pdf", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    project.write("data/facts.json.age", vector("facts.json.age"));
    let data = project.path().join("data");
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
    let error = printed(&project.collect("").unwrap_err());
    insta::assert_snapshot!(error.replace(outside.path().to_str().unwrap(), "OUTSIDE"));
    let one = Project::new(&[("data/notes/a.md", "a")]);
    symlink("notes/a.md", one.path().join("data/inside.md")).unwrap();
    assert_eq!(listing(&one.collect("").unwrap()), "data/: inside.md, notes/a.md");
}

#[test]
fn the_folder_may_be_a_symbolic_link() {
    let elsewhere = Project::new(&[("facts.json", "{}")]);
    let project = Project::new(&[]);
    symlink(elsewhere.path(), project.path().join("data")).unwrap();
    assert_eq!(listing(&project.collect("").unwrap()), "data/: facts.json");

    let empty = Project::new(&[]);
    let project = Project::new(&[("backend/data/me.txt", "I am Ada.")]);
    symlink(empty.path(), project.path().join("data")).unwrap();
    assert_eq!(listing(&project.collect("").unwrap()), "backend/data/: me.txt");
}

#[test]
fn two_thousand_files_are_collected() {
    let project = Project::new(&[]);
    for n in 0..2000 {
        project.write(&format!("data/notes/{n}.md"), format!("note {n}"));
    }
    assert_eq!(project.collect("").unwrap().files.len(), 2000);
}
