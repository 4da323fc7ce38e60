//! Invalidates the paths in CloudFront's caches whose content has changed.

use std::fmt::Write as _;

use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use md5::{Digest as _, Md5};
use reconcile::{Class, Fault};

use crate::targets::aws::{Cloud, SdkResult};

/// Requests an invalidation and does not wait for it: it takes minutes, and browsers revalidate pages at every visit.
pub(super) async fn invalidate(
    cloud: &Cloud,
    (distribution_id, release): (&str, &str),
    paths: &[String],
) -> Result<(), Fault> {
    let Ok(quantity) = i32::try_from(paths.len()) else {
        return Err(Fault::new(Class::Refused, "too many paths to invalidate"));
    };
    if paths.is_empty() {
        return Ok(());
    }
    let unbuildable = |error| Fault::new(Class::Refused, error);
    let items = Paths::builder().quantity(quantity).set_items(Some(paths.to_vec()));
    let batch = InvalidationBatch::builder()
        .caller_reference(reference(release, paths))
        .paths(items.build().map_err(unbuildable)?)
        .build()
        .map_err(unbuildable)?;
    let request = cloud.cloudfront.create_invalidation().distribution_id(distribution_id);
    let response = request.invalidation_batch(batch).send().await;
    response.fault("cloudfront:CreateInvalidation").map(drop)
}

/// Returns the caller reference. It includes the release, so that a return to old content is a new invalidation, and
/// the paths, because CloudFront refuses to reuse a reference with other paths.
fn reference(release: &str, paths: &[String]) -> String {
    let digest = Md5::digest(paths.join("\n"));
    digest.iter().take(4).fold(format!("{release}-"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::reference;

    #[test]
    fn only_the_same_paths_of_the_same_release_have_the_same_reference() {
        let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        let first = reference("r1", &paths(&["/", "/index.html"]));
        assert_eq!(first, reference("r1", &paths(&["/", "/index.html"])));
        assert_ne!(first, reference("r2", &paths(&["/", "/index.html"])));
        assert_ne!(first, reference("r1", &paths(&["/"])));
    }
}
