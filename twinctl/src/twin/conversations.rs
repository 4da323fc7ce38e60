//! What visitors said to a twin: conversations as they are kept, and as people read them.

mod catalogue;
mod conversation;
mod key;
mod text;

pub(crate) use catalogue::{Catalogue, Listed};
pub(crate) use conversation::Conversation;
pub(crate) use key::{Form, QUESTIONS};
pub(crate) use text::{headline, markdown, readable};
