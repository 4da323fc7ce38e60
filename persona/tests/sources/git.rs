//! Collecting from git repositories, local and over HTTP.

use super::{
    http::Server,
    project::{PASSPHRASE, Project, listing, printed, vector},
    repository::Repository,
};

fn collect(source: &str) -> String {
    Project::new(&[]).collect(source).map_or_else(|error| printed(&error), |collected| listing(&collected))
}

#[test]
fn data_files_are_found_in_repositories() {
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
    assert!(collect(&none.address()).contains("contains no data files"));
}

#[test]
fn branches_tags_commits_and_folders_can_be_specified() {
    let repository = Repository::new(&[("me.txt", "first")]);
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["tag", "--annotate", "--message=one", "v1"]);
    repository.write("me.txt", "second");
    repository.write("other/notes.md", "notes");
    repository.commit();
    repository.git(&["branch", "feature/x"]);
    let me = |reference: &str| {
        let collected = Project::new(&[]).collect(&format!("{}{reference}", repository.address())).unwrap();
        String::from_utf8(collected.files.get("me.txt").unwrap().to_vec()).unwrap()
    };
    assert_eq!(
        (me("").as_str(), me("#main").as_str(), me("#feature/x").as_str()),
        ("second", "second", "second")
    );
    assert_eq!((me("#v1").as_str(), me(&format!("#{first}")).as_str()), ("first", "first"));
    assert!(collect(&format!("{}#main:other", repository.address())).ends_with(": notes.md"));
    assert!(collect(&format!("{}#:other/", repository.address())).ends_with(": notes.md"));
    let error = |reference: &str| {
        collect(&format!("{}{reference}", repository.address()))
            .replace(repository.path().to_str().unwrap(), "/REPOSITORY")
            .replace(&first[..7], "FIRST")
    };
    let missing = format!("git+file://{}/nowhere", repository.path().display());
    let missing = collect(&missing).replace(repository.path().to_str().unwrap(), "");
    insta::assert_snapshot!([error("#v2"), error("#v1:folder"), missing].join("\n"));
}

#[test]
fn refused_files_are_reported_together() {
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
fn encrypted_files_of_a_repository_are_decrypted() {
    let repository = Repository::new(&[]);
    repository.write("data/facts.json.encrypted", vector("facts.json.encrypted"));
    repository.commit();
    let collected = Project::new(&[]).collect_with(&repository.address(), Some(PASSPHRASE), None).unwrap();
    assert_eq!(collected.files.get("facts.json"), Some(vector("facts.json").as_slice()));
    assert_eq!(collected.decrypted, ["facts.json"]);
}

#[test]
fn tokens_are_used_over_http_and_not_printed() {
    let repository = Repository::new(&[("data/facts.json", "{}")]);
    let server = Server::start(repository.path().parent().unwrap());
    let address = server.address(&format!("{}/.git", repository.path().file_name().unwrap().display()));
    let with = |token: Option<&str>| {
        let collected = Project::new(&[]).collect_with(&address, None, token);
        collected
            .map_or_else(|error| printed(&error), |collected| listing(&collected))
            .replace(&address, "ADDRESS")
    };
    let short = repository.git(&["rev-parse", "HEAD"]);
    assert_eq!(with(Some("right")), format!("ADDRESS at {}, data/: facts.json", &short[..7]));
    assert!(!server.authorizations.lock().unwrap().is_empty());
    let nowhere = Project::new(&[]).collect_with(&server.address("nowhere"), None, Some("right"));
    let all = [with(Some("wrong-token")), with(None), printed(&nowhere.unwrap_err())].join("\n");
    assert!(!all.contains("wrong-token"));
    let filters = [(r"http://127.0.0.1:\d+/\S+?(/\.git)?( |$)", "URL ")];
    insta::with_settings!({ filters => filters }, { insta::assert_snapshot!(all) });
}

#[test]
fn tokens_are_not_sent_to_another_host_after_a_redirect() {
    let repository = Repository::new(&[("data/facts.json", "{}")]);
    let other = Server::start(repository.path().parent().unwrap());
    let address = Server::redirecting_to(&other).address("ada/private");
    Project::new(&[]).collect_with(&address, None, Some("right")).unwrap_err();
    assert_eq!(*other.authorizations.lock().unwrap(), Vec::<String>::new());
}

#[test]
fn an_unreachable_host_is_reported() {
    // Nothing listens on port 1, and a test without privileges cannot.
    let error = collect("git+http://127.0.0.1:1/ada/private");
    assert!(
        error.contains("could not connect to http://127.0.0.1:1/ada/private: unable to access"),
        "{error}"
    );
}

#[test]
fn two_thousand_files_of_a_repository_are_collected() {
    let repository = Repository::new(&[]);
    for n in 0..2000 {
        repository.write(&format!("data/notes/{n}.md"), format!("note {n}"));
    }
    repository.commit();
    let collected = Project::new(&[]).collect(&repository.address()).unwrap();
    assert_eq!(collected.files.len(), 2000);
}
