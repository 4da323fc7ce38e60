//! The note of a plan about a new or shorter expiry of conversations.

use reconcile::{Action, Plan};

/// The expiry before a deploy and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpiryChange {
    /// The expiry before the deploy, in days. `None` if conversations did not expire.
    pub(crate) old: Option<u32>,
    /// The expiry after the deploy, in days.
    pub(crate) new: u32,
    /// A description of the conversations that are deleted within two days. `None` if there are none.
    pub(crate) soon: Option<String>,
}

/// Returns whether the memory, whose node is `node`, exists and is kept by the plan. Only then can a new expiry delete
/// existing conversations.
pub(crate) fn keeps_memory(plan: &Plan, node: &str) -> bool {
    !matches!(
        plan.action(node),
        None | Some(Action::Create | Action::Replace | Action::Absent | Action::Delete)
    )
}

/// Returns whether `new` deletes conversations earlier than `old`, which is `None` if they did not expire.
pub(crate) fn is_shorter(old: Option<u32>, new: u32) -> bool {
    old.is_none_or(|old| new < old)
}

impl ExpiryChange {
    pub(crate) fn note(&self) -> String {
        let old = self.old.map_or_else(|| "never".to_owned(), |days| format!("after {days} days"));
        let soon = self.soon.as_deref().unwrap_or("none");
        format!(
            "a conversation that the twin saves while an expiry is set is deleted {} days after its last message \
             (so far: {old}). To be deleted within two days: {soon}. All other conversations are kept",
            self.new
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_what_is_deleted_and_when() {
        let notes = [
            ExpiryChange { old: None, new: 365, soon: None },
            ExpiryChange { old: Some(365), new: 30, soon: Some("12 conversations".to_owned()) },
        ];
        insta::assert_snapshot!(notes.map(|change| change.note()).join("\n"), @"
        a conversation that the twin saves while an expiry is set is deleted 365 days after its last message (so far: never). To be deleted within two days: none. All other conversations are kept
        a conversation that the twin saves while an expiry is set is deleted 30 days after its last message (so far: after 365 days). To be deleted within two days: 12 conversations. All other conversations are kept
        ");
    }

    #[test]
    fn only_a_new_or_shorter_expiry_deletes_more() {
        assert!(is_shorter(None, 30) && is_shorter(Some(31), 30));
        assert!(!is_shorter(Some(30), 30) && !is_shorter(Some(29), 30));
    }
}
