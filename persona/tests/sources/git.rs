//! Files of git repositories, over files and http.

use std::{fs, net::TcpListener, time::Instant};

use super::{
    desk::{Desk, PASSPHRASE, listing, told, vector},
    http::Server,
    repository::Repository,
};

fn collect(source: &str) -> String {
    Desk::new(&[]).collect(source).map_or_else(|error| told(&error), |collected| listing(&collected))
}

#[test]
fn the_owners_files_are_found_in_repositories_of_all_shapes() {
    for (files, found) in [
        (&[("data/facts.json", "{}"), ("README.md", "#"), ("app.py", "")][..], ", data/: facts.json"),
        (&[("backend/data/personal_data/me.txt", "I")], ", backend/data/: personal_data/me.txt"),
        (&[("personal_data/me.txt", "I"), ("package.json", "{}")], ", personal_data/: me.txt"),
        (
            &[
                ("facts.json", "{}"),
                ("package.json", "{}"),
                ("LICENSE", ""),
                ("prompts/system_prompt.txt", ""),
            ],
            ": facts.json, prompts/system_prompt.txt",
        ),
    ] {
        let repository = Repository::new(files);
        let short = &repository.git(&["rev-parse", "HEAD"])[..7];
        let address = repository.address();
        assert_eq!(collect(&address), format!("{address} at {short}{found}"));
    }
    let none = Repository::new(&[("package.json", "{}"), ("data/facts_template.json", "{}")]);
    assert!(collect(&none.address()).contains("holds no file of yours"));
}

#[test]
fn a_branch_a_tag_a_commit_and_a_folder_can_be_named() {
    let repository = Repository::new(&[("me.txt", "first")]);
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["tag", "--annotate", "--message=one", "v1"]);
    repository.write("me.txt", "second");
    repository.write("other/notes.md", "notes");
    repository.commit();
    repository.git(&["branch", "feature/x"]);
    let me = |reference: &str| {
        let collected = Desk::new(&[]).collect(&format!("{}{reference}", repository.address())).unwrap();
        String::from_utf8(collected.files.get("me.txt").unwrap().to_vec()).unwrap()
    };
    assert_eq!(
        (me("").as_str(), me("#main").as_str(), me("#feature/x").as_str()),
        ("second", "second", "second")
    );
    assert_eq!((me("#v1").as_str(), me(&format!("#{first}")).as_str()), ("first", "first"));
    assert!(collect(&format!("{}#main:other", repository.address())).ends_with(": notes.md"));
    assert!(collect(&format!("{}#:other/", repository.address())).ends_with(": notes.md"));
    let said = |reference: &str| {
        collect(&format!("{}{reference}", repository.address()))
            .replace(repository.path().to_str().unwrap(), "/REPOSITORY")
            .replace(&first[..7], "FIRST")
    };
    let missing = format!("git+file://{}/nowhere", repository.path().display());
    let missing = collect(&missing).replace(repository.path().to_str().unwrap(), "");
    insta::assert_snapshot!([said("#v2"), said("#v1:folder"), missing].join("\n"));
}

#[test]
fn what_cannot_go_online_is_told_all_at_once() {
    let repository = Repository::new(&[("data/notes/me.txt", "I")]);
    repository.write("data/cv.pdf", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    repository
        .write("data/summary.txt.age", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    std::os::unix::fs::symlink("/etc/passwd", repository.path().join("data/link.txt")).unwrap();
    repository.commit();
    let commit = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},data/module")]);
    repository.git(&["commit", "--quiet", "--message=module"]);
    insta::assert_snapshot!(collect(&repository.address()));
}

#[test]
fn encrypted_files_of_a_repository_are_opened() {
    let repository = Repository::new(&[]);
    repository.write("data/facts.json.encrypted", vector("facts.json.encrypted"));
    repository.commit();
    let collected = Desk::new(&[]).collect_with(&repository.address(), Some(PASSPHRASE), None).unwrap();
    assert_eq!(collected.files.get("facts.json"), Some(vector("facts.json").as_slice()));
    assert_eq!(collected.decrypted, ["facts.json"]);
}

#[test]
fn over_http_the_right_token_opens_and_nothing_shows_it() {
    let repository = Repository::new(&[("data/facts.json", "{}")]);
    let server = Server::start(repository.path().parent().unwrap());
    let address = server.address(&format!("{}/.git", repository.path().file_name().unwrap().display()));
    let with = |token: Option<&str>| {
        let collected = Desk::new(&[]).collect_with(&address, None, token);
        collected
            .map_or_else(|error| told(&error), |collected| listing(&collected))
            .replace(&address, "ADDRESS")
    };
    let short = repository.git(&["rev-parse", "HEAD"]);
    assert_eq!(with(Some("right")), format!("ADDRESS at {}, data/: facts.json", &short[..7]));
    assert!(!server.shown.lock().unwrap().is_empty());
    let nowhere = Desk::new(&[]).collect_with(&server.address("nowhere"), None, Some("right"));
    let all = [with(Some("wrong-token")), with(None), told(&nowhere.unwrap_err())].join("\n");
    assert!(!all.contains("wrong-token"));
    let filters = [(r"http://127.0.0.1:\d+/\S+?(/\.git)?( |$)", "URL ")];
    insta::with_settings!({ filters => filters }, { insta::assert_snapshot!(all) });
}

#[test]
fn a_token_does_not_follow_to_another_host() {
    let repository = Repository::new(&[("data/facts.json", "{}")]);
    let other = Server::start(repository.path().parent().unwrap());
    let address = Server::leading_to(&other).address("ada/private");
    Desk::new(&[]).collect_with(&address, None, Some("right")).unwrap_err();
    assert_eq!(*other.shown.lock().unwrap(), Vec::<String>::new());
}

#[test]
fn a_host_that_is_not_there_is_told_from_one_that_refuses() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let said = collect(&format!("git+http://127.0.0.1:{port}/ada/private"));
    assert!(said.contains("cannot be reached: unable to access"), "{said}");
    let said = collect("git+https://host.invalid/ada/private");
    assert!(said.contains("cannot be reached: unable to access"), "{said}");
}

#[test]
fn two_thousand_files_of_a_repository_take_no_time() {
    let repository = Repository::new(&[]);
    for n in 0..2000 {
        repository.write(&format!("data/notes/{n}.md"), format!("note {n}"));
    }
    repository.commit();
    let started = Instant::now();
    let collected = Desk::new(&[]).collect(&repository.address()).unwrap();
    assert_eq!(collected.files.len(), 2000);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn nothing_is_left_behind() {
    let leftovers = || {
        let names = fs::read_dir(std::env::temp_dir()).unwrap().flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().starts_with("twinctl-data-")).count()
    };
    // Other tests fetch at the same time: what they have will be gone as soon as they end.
    collect("git+file:///nowhere/at/all");
    let started = Instant::now();
    while leftovers() > 0 && started.elapsed().as_secs() < 20 {
        std::thread::yield_now();
    }
    assert_eq!(leftovers(), 0);
}
