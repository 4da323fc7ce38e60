//! Tests of stopped turns and their placeholders.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_stop_cuts_its_turn_in_any_order_of_the_writes(
        yields in proptest::collection::vec(0u8..6, 60),
        lost in proptest::collection::vec(proptest::bool::weighted(0.2), 20),
        shown in 0usize..4,
        object_form in proptest::bool::ANY,
    ) {
        let shared = Arc::new(SharedStore { yields: Mutex::new(yields), lost_responses: Mutex::new(lost), ..SharedStore::default() });
        if object_form {
            let empty = Bytes::from(json!({"session_id": "s", "messages": []}).to_string());
            shared.objects.lock().unwrap().insert(Form::Object.key("s"), (1, empty));
        }
        let memory = Memory::new(shared);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let conversation = runtime.block_on(async {
            let stop = async { memory.stop(&id(), &turn_id(1), shown).await.unwrap() };
            tokio::join!(write(&memory, 0..3), stop);
            memory.load(&id()).await.unwrap().conversation
        });
        let answers: Vec<&str> =
            conversation.messages.iter().skip(1).step_by(2).map(|message| message.content.as_str()).collect();
        let expected = ["…", "a", "a1", "a1"][shown];
        let mut sorted = answers.clone();
        sorted.sort_unstable();
        let mut all = ["a0", expected, "a2"];
        all.sort_unstable();
        prop_assert_eq!(&sorted, &all);
    }
}

#[test]
fn the_smallest_of_several_stops_applies() {
    let mut conversation = Conversation::empty();
    for (shown, is_changed) in [(2, true), (1, true), (2, false), (1, false)] {
        assert_eq!(conversation.stop(&turn_id(0), shown, Timestamp::UNIX_EPOCH).is_changed, is_changed);
    }
    conversation.add(&turn(0)).unwrap();
    assert_eq!(conversation.messages[1].content, "a");
}

#[test]
fn stops_of_unknown_turns_leave_few_placeholders_and_remove_no_turn() {
    let mut conversation = Conversation::empty();
    for number in 0..100 {
        conversation.add(&turn(number)).unwrap();
    }
    for number in 100..200 {
        conversation.stop(&turn_id(number), 0, Timestamp::UNIX_EPOCH);
    }
    assert_eq!(conversation.visible().len(), 200);
    let pending: Vec<usize> = (0..200).filter(|number| conversation.is_pending(&turn_id(*number))).collect();
    assert_eq!(pending, [196, 197, 198, 199], "the oldest are removed");
    conversation.add(&turn(198)).unwrap();
    assert_eq!(conversation.visible().len(), 200);
    assert_eq!(conversation.visible()[0].content, "q1");
}

#[test]
fn placeholders_of_other_turns_do_not_prevent_a_replacement() {
    for stopped in [&[2][..], &[2, 1], &[1, 2], &[2, 3], &[3, 2, 1]] {
        let mut conversation = Conversation::empty();
        conversation.add(&turn(0)).unwrap();
        for number in stopped {
            conversation.stop(&turn_id(*number), 9, Timestamp::UNIX_EPOCH);
        }
        let new = replacement(1, &[0]);
        assert!(conversation.before(&new.id, &new.replaces).unwrap().messages.is_empty(), "{stopped:?}");
        conversation.add(&new).unwrap();
        assert!(conversation.is_pending(&turn_id(2)), "{stopped:?}");
        conversation.add(&turn(2)).unwrap();
        let mut asked = questions(&conversation);
        asked.retain(|question| *question != "…");
        asked.sort_unstable();
        assert_eq!(asked, ["q1", "q2"], "{stopped:?}");
        assert_eq!(conversation.add(&turn(0)), Err(Changed), "the turn was replaced");
    }
    // A placeholder that the new turn lists is replaced, too.
    let mut conversation = Conversation::empty();
    conversation.stop(&turn_id(0), 9, Timestamp::UNIX_EPOCH);
    conversation.add(&replacement(1, &[0])).unwrap();
    assert_eq!(questions(&conversation), ["q1"]);
}

#[test]
fn other_programs_can_read_a_placeholder_and_it_expires() {
    for form in Form::ALL {
        let empty = if form == Form::Array { json!([]) } else { json!({"messages": []}) };
        let mut conversation = Conversation::parse(form, &id(), empty.to_string().as_bytes()).unwrap();
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        conversation.stop(&turn_id(1), 5, at(0));
        let json: serde_json::Value = serde_json::from_slice(&conversation.to_json()).unwrap();
        let messages = if form == Form::Array { &json } else { &json["messages"] };
        let texts: Vec<_> =
            messages.as_array().unwrap().iter().map(|m| (&m["role"], &m["content"])).collect();
        assert_eq!(texts, [(&json!("user"), &json!("…")), (&json!("assistant"), &json!("…"))]);
        assert_eq!(messages[0].get("session_id").is_some(), form == Form::Object);
        assert!(conversation.visible().is_empty());
        assert!(conversation.awaits_turn(&[], at(0)) && !conversation.awaits_turn(&[], at(2)));
        assert!(!conversation.awaits_turn(&[turn_id(1)], at(0)));
        conversation.stop(&turn_id(2), 5, at(9));
        assert_eq!(conversation.messages.len(), 4);
        conversation.stop(&turn_id(3), 5, at(11));
        assert!(!conversation.is_pending(&turn_id(1)) && conversation.is_pending(&turn_id(2)));
    }
}
