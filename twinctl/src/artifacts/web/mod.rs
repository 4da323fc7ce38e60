//! The page: its files, their headers, and the changes that a release makes to the bucket.

mod changes;
mod config;
mod csp;
mod file;
mod hardcoded;
mod headers;
mod invalidation;
mod load;
mod manifest;
mod page_settings;
mod page_sources;
mod security;
mod walk;

pub use changes::{KEPT_RELEASES, Listing, RELEASES_PREFIX, SiteChanges, diff, outdated, removed};
pub use config::with_page_config;
pub use file::{Stage, WebFile, stages};
pub use hardcoded::{AddressUse, HardcodedFile, Obstacle, find_hardcoded};
pub use load::WebBundle;
pub use manifest::{Manifest, ManifestEntry};
pub use page_settings::{PageSettings, exceptions};
pub use page_sources::PageSources;
pub(crate) use security::{PERMISSIONS, REFERRER, SCRIPT, content_security_policy, scripts_by_digest};
pub(crate) use walk::walk as files;
