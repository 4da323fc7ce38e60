//! Tests of which files are selected, and of files that change or cannot be read.

use super::*;
use crate::aws::Aws;
use crate::client::HttpClient;
use crate::config::{Config, Expiry, LogLevel};
use crate::store::{Bucket, Folder, Version};
use crate::testing::{api, s3};

/// So long that the cache does not expire during a test.
const CACHE_TIME: Duration = Duration::from_hours(1);

fn entry(key: &str) -> Entry {
    Entry { key: key.to_owned(), version: Version(String::new()) }
}

#[test]
fn files_are_selected_by_folder_and_name() {
    /// Keys of a listing, and the selected ones.
    type Case = (&'static [&'static str], &'static [(File, &'static str)]);
    let cases: [Case; 5] = [
        (
            &["facts.json", "data/facts.json", "personal_data/facts.json"],
            &[(File::Facts, "personal_data/facts.json")],
        ),
        (&["me.txt", "data/me.pdf", "data/me.pdf.txt"], &[(File::Me, "data/me.pdf.txt")]),
        (&["sample/facts.json", "sample/qna.yml", "summary.txt"], &[(File::Summary, "summary.txt")]),
        (&["linkedin.pdf", "linkedin.txt", "x/facts.json"], &[(File::Linkedin, "linkedin.txt")]),
        (
            &["data/prompts/system_prompt.txt", "facts_template.json", "qna.yaml"],
            &[(File::Qna, "qna.yaml"), (File::SystemPrompt, "data/prompts/system_prompt.txt")],
        ),
    ];
    for (keys, expected) in cases {
        let entries: Vec<Entry> = keys.iter().map(|key| entry(key)).collect();
        let selected = select(&entries);
        let selected: Vec<(File, &str)> =
            selected.iter().map(|(file, entry)| (*file, entry.key.as_str())).collect();
        assert_eq!(selected, expected);
    }
}

#[test]
fn a_pdf_without_its_text_is_reported() {
    let listed = ["data/linkedin.pdf", "data/me.pdf", "data/me.pdf.txt", "other/cv.pdf"].map(entry);
    let unused = pdfs_without_text(&listed, &select(&listed));
    assert_eq!(unused, ["linkedin.pdf is not used, because linkedin.pdf.txt does not exist"]);
}

#[tokio::test]
async fn a_twin_without_data_files_reports_it_and_recovers() {
    let (url, bucket) = s3::bucket().await;
    let twin = api(&s3::settings(&url));
    let answered = twin.say("Hi").await;
    assert_eq!((answered.status.as_u16(), &answered.json()["code"]), (503, &"persona_missing".into()));
    assert!(twin.log().iter().any(|line| line["message"] == "no data file describes the owner"));
    bucket.insert("data/me.txt", "I am Ada.");
    assert_eq!(twin.say("Hi").await.status, 200, "a missing persona is not cached");
}

#[tokio::test]
async fn changes_are_read_after_the_cache_time_and_outages_are_tolerated() {
    let (url, bucket) = s3::bucket().await;
    bucket.insert("data/me.txt", "I am Ada.");
    let environment = s3::settings(&url).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::read(&environment.into_iter().collect()).unwrap();
    let aws = Aws::new(HttpClient::new(None).unwrap(), config.aws);
    let (log, lines) = Log::in_memory(LogLevel::Info);
    let loader = PersonaLoader::new(
        Arc::new(Bucket::new(aws, "data".to_owned(), Expiry::Off, log.clone())),
        CACHE_TIME,
        Scope::Owner,
        log,
    );
    let first = loader.load().await.unwrap();
    bucket.insert("data/me.txt", "I am Eve.");
    assert!(Arc::ptr_eq(&first, &loader.load().await.unwrap()), "checked too early");

    age_cache(&loader, CACHE_TIME).await;
    let second = loader.load().await.unwrap();
    assert_eq!(second.persona.text(File::Me), Some("I am Eve."));
    bucket.calls();
    age_cache(&loader, CACHE_TIME).await;
    assert!(Arc::ptr_eq(&second, &loader.load().await.unwrap()));
    assert_eq!(bucket.calls(), ["GET data/"], "unchanged files are listed but not read");

    bucket.fail(3);
    age_cache(&loader, CACHE_TIME).await;
    assert!(Arc::ptr_eq(&second, &loader.load().await.unwrap()));
    assert!(lines.lock().unwrap().last().unwrap().contains("failed to check the data files"));
}

#[tokio::test]
async fn changes_in_a_folder_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("me.txt"), text).unwrap();
    let store = Arc::new(Folder::new(folder.path(), Expiry::Off));
    let loader = PersonaLoader::new(store, CACHE_TIME, Scope::Owner, Log::in_memory(LogLevel::Info).0);
    write("I am Ada.");
    loader.load().await.unwrap();
    write("I am Eve, and this file has another size.");
    age_cache(&loader, CACHE_TIME).await;
    let second = loader.load().await.unwrap();
    assert_eq!(second.persona.text(File::Me), Some("I am Eve, and this file has another size."));
}

/// Makes the cache older, instead of waiting.
async fn age_cache(loader: &PersonaLoader, age: Duration) {
    let mut cached = loader.cached.lock().await;
    let cached = cached.as_mut().unwrap();
    cached.checked = cached.checked.checked_sub(age).unwrap();
}
