//! Saved conversations.

mod conversation;
mod count;
mod list;
mod text;

pub(crate) use conversation::Conversation;
pub(crate) use count::count;
pub(crate) use list::{ConversationEntry, ConversationList};
pub(crate) use text::{headline, markdown, readable};
