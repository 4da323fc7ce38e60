//! Statistics of a twin per day, from the lines that it logs for each turn.

mod collector;
mod figures;
mod html;
mod show;
mod svg;
#[cfg(test)]
mod tests;

pub(crate) use collector::Collector;
pub(crate) use figures::{Day, Figures, Stats};
