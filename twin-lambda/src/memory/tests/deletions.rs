//! Tests of deleted conversations.

use super::*;

fn tombstone() -> Vec<u8> {
    deletion::tombstone(&deletion::random_id())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_turn_that_began_before_a_deletion_is_never_saved_after_it(
        yields in proptest::collection::vec(0u8..6, 60),
        before in 0usize..4,
        is_continued in proptest::bool::ANY,
    ) {
        let shared = Arc::new(SharedStore { yields: Mutex::new(yields), ..SharedStore::default() });
        let stored = turn(0);
        let messages = json!([stored.question, stored.answer]);
        let stored = match before {
            0 => None,
            1 => Some((Form::Array, messages.to_string())),
            2 => Some((Form::Object, json!({"session_id": "s", "messages": messages}).to_string())),
            _ => Some((Form::Array, String::from_utf8(tombstone()).unwrap())),
        };
        if let Some((form, stored)) = stored {
            shared.objects.lock().unwrap().insert(form.key("s"), (1, stored.into()));
        }
        let memory = Memory::new(shared.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let conversation = runtime.block_on(async {
            let (id, turn) = (id(), turn(1));
            let loaded = memory.load(&id).await.unwrap();
            let stop = async { memory.stop(&id, &turn_id(1), 1).await.unwrap() };
            let delete = async {
                memory.delete(&id).await.unwrap();
                if is_continued {
                    write(&memory, 2..3).await;
                }
            };
            drop(tokio::join!(memory.append(&id, loaded, &turn), stop, delete));
            memory.load(&id).await.unwrap().conversation
        });
        let left: Vec<String> = conversation.visible().into_iter().map(|message| message.content).collect();
        let expected: &[&str] = if is_continued { &["q2", "a2"] } else { &[] };
        prop_assert_eq!(&left, expected);
        if !is_continued {
            let objects = shared.objects.lock().unwrap();
            prop_assert_eq!(objects.keys().collect::<Vec<_>>(), ["s.json"], "the other form is deleted");
        }
    }
}

#[test]
fn other_programs_read_an_empty_conversation_where_one_was_deleted() {
    let (first, second) = (tombstone(), tombstone());
    assert_ne!(first, second);
    assert_eq!(serde_json::from_slice::<Vec<Message>>(&first).unwrap(), []);
    let mut conversation = Conversation::parse(Form::Array, &id(), &first).unwrap();
    assert_ne!(conversation.deletion, Conversation::parse(Form::Array, &id(), &second).unwrap().deletion);
    conversation.add(&turn(1)).unwrap();
    conversation.add(&replacement(2, &[1])).unwrap();
    let json = conversation.to_json();
    assert_eq!(serde_json::from_slice::<Vec<Message>>(&json).unwrap().len(), 2);
    assert_eq!(Conversation::parse(Form::Array, &id(), &json).unwrap(), conversation);
    assert!(!serde_json::to_string(&conversation.visible()).unwrap().contains("deleted"));
    assert_eq!(Conversation::parse(Form::Array, &id(), b"[]").unwrap(), Conversation::empty());
}

#[tokio::test]
async fn a_deletion_is_tried_again_after_conflicts() {
    for (conflicts, is_deleted) in [(1, true), (9, true), (10, false)] {
        let shared =
            SharedStore { lost_responses: Mutex::new(vec![true; conflicts]), ..SharedStore::default() };
        let deleted = Memory::new(Arc::new(shared)).delete(&id()).await;
        assert_eq!(deleted.is_ok(), is_deleted, "{conflicts}");
    }
}

#[test]
fn a_field_of_another_program_is_no_deletion() {
    for field in [json!(true), json!("2026-11-29T10:00:00Z"), json!("0123"), json!("4".repeat(26))] {
        let stored = json!([{"role": "user", "content": "hi", "deleted": field}]);
        let conversation = Conversation::parse(Form::Array, &id(), stored.to_string().as_bytes()).unwrap();
        assert_eq!(conversation.deletion, None);
        assert_eq!(conversation.to_json(), stored.to_string().into_bytes());
    }
    let blank = Conversation::parse(Form::Array, &id(), b"[ ]").unwrap();
    assert_eq!(blank, Conversation::empty());
}

#[tokio::test]
async fn errors_contain_no_session_id() {
    let root = tempfile::tempdir().unwrap();
    let memory = Memory::new(Arc::new(crate::store::Folder::new(root.path(), crate::config::Expiry::Off)));
    let id = SessionId::parse("secret-id").unwrap();
    std::fs::write(root.path().join("secret-id.json"), "{").unwrap();
    let malformed = memory.load(&id).await.unwrap_err();
    std::fs::remove_file(root.path().join("secret-id.json")).unwrap();
    std::fs::create_dir(root.path().join("secret-id.json")).unwrap();
    let unreadable = [memory.load(&id).await.unwrap_err(), memory.delete(&id).await.unwrap_err()];
    for error in unreadable.into_iter().chain([malformed]) {
        let text = crate::log::error_chain(&error);
        assert!(text.contains(&id.hash()) && !text.contains("secret-id"), "{text}");
    }
}
