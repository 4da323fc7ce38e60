//! Which files are found where, and what happens while they change or cannot be read.

use std::time::Duration;

use super::*;
use crate::config::LogText;
use crate::store::Tag;
use crate::testing::{api, s3};

/// Keys of a listing, and what is chosen of them.
type Case = (&'static [&'static str], &'static [(File, &'static str)]);

#[test]
fn files_are_looked_for_in_order() {
    let entry = |key: &str| Entry { key: key.to_owned(), tag: Tag(String::new()) };
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
        let chosen = files::choose(&entries);
        let chosen: Vec<(File, &str)> =
            chosen.iter().map(|(file, entry)| (*file, entry.key.as_str())).collect();
        assert_eq!(chosen, expected);
    }
}

#[test]
fn a_pdf_without_its_text_is_reported() {
    let entry = |key: &str| Entry { key: key.to_owned(), tag: Tag(String::new()) };
    let listed = ["data/linkedin.pdf", "data/me.pdf", "data/me.pdf.txt", "other/cv.pdf"].map(entry);
    let unread = files::unread(&listed, &files::choose(&listed));
    assert_eq!(unread, ["linkedin.pdf has no text beside it in linkedin.pdf.txt"]);
}

#[test]
fn a_file_that_is_not_what_it_should_be_is_still_text() {
    let texts = [(File::Facts, "name: Ada"), (File::Qna, "just text"), (File::Style, "x")];
    let persona = Persona::new(texts.map(|(file, text)| (file, text.to_owned())).into_iter().collect());
    assert_eq!(persona.mistakes().len(), 2);
    assert_eq!(persona.knowledge().count(), 2);
    assert!(!persona.is_empty());
    let style = Persona::new([(File::Style, "x".to_owned())].into_iter().collect());
    assert!(style.is_empty(), "style alone says nothing about anybody");
}

#[tokio::test]
async fn without_any_file_the_owner_is_told_what_is_missing() {
    let (url, bucket) = s3::bucket().await;
    let twin = api(&s3::settings(&url));
    let answered = twin.say("Hi").await;
    assert_eq!((answered.status.as_u16(), &answered.json()["code"]), (503, &"persona_missing".into()));
    assert!(twin.log().iter().any(|line| line["message"] == "there is no persona"));
    bucket.insert("me/me.txt", "I am Ada.");
    assert_eq!(twin.say("Hi").await.status, 200, "files that come later are seen at once");
}

#[tokio::test]
async fn a_changed_file_is_seen_after_a_minute_and_an_outage_changes_nothing() {
    let (url, bucket) = s3::bucket().await;
    bucket.insert("me/me.txt", "I am Ada.");
    let environment = s3::settings(&url).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = crate::config::Config::read(&environment.into_iter().collect()).unwrap();
    let (log, lines) = Log::kept(LogText::Never);
    let twin = crate::start::twin(&config, &log).unwrap();
    let first = twin.persona.load().await.unwrap();
    bucket.insert("me/me.txt", "I am Eve.");
    assert!(Arc::ptr_eq(&first, &twin.persona.load().await.unwrap()), "looked at again too soon");

    a_minute_later(&twin.persona).await;
    let second = twin.persona.load().await.unwrap();
    assert_eq!(second.persona.text(File::Me), Some("I am Eve."));
    bucket.calls();
    a_minute_later(&twin.persona).await;
    assert!(Arc::ptr_eq(&second, &twin.persona.load().await.unwrap()));
    assert_eq!(bucket.calls(), ["GET me/"], "unchanged files are listed and not read");

    bucket.fail(3);
    a_minute_later(&twin.persona).await;
    assert!(Arc::ptr_eq(&second, &twin.persona.load().await.unwrap()));
    assert!(lines.lock().unwrap().last().unwrap().contains("could not be looked at again"));
}

#[tokio::test]
async fn a_changed_file_of_a_folder_is_seen_after_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("me.txt"), text).unwrap();
    let path = folder.path().to_str().unwrap();
    let settings =
        [("AI_PROVIDER", "builtin"), ("USE_S3", "false"), ("DATA_DIR", path), ("MEMORY_DIR", path)];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = crate::config::Config::read(&settings.into_iter().collect()).unwrap();
    let twin = crate::start::twin(&config, &Log::kept(LogText::Never).0).unwrap();
    write("I am Ada.");
    twin.persona.load().await.unwrap();
    write("I am Eve.");
    later(&twin.persona, Duration::from_secs(1)).await;
    let second = twin.persona.load().await.unwrap();
    assert_eq!(second.persona.text(File::Me), Some("I am Eve."));
}

async fn a_minute_later(source: &Source) {
    later(source, Duration::from_secs(61)).await;
}

async fn later(source: &Source, length: Duration) {
    let mut known = source.known.lock().await;
    let known = known.as_mut().unwrap();
    known.checked = known.checked.checked_sub(length).unwrap();
}
