//! The estimated monthly cost of a twin, from a dated table of prices. Makes no calls.

mod assumptions;
mod change;
mod estimate;
mod item;
mod model;
mod prices;
mod setup;
mod show;
#[cfg(test)]
mod tests;

pub(crate) use assumptions::{Assumptions, DataTokens};
pub(crate) use change::change_note;
pub(crate) use estimate::Estimate;
pub(crate) use setup::Setup;
