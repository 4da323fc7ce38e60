//! `check`, which needs no account.

use testbed::Folder;

use super::{command, transcript};

#[testbed::test]
fn all_errors_of_files_data_and_page_are_reported_without_an_account() {
    let folder = Folder::new();
    let file = |name: &str| {
        format!("project: ada\nenvironment: {name}\nregion: eu-central-1\nweb: {{ bundle: web }}\n")
    };
    folder.write("environments/dev.yaml", file("dev"));
    folder.write("environments/prod.yaml", file("prod"));
    folder.write("web/index.html", "<!doctype html>\n<title>Ada</title>\n");
    folder.write("data/facts.json", r#"{"full_name": "Ada Example", "name": "Ada"}"#);
    let check = |args: &[&str]| transcript(command(folder.path(), args));
    insta::assert_snapshot!("check", check(&["check"]));
    folder.write("environments/prod.yaml", file("test"));
    folder.write("data/facts.json", "{");
    std::fs::remove_file(folder.join("web/index.html")).unwrap();
    insta::assert_snapshot!("check_errors", check(&["check"]));
    insta::assert_snapshot!("check_only", check(&["check", "dev", "--only", "file"]));
    std::fs::remove_file(folder.join("data/facts.json")).unwrap();
    let without = check(&["check", "dev", "--only", "data"]);
    assert!(without.contains("dev  data files  no data files; the twin cannot answer without"), "{without}");
}
