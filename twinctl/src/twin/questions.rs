//! Questions that a twin could not answer, and `qna.yml`, to which answers are added.

mod faqs;
mod qna;
mod quoted;
mod unanswered;

pub(crate) use qna::{AddOutcome, EncryptedQna, Qna, lines_to_add};
pub(crate) use unanswered::{Question, Unanswered};
