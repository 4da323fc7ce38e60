//! What a twin could not answer: the questions that it noted, and the owner's file that answers go to.

mod asked;
mod faqs;
mod qna;
mod quoted;

pub(crate) use asked::{Asked, Open};
pub(crate) use qna::{Added, Encrypted, Qna, by_hand};
