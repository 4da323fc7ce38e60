//! Tests of concurrent writers, every stored form, limits and preserved fields.

mod deletions;
mod stops;

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::session::TurnId;
use crate::store::{Entry, Object};

/// A store whose calls interleave in an order that the test chooses, and whose responses can be lost.
#[derive(Debug, Default)]
struct SharedStore {
    objects: Mutex<BTreeMap<String, (u64, Bytes)>>,
    yields: Mutex<Vec<u8>>,
    lost_responses: Mutex<Vec<bool>>,
}

impl SharedStore {
    async fn interleave(&self) {
        let yields = self.yields.lock().unwrap().pop().unwrap_or_default();
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Store for SharedStore {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.interleave().await;
        let found = self.objects.lock().unwrap().get(key).cloned();
        self.interleave().await;
        Ok(found.map(|(version, body)| Object { body, version: Version(version.to_string()) }))
    }

    async fn put(
        &self,
        key: &str,
        body: Bytes,
        precondition: Precondition,
        _: Counted,
    ) -> Result<PutResult, StoreError> {
        self.interleave().await;
        let mut objects = self.objects.lock().unwrap();
        let version = objects.get(key).map(|(version, _)| *version);
        let is_met = match precondition {
            Precondition::Any => true,
            Precondition::Absent => version.is_none(),
            Precondition::Unchanged(Version(expected)) => {
                version.is_some_and(|version| version.to_string() == expected)
            }
        };
        if !is_met {
            return Ok(PutResult::Conflict);
        }
        objects.insert(key.to_owned(), (version.unwrap_or_default() + 1, body));
        // The response was lost, and the store's retry conflicted with the first attempt.
        let lost = self.lost_responses.lock().unwrap().pop().unwrap_or_default();
        Ok(if lost { PutResult::Conflict } else { PutResult::Written })
    }

    async fn list(&self) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.interleave().await;
        self.objects.lock().unwrap().remove(key);
        self.interleave().await;
        Ok(())
    }
}

fn id() -> SessionId {
    SessionId::parse("s").unwrap()
}

fn turn(number: usize) -> NewTurn {
    let at =
        |offset: usize| Timestamp::from_millisecond(i64::try_from(number * 2 + offset).unwrap()).unwrap();
    NewTurn {
        id: turn_id(number),
        replaces: Vec::new(),
        question: Message::new(Role::User, format!("q{number}"), at(0)),
        answer: Message::new(Role::Assistant, format!("a{number}"), at(1)),
        summary: None,
    }
}

fn turn_id(number: usize) -> TurnId {
    TurnId::parse(&format!("t{number}")).unwrap()
}

/// Returns a turn that replaces others.
fn replacement(number: usize, replaces: &[usize]) -> NewTurn {
    NewTurn { replaces: replaces.iter().map(|number| turn_id(*number)).collect(), ..turn(number) }
}

fn questions(conversation: &Conversation) -> Vec<&str> {
    let messages = conversation.messages.iter().filter(|message| message.role == Role::User);
    messages.map(|message| message.content.as_str()).collect()
}

async fn write(memory: &Memory, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let loaded = memory.load(&id()).await.unwrap();
        memory.append(&id(), loaded, &turn(number)).await.unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn concurrent_writers_lose_no_turns(
        yields in proptest::collection::vec(0u8..4, 60),
        lost in proptest::collection::vec(proptest::bool::weighted(0.2), 20),
        object_at in proptest::option::of(proptest::sample::select(&Form::ALL[..])),
    ) {
        let shared = Arc::new(SharedStore { yields: Mutex::new(yields), lost_responses: Mutex::new(lost), ..SharedStore::default() });
        if let Some(form) = object_at {
            let empty = Bytes::from(json!({"session_id": "s", "messages": []}).to_string());
            shared.objects.lock().unwrap().insert(form.key("s"), (1, empty));
        }
        let memory = Memory::new(shared.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let messages = runtime.block_on(async {
            tokio::join!(write(&memory, 0..4), write(&memory, 4..8));
            memory.load(&id()).await.unwrap().conversation.messages
        });
        let pairs: Vec<&str> = messages.chunks(2).map(|pair| {
            assert_eq!(pair[0].content[1..], pair[1].content[1..], "question and answer were separated");
            &pair[0].content[1..]
        }).collect();
        for writer in [0..4, 4..8] {
            let own: Vec<usize> = pairs.iter().filter_map(|n| n.parse().ok()).filter(|n| writer.contains(n)).collect();
            prop_assert_eq!(own, writer.collect::<Vec<_>>(), "lost, duplicated or out of order");
        }
        prop_assert_eq!(shared.objects.lock().unwrap().len(), 1, "both writers use the same form");
    }
}

#[test]
fn every_stored_form_is_preserved() {
    let array = json!([{"role": "user", "content": "hi", "timestamp": "2024-05-01T10:00:00.123"}, {"role": "assistant", "content": "ho", "model": "x"}]);
    let object = json!({"session_id": "s", "messages": [{"role": "user", "content": "hi", "timestamp": "t", "session_id": "s"}],
        "created_at": "t", "updated_at": "t", "note": 1});
    for (form, stored) in
        [(Form::Array, &array), (Form::Object, &object), (Form::Array, &object), (Form::Object, &array)]
    {
        let mut conversation = Conversation::parse(form, &id(), stored.to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&conversation.to_json()).unwrap(), *stored);
        conversation.add(&turn(1)).unwrap();
        let grown: serde_json::Value = serde_json::from_slice(&conversation.to_json()).unwrap();
        assert_eq!(Conversation::parse(form, &id(), grown.to_string().as_bytes()).unwrap(), conversation);
        if stored.is_object() {
            assert_eq!(grown["messages"][2]["session_id"], "s");
            assert_eq!((&grown["created_at"], &grown["note"]), (&json!("t"), &json!(1)));
            assert_ne!(grown["updated_at"], "t");
        }
    }
}

#[test]
fn limits_remove_the_oldest_pairs() {
    let mut conversation = Conversation::empty();
    for number in 0..150 {
        conversation.add(&turn(number)).unwrap();
    }
    assert_eq!(conversation.messages.len(), 200);
    assert_eq!(conversation.messages[0].content, "q50");
    let long = |role| Message::new(role, "x".repeat(100_000), Timestamp::UNIX_EPOCH);
    for _ in 0..3 {
        conversation.push([long(Role::User), long(Role::Assistant)]);
    }
    assert_eq!(conversation.messages.len(), 2);
    assert_eq!(conversation.messages[0].role, Role::User);
}

#[test]
fn messages_of_the_last_minute_are_counted() {
    let now: Timestamp = "2026-01-01T00:01:00Z".parse().unwrap();
    let mut conversation = Conversation::empty();
    for time in ["2025-12-31T23:59:00Z", "2026-01-01T00:00:30Z", "2026-01-01T00:00:50Z"] {
        let time: Timestamp = time.parse().unwrap();
        conversation.push([
            Message::new(Role::User, String::new(), time),
            Message::new(Role::Assistant, String::new(), time),
        ]);
    }
    assert_eq!(conversation.turns_in_last_minute(now), (2, Duration::from_secs(30)));
}

#[test]
fn replaced_turns_are_counted() {
    let mut conversation = Conversation::empty();
    conversation.add(&turn(0)).unwrap();
    for number in 1..5 {
        conversation.add(&replacement(number, &[number - 1, 90 + number])).unwrap();
    }
    assert_eq!(questions(&conversation), ["q4"]);
    let now = Timestamp::from_millisecond(10).unwrap();
    assert_eq!(conversation.turns_in_last_minute(now), (5, Duration::from_millis(59_990)));
    let later = Timestamp::from_millisecond(60_003).unwrap();
    assert_eq!(conversation.turns_in_last_minute(later), (3, Duration::from_millis(1)));
}

#[test]
fn invented_replacements_hide_no_turn_from_the_limit() {
    let mut conversation = Conversation::empty();
    conversation.add(&turn(0)).unwrap();
    for number in 1..200 {
        let invented: Vec<usize> = (0..15).map(|at| 1_000 + number * 20 + at).collect();
        conversation.add(&replacement(number, &[&[number - 1], &invented[..]].concat())).unwrap();
        let (turns, _) = conversation.turns_in_last_minute(Timestamp::from_millisecond(1_000).unwrap());
        assert_eq!(turns as usize, number + 1);
    }
    // Those of the last minute stay; others stay as far as there is room.
    let late = |number, second| {
        let mut turn = replacement(number, &[number - 1]);
        turn.question.timestamp = Some(Timestamp::from_second(second).unwrap().to_string());
        turn
    };
    conversation.add(&late(200, 30)).unwrap();
    assert_eq!(conversation.turns_in_last_minute(Timestamp::from_second(31).unwrap()).0, 201);
    conversation.add(&late(201, 70)).unwrap();
    assert_eq!(conversation.turns_in_last_minute(Timestamp::from_second(71).unwrap()).0, 2);
    let replaced = conversation.messages[0].other["replaced"].as_array().unwrap();
    assert_eq!((replaced.len(), &replaced[0]["turn"]), (100, &json!("t200")));
}

#[test]
fn a_turn_that_took_long_hides_no_turn_from_the_limit() {
    let mut conversation = Conversation::empty();
    let at = |second| Timestamp::from_second(second).unwrap();
    for (number, asked) in [(0, 100), (1, 30)] {
        let question = Message::new(Role::User, "q".to_owned(), at(asked));
        conversation.add(&NewTurn { question, ..turn(number) }).unwrap();
    }
    assert_eq!(conversation.turns_in_last_minute(at(110)), (1, Duration::from_secs(50)));
}

#[test]
fn the_fields_of_messages_count_for_the_size() {
    let mut conversation = Conversation::empty();
    for number in 0..10 {
        conversation.add(&turn(number)).unwrap();
        conversation.summarize(conversation.messages.len() - 1, "x".repeat(100_000));
    }
    conversation.add(&turn(10)).unwrap();
    assert_eq!(questions(&conversation), ["q8", "q9", "q10"]);
}

#[test]
fn a_turn_replaces_the_last_turns_that_it_lists() {
    for (replaces, expected) in [
        (&[][..], Ok(&["q0", "q1", "q2", "q3"][..])),
        (&[2], Ok(&["q0", "q1", "q3"])),
        (&[2, 1], Ok(&["q0", "q3"])),
        (&[1, 2, 7], Ok(&["q0", "q3"])),
        (&[7], Ok(&["q0", "q1", "q2", "q3"])),
        (&[1], Err(Changed)),
        (&[2, 0], Err(Changed)),
    ] {
        let mut conversation = Conversation::empty();
        for number in 0..3 {
            conversation.add(&turn(number)).unwrap();
        }
        let added = conversation.add(&replacement(3, replaces));
        assert_eq!(added.map(|()| questions(&conversation)), expected.map(<[&str]>::to_vec), "{replaces:?}");
    }
}

#[test]
fn a_turn_that_was_replaced_before_it_was_saved_is_not_saved() {
    let mut conversation = Conversation::empty();
    conversation.add(&turn(0)).unwrap();
    conversation.add(&replacement(2, &[1])).unwrap();
    assert_eq!(conversation.add(&turn(1)), Err(Changed));
    assert_eq!(conversation.add(&replacement(3, &[1])), Err(Changed), "another tab has replaced it already");
    conversation.add(&replacement(3, &[2])).unwrap();
    assert_eq!(conversation.add(&turn(1)), Err(Changed));
    assert_eq!(questions(&conversation), ["q0", "q3"]);
}

#[test]
fn a_summary_disappears_with_a_turn_that_it_covers() {
    let mut conversation = Conversation::empty();
    for number in 0..4 {
        conversation.add(&turn(number)).unwrap();
    }
    conversation.summarize(3, "until 3".to_owned());
    let last = conversation.summarize(7, "until 7".to_owned());
    assert_eq!(newest_summary(&conversation.messages).0, Some("until 7"));
    // The summary of another tab covers a turn that is replaced meanwhile.
    let late = NewTurn { summary: Some(last), ..replacement(4, &[3]) };
    let mut stopped = conversation.clone();
    stopped.stop(&turn_id(3), 1, Timestamp::UNIX_EPOCH);
    conversation.add(&late).unwrap();
    for conversation in [conversation, stopped] {
        let (newest, rest) = newest_summary(&conversation.messages);
        assert_eq!((newest, rest.len()), (Some("until 3"), 4));
    }
}

#[test]
fn limits_do_not_remove_the_newest_summary() {
    let mut conversation = Conversation::empty();
    for number in 0..300 {
        conversation.add(&turn(number)).unwrap();
        if number == 5 {
            conversation.summarize(3, "until 3".to_owned());
        }
    }
    assert_eq!(questions(&conversation)[..2], ["q1", "q200"]);
    assert_eq!(newest_summary(&conversation.messages).0, Some("until 3"));
}

#[test]
fn turns_of_other_programs_have_ids_too() {
    let pair =
        |text: &str| [json!({"role": "user", "content": text}), json!({"role": "assistant", "content": "a"})];
    let stored = json!([pair("x"), pair("x"), pair("y")].concat());
    let mut conversation = Conversation::parse(Form::Array, &id(), stored.to_string().as_bytes()).unwrap();
    let visible = conversation.visible();
    let ids: Vec<TurnId> = visible
        .iter()
        .map(|message| TurnId::parse(message.other["turn"].as_str().unwrap()).unwrap())
        .collect();
    assert!(ids.chunks(2).all(|pair| pair[0] == pair[1]));
    assert!(ids[0] != ids[2] && ids[2] != ids[4]);
    assert_eq!(conversation.clone().cut(&ids[..1]), Err(Changed), "other turns follow");
    conversation.add(&NewTurn { replaces: vec![ids[4].clone()], ..turn(1) }).unwrap();
    assert_eq!(questions(&conversation), ["x", "x", "q1"]);
    assert!(conversation.visible().iter().all(|message| !message.other.contains_key("replaced")));
}
