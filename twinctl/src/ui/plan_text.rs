//! A plan as text and as Markdown.

mod fields;
mod group;
mod markdown;
mod text;
mod view;

pub(crate) use self::markdown::{Fitted, markdown};
pub use self::{
    text::render,
    view::{PlanView, Verb},
};

#[cfg(test)]
mod tests;
