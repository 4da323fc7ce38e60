//! Tests with valid and invalid web folders.

use std::fs;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::WebBundle;
use crate::artifacts::{
    BundleError, Content,
    web::{HardcodedFile, Obstacle, find_hardcoded},
};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (key, text) in files {
        let path = folder.path().join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn keys(bundle: &WebBundle) -> Vec<&str> {
    bundle.files().iter().map(|file| file.key.as_str()).collect()
}

async fn error_text(folder: &TempDir) -> String {
    let path = folder.path().canonicalize().unwrap();
    let error = WebBundle::load(&path).await.unwrap_err();
    assert!(error.hint().is_some());
    error.to_string().replace(path.to_str().unwrap(), "DIR")
}

#[tokio::test]
async fn only_public_files_are_listed() {
    let folder = folder(&[
        ("index.html", "hello"),
        ("_next/static/x.js", ""),
        (".well-known/security.txt", ""),
        (".DS_Store", ""),
        (".env", "KEY=secret"),
        (".git/config", ""),
        ("a/.hidden/b.txt", ""),
        (".gitignore", "*.js"),
        ("node_modules.txt", ""),
    ]);
    let bundle = WebBundle::load(folder.path()).await.unwrap();
    assert_eq!(
        keys(&bundle),
        [".well-known/security.txt", "_next/static/x.js", "index.html", "node_modules.txt"]
    );
    let index = &bundle.files()[2];
    assert_eq!((index.size, index.md5_hex.as_str()), (5, "5d41402abc4b2a76b9719d911017c592"));
}

#[tokio::test]
async fn the_manifest_does_not_depend_on_the_location_of_the_folder() {
    let files = [("index.html", "hello"), ("b/c.txt", "c"), ("b.txt", "b"), ("b-1.txt", "1")];
    let (one, two) = (folder(&files), folder(&files));
    let manifest = async |folder: &TempDir| {
        let bundle = WebBundle::load(folder.path()).await.unwrap();
        bundle.manifest().to_json().unwrap()
    };
    assert_eq!(manifest(&one).await, manifest(&two).await);
}

#[tokio::test]
async fn inline_scripts_of_all_pages_are_listed_once() {
    let page = "<script>a()</script><script>b()</script>";
    let folder = folder(&[("index.html", page), ("404.html", page), ("x.js", page)]);
    let bundle = WebBundle::load(folder.path()).await.unwrap();
    assert_eq!(bundle.inline_script_hashes().len(), 2);
}

#[tokio::test]
async fn folders_without_a_page_are_errors() {
    let empty = folder(&[(".DS_Store", "")]);
    insta::assert_snapshot!(error_text(&empty).await, @"the web folder DIR is empty");
    let indexless = folder(&[("about/index.html", "")]);
    insta::assert_snapshot!(error_text(&indexless).await, @"the web folder DIR has no index.html");
    let missing = WebBundle::load("no/such/folder".as_ref()).await.unwrap_err();
    insta::assert_snapshot!(missing, @"the web folder no/such/folder does not exist");
}

#[tokio::test]
async fn a_link_to_a_file_outside_the_folder_is_an_error() {
    let folder = folder(&[("index.html", ""), ("real/a.txt", "a")]);
    symlink(folder.path().join("real"), folder.path().join("alias")).unwrap();
    let bundle = WebBundle::load(folder.path()).await.unwrap();
    assert_eq!(keys(&bundle), ["alias/a.txt", "index.html", "real/a.txt"]);

    symlink("/etc", folder.path().join("out")).unwrap();
    insta::assert_snapshot!(error_text(&folder).await, @"DIR/out is a link to /etc, outside the web folder");

    fs::remove_file(folder.path().join("out")).unwrap();
    symlink("nowhere", folder.path().join("real/gone")).unwrap();
    let error = WebBundle::load(folder.path()).await.unwrap_err();
    assert!(matches!(error, BundleError::Walk { .. } | BundleError::Read { .. }), "{error:?}");

    fs::remove_file(folder.path().join("real/gone")).unwrap();
    symlink("..", folder.path().join("real/loop")).unwrap();
    let error = WebBundle::load(folder.path()).await.unwrap_err();
    assert!(matches!(error, BundleError::Walk { .. }), "{error:?}");
}

#[tokio::test]
async fn many_files_and_a_large_file_are_loaded() {
    let folder = folder(&[("index.html", "")]);
    for n in 0..5_000 {
        fs::write(folder.path().join(format!("{n}.txt")), n.to_string()).unwrap();
    }
    let large = fs::File::create(folder.path().join("talk.mp4")).unwrap();
    large.set_len(50 * 1024 * 1024).unwrap();
    let bundle = WebBundle::load(folder.path()).await.unwrap();
    assert_eq!(bundle.files().len(), 5_002);
    let talk = bundle.files().last().unwrap();
    assert_eq!((talk.size, talk.md5_hex.as_str()), (52_428_800, "25e317773f308e446cc84c503a6d1f85"));
}

#[tokio::test]
async fn the_page_of_twinctl_has_no_inline_scripts() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../twin-web/dist");
    let bundle = WebBundle::load(page.as_ref()).await.unwrap();
    assert_eq!(bundle.inline_script_hashes(), [""; 0]);
    let assets = bundle.files().iter().filter(|file| file.key.starts_with("assets/"));
    for asset in assets {
        assert!(asset.cache_control.ends_with("immutable"), "{}", asset.key);
    }
}

const SCRIPT: &str = r#"fetch("".concat("http://localhost:8000","/chat"))"#;
const REWRITTEN: &str = r#"fetch("".concat("","/chat"))"#;

async fn rewritten(folder: &TempDir) -> (WebBundle, Vec<HardcodedFile>) {
    let files = find_hardcoded(folder.path()).await.unwrap();
    (WebBundle::load(folder.path()).await.unwrap().rewritten(&files), files)
}

#[tokio::test]
async fn a_rewritten_page_equals_one_that_was_built_without_the_address() {
    let page = |script: &str| format!("<script src=x.js></script><script>{script}</script>");
    let [original, relative] = [SCRIPT, REWRITTEN].map(|script| {
        folder(&[
            ("index.html", &page(script)),
            ("_next/static/chunks/app/page-1.js", script),
            ("module.mjs", script),
            ("other.js", "1"),
        ])
    });
    let (bundle, _) = rewritten(&original).await;
    let expected = WebBundle::load(relative.path()).await.unwrap();
    assert_eq!(bundle.inline_script_hashes(), expected.inline_script_hashes());
    for (file, expected) in bundle.files().iter().zip(expected.files()) {
        assert_eq!((&file.key, file.size, &file.md5_hex), (&expected.key, expected.size, &expected.md5_hex));
        assert_eq!(file.content.read().await.unwrap(), expected.content.read().await.unwrap());
    }
    // Caches may have the original content of this file.
    let chunk = "_next/static/chunks/app/page-1.js";
    assert_eq!(Vec::from_iter(bundle.revalidated()), [chunk]);
    let stages: Vec<Vec<_>> =
        bundle.stages().iter().map(|stage| stage.iter().map(|f| f.key.as_str()).collect()).collect();
    assert_eq!(stages, [vec![chunk, "module.mjs", "other.js"], vec!["index.html"]]);
}

#[tokio::test]
async fn a_page_without_hard_coded_addresses_is_not_changed() {
    let folder = folder(&[
        ("index.html", "<script>fetch('/chat')</script>"),
        ("a.js", "fetch('http://localhost:3000/chat')"),
        ("a.js.map", SCRIPT),
        ("a.css", "/* 'http://localhost:8000' */"),
    ]);
    let (bundle, files) = rewritten(&folder).await;
    assert_eq!(files, []);
    assert_eq!(bundle, WebBundle::load(folder.path()).await.unwrap());
    assert!(bundle.files().iter().all(|file| matches!(file.content, Content::OnDisk(_))));
}

#[tokio::test]
async fn files_whose_hash_the_page_contains_are_not_rewritten() {
    let integrity = "sha384-8ZauwR14i5D1Y6MuzSoHpTbej7q9KaZ/rfSJxzoadlQLqup4c37pRjZtdcSvnn5h";
    let hash =
        crate::artifacts::web::csp::inline_script_hashes(format!("<script>{SCRIPT}</script>").as_bytes());
    let policy = format!("<meta http-equiv=content-security-policy content=\"script-src {}\">", hash[0]);
    let folder = folder(&[
        ("index.html", &format!("<script src=a.js integrity={integrity}></script>")),
        ("a.js", SCRIPT),
        ("b.js", &format!("{SCRIPT};")),
        ("policy.html", &format!("{policy}<script>{SCRIPT}</script>")),
    ]);
    let (bundle, files) = rewritten(&folder).await;
    let found: Vec<_> = files.iter().map(|file| (file.key.as_str(), file.uses[0].obstacle.clone())).collect();
    let pinned = Some(Obstacle::Pinned);
    assert_eq!(found, [("a.js", pinned.clone()), ("b.js", None), ("policy.html", pinned)]);
    let changed = bundle.files().iter().filter(|file| matches!(file.content, Content::InMemory(_)));
    assert_eq!(changed.map(|file| file.key.as_str()).collect::<Vec<_>>(), ["b.js"]);
}

#[tokio::test]
async fn the_page_of_twinctl_has_no_hard_coded_addresses() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../twin-web/dist");
    assert_eq!(find_hardcoded(page.as_ref()).await.unwrap(), []);
}

#[tokio::test]
async fn the_sources_of_pages_and_style_sheets_are_collected() {
    let folder = folder(&[
        ("index.html", "<style>p {}</style><img src=https://img.example/a.png>"),
        ("about.html", "<p style='color: red'>"),
        ("a.css", "p { background: url(https://bg.example/b.png) }"),
        ("data.json", "url(https://ignored.example/c.png)"),
    ]);
    let shown = WebBundle::load(folder.path()).await.unwrap().sources().shown();
    assert_eq!(shown["img-src"], "https://bg.example https://img.example");
    assert_eq!(shown["style-src-attr"], "'unsafe-inline'");
    assert!(shown["style-src"].starts_with("'sha256-"), "{shown:?}");
    assert_eq!(shown.len(), 3);
}
