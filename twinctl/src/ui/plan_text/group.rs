//! The groups of a plan: their order, marks and words.

use anstyle::Style;
use reconcile::Action;

use super::Verb;
use crate::ui::palette::{CYAN, DIM, GREEN, MAGENTA, RED, YELLOW};

/// A kind of action, in display order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Create,
    Update,
    Replace,
    Delete,
    Recheck,
    Leave,
    Refuse,
    Keep,
}

pub(super) const GROUPS: [Group; 8] = [
    Group::Create,
    Group::Update,
    Group::Replace,
    Group::Delete,
    Group::Recheck,
    Group::Leave,
    Group::Refuse,
    Group::Keep,
];

impl Group {
    pub(super) fn of(action: &Action) -> Option<Self> {
        Some(match action {
            Action::Absent => return None,
            Action::Keep => Self::Keep,
            Action::Create => Self::Create,
            Action::Update => Self::Update,
            Action::Replace => Self::Replace,
            Action::Delete => Self::Delete,
            Action::Leave(_) => Self::Leave,
            Action::Recheck => Self::Recheck,
            Action::Foreign(_) | Action::NeedsReplacing => Self::Refuse,
        })
    }

    pub(super) const fn mark(self) -> (char, Style) {
        match self {
            Self::Create => ('+', GREEN),
            Self::Update => ('~', YELLOW),
            Self::Replace => ('±', MAGENTA),
            Self::Delete => ('-', RED),
            Self::Recheck => ('?', CYAN),
            Self::Leave => ('·', DIM),
            Self::Refuse => ('!', RED),
            Self::Keep => ('✓', GREEN),
        }
    }

    /// Returns the word for a count, as in `2 to update`.
    pub(super) const fn word(self, verb: Verb) -> &'static str {
        match (self, verb) {
            (Self::Create, Verb::Status) => "missing",
            (Self::Create, _) => "to create",
            (Self::Update, Verb::Status) => "drifted",
            (Self::Update, _) => "to update",
            (Self::Replace, _) => "to replace",
            (Self::Delete, Verb::Status) => "not in the spec",
            (Self::Delete, _) => "to delete",
            (Self::Recheck, Verb::Status) => "unknown",
            (Self::Recheck, _) => "to recheck",
            (Self::Leave, Verb::Destroy) => "to keep",
            (Self::Leave, _) => "kept",
            (Self::Refuse, Verb::Status) => "not as specified",
            (Self::Refuse, _) => "blocking",
            (Self::Keep, Verb::Status) => "present",
            (Self::Keep, _) => "unchanged",
        }
    }
}
