//! Deletes old versions of the function.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::targets::aws::{Cloud, resources::FunctionOutput};

/// The number of newest versions that are always kept.
const KEPT: usize = 5;
/// The most versions that one deploy deletes. The next deploys delete the rest.
const MAX_DELETED: usize = 10;

/// Deletes old versions that are not `needed`. If a deletion fails, the next deploy tries it again.
pub async fn remove_old_versions(
    cloud: &Cloud,
    function: &str,
    output: &FunctionOutput,
    needed: &BTreeSet<u64>,
) {
    let deletes = old(&output.versions, needed).into_iter().map(|number| async move {
        let delete = cloud.lambda.delete_function().function_name(function).qualifier(number.to_string());
        // A failure does not matter now: no alias points to this version.
        let _ = delete.send().await;
    });
    join_all(deletes).await;
}

/// Returns the versions to delete, oldest first.
fn old(all: &BTreeSet<u64>, needed: &BTreeSet<u64>) -> Vec<u64> {
    let candidates = all.len().saturating_sub(KEPT);
    all.iter().copied().take(candidates).filter(|number| !needed.contains(number)).take(MAX_DELETED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_and_the_needed_versions_are_kept() {
        let table: [(u64, &[u64], Vec<u64>); 4] = [
            (5, &[], vec![]),
            (8, &[], vec![1, 2, 3]),
            (8, &[2, 8, 99], vec![1, 3]),
            (40, &[1], (2..=11).collect()),
        ];
        for (count, needed, expected) in table {
            let needed = needed.iter().copied().collect();
            assert_eq!(old(&(1..=count).collect(), &needed), expected, "{count} {needed:?}");
        }
    }
}
