//! The kinds of actions: their order, their marks, their words.

use anstyle::Style;
use reconcile::Action;

use super::Verb;
use crate::ui::palette::{CYAN, DIM, GREEN, MAGENTA, RED, YELLOW};

/// Actions of one kind, in the order in which they are shown.
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

    /// As in `2 to change`.
    pub(super) const fn word(self, verb: Verb) -> &'static str {
        match (self, verb) {
            (Self::Create, Verb::Status) => "missing",
            (Self::Create, _) => "to create",
            (Self::Update, Verb::Status) => "drifted",
            (Self::Update, _) => "to change",
            (Self::Replace, _) => "to replace",
            (Self::Delete, Verb::Status) => "no longer wanted",
            (Self::Delete, _) => "to delete",
            (Self::Recheck, Verb::Status) => "not known yet",
            (Self::Recheck, _) => "to recheck",
            (Self::Leave, Verb::Destroy) => "to stay",
            (Self::Leave, _) => "left alone",
            (Self::Refuse, Verb::Status) => "not as it should be",
            (Self::Refuse, _) => "in the way",
            (Self::Keep, Verb::Status) => "present",
            (Self::Keep, _) => "unchanged",
        }
    }
}
