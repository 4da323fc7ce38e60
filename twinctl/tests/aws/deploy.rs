//! Whole runs of `twinctl`, as people and CI start them.

mod access;
mod account;
mod by_hand;
mod changed;
mod ci;
mod credentials;
mod data;
mod destroy;
mod domain;
mod drift;
mod foreign;
mod github;
mod interrupted;
mod killed;
mod lost;
mod memory;
mod mistakes;
mod newcomer;
mod secret;
mod talk;
mod together;
mod twin;
mod unlock;
mod workflows;
