//! The front door as a process of its own, with the real backend behind it.

mod chat;
mod killed;
mod load;
mod model;
mod page;
mod place;
mod start;
mod swapped;
mod visitor;
