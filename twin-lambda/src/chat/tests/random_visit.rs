//! A test of random actions in two tabs: the model sees what the visitor saw.

use proptest::prelude::*;

use super::visit::{Shown, Tab, Visit};

/// An action of a visitor in one of two tabs.
#[derive(Clone, Debug)]
enum Act {
    Ask,
    Retry,
    Edit,
    Reload,
    /// Stops the last turn, although its answer is complete.
    Stop(usize),
    AskAndStop(usize),
    EditAndStop(usize),
    AskAndDisconnect(usize),
    /// Asks a question that fails, and then another one in its place.
    FailAndRetry,
    /// Edits the last question, which fails, and tries again.
    EditFailAndRetry,
    Delete,
    AskAndDelete,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Ask),
        2 => Just(Act::Retry),
        2 => Just(Act::Edit),
        2 => Just(Act::Reload),
        1 => (0usize..20).prop_map(Act::Stop),
        1 => (0usize..20).prop_map(Act::AskAndStop),
        1 => (0usize..20).prop_map(Act::EditAndStop),
        1 => (1usize..10).prop_map(Act::AskAndDisconnect),
        1 => Just(Act::FailAndRetry),
        1 => Just(Act::EditFailAndRetry),
        1 => Just(Act::Delete),
        1 => Just(Act::AskAndDelete),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_model_sees_what_the_visitor_saw(acts in proptest::collection::vec((0usize..2, act()), 1..14)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut visit =
                RandomVisit { visit: Visit::new().await, stored: Tab::default(), known: vec![], deleted: vec![] };
            let mut tabs = [Tab::default(), Tab::default()];
            for (number, (tab, act)) in acts.iter().enumerate() {
                visit.act(&mut tabs[*tab], act, &format!("Question {number}")).await;
                assert_eq!(visit.visit.reload().await.shown, visit.stored.shown);
            }
        });
    }
}

/// A visit, and the conversation as it has to be stored.
struct RandomVisit {
    visit: Visit,
    stored: Tab,
    /// The turns that were stored since the last deletion, also those that others replaced.
    known: Vec<String>,
    /// The turns that were stored before the last deletion.
    deleted: Vec<String>,
}

impl RandomVisit {
    async fn act(&mut self, tab: &mut Tab, act: &Act, text: &str) {
        let last = tab.shown.last().cloned();
        let turn = |shown: &Shown| shown.turn.clone();
        let is_deleted = last.as_ref().is_some_and(|last| self.is_deleted(last));
        let is_current = last.is_some() && last.as_ref().map(turn) == self.stored.shown.last().map(turn);
        match (act, last) {
            (Act::Ask, _) => {
                self.visit.ask(tab, text, &[]).await;
                self.expect_added(tab);
            }
            (Act::AskAndStop(shown), _) => {
                self.visit.ask_and_stop(tab, text, &[], *shown).await;
                self.expect_added(tab);
            }
            (Act::AskAndDisconnect(parts), _) => {
                self.visit.ask_and_disconnect(tab, text, *parts).await;
                self.expect_added(tab);
            }
            (Act::FailAndRetry, _) => self.fail_and_retry(tab, text, &[]).await,
            (Act::EditFailAndRetry, Some(last)) if is_current => {
                self.fail_and_retry(tab, text, &[last.turn]).await;
            }
            (Act::EditAndStop(shown), Some(last)) if is_current => {
                self.visit.ask_and_stop(tab, text, &[last.turn], *shown).await;
                self.stored.shown.pop();
                self.expect_added(tab);
            }
            (Act::Retry | Act::Edit, Some(_)) => {
                let text = if matches!(act, Act::Edit) { Some(text) } else { None };
                let response = self.visit.retry(tab, text).await;
                if is_current {
                    self.stored.shown.pop();
                }
                // A turn that the twin has forgotten can always be asked again.
                if is_current || is_deleted {
                    assert_eq!(response.status, 200);
                    self.expect_added(tab);
                } else {
                    assert_eq!(response.status, 409);
                    *tab = self.visit.reload().await;
                }
            }
            (Act::Delete, _) => {
                self.visit.delete().await;
                self.expect_deleted(tab);
            }
            (Act::AskAndDelete, _) => {
                self.visit.ask_and_delete(tab, text).await;
                self.expect_deleted(tab);
            }
            (Act::Stop(shown), Some(last)) if !is_deleted => {
                assert_eq!(self.visit.stop(&last.turn, *shown).await, 204);
                for tab in [&mut self.stored, tab] {
                    let same = tab.shown.iter_mut().filter(|other| other.turn == last.turn);
                    same.for_each(|turn| turn.cut(*shown));
                }
            }
            (Act::Reload, _) => *tab = self.visit.reload().await,
            _ => {}
        }
    }

    /// Asks a question that fails, and then another one in its place. Both replace the turns in `replaced`.
    async fn fail_and_retry(&mut self, tab: &mut Tab, text: &str, replaced: &[String]) {
        let failed = self.visit.ask_and_fail(tab, replaced).await;
        assert_eq!(self.visit.reload().await.shown, self.stored.shown, "nothing is replaced yet");
        self.visit.ask(tab, text, &[&[failed], replaced].concat()).await;
        self.stored.shown.truncate(self.stored.shown.len() - replaced.len());
        self.expect_added(tab);
    }

    fn is_deleted(&self, turn: &Shown) -> bool {
        self.deleted.contains(&turn.turn)
    }

    /// The twin forgets the conversation. The other tab still shows it.
    fn expect_deleted(&mut self, tab: &mut Tab) {
        tab.shown.clear();
        self.stored.shown.clear();
        self.deleted.append(&mut self.known);
    }

    /// Expects the last turn of a tab at the end of the conversation, and that the model has seen everything before it.
    fn expect_added(&mut self, tab: &Tab) {
        let added = tab.shown.last().unwrap().clone();
        assert_eq!(self.visit.input(), self.stored.input(&added.question));
        self.known.push(added.turn.clone());
        self.stored.shown.push(added);
    }
}
