//! Whether the distribution sends an origin secret from all edge locations, for a rotation.

use reconcile::Fault;

use super::{DEPLOYED, behavior::API, find::read, summary::origin_secret};
use crate::targets::{aws::Cloud, record::OriginSecret};

/// Returns whether all edge locations of a distribution send this origin secret. A stale read still has the old one.
pub async fn sends_everywhere(cloud: &Cloud, id: &str, secret: &OriginSecret) -> Result<bool, Fault> {
    let actual = read(cloud, id).await?;
    Ok(actual.is_some_and(|actual| {
        actual.status == DEPLOYED && origin_secret(&actual.config, API) == Some(secret.as_str())
    }))
}
