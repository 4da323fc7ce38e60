//! Single resources: created, read again, changed by hand, repaired, removed, and crashed at every call.

mod bucket;
mod ci;
mod data_files;
mod distribution;
mod domain;
mod function;
mod http_api;
mod live;
mod log_group;
mod role;
mod sandbox;
mod secret;
mod site;
mod stream_api;
mod usage_table;
mod zip;
