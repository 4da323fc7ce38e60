//! Whole runs of `twinctl`, as people and CI start them.

mod adoption;
mod api_key;
mod by_hand;
mod chat_and_logs;
mod ci;
mod concurrency;
mod conversations;
mod crash;
mod credentials;
mod data_files;
mod destroy;
mod domain;
mod drift;
mod errors;
mod expiry;
mod first_deploy;
mod github;
mod interrupt;
mod inventory;
mod lost_responses;
mod pause;
mod permissions;
mod redeploy;
mod twin;
mod unlock;
mod workflows;
