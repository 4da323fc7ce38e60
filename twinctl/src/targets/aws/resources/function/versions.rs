//! Old versions: kept as long as somebody might go back to them.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::targets::aws::{Cloud, resources::FunctionOutput};

/// The newest ones are kept in any case.
const NEWEST: usize = 5;
/// One deploy adds one; where more has piled up, the next deploys take it away.
const AT_ONCE: usize = 10;

/// Removes what is old and not `needed`. One that cannot be removed is tried again by the next deploy.
pub async fn remove_old_versions(
    cloud: &Cloud,
    function: &str,
    output: &FunctionOutput,
    needed: &BTreeSet<u64>,
) {
    let deletes = old(&output.versions, needed).into_iter().map(|number| async move {
        let delete = cloud.lambda.delete_function().function_name(function).qualifier(number.to_string());
        // Nobody reaches it, and nobody waits for its end.
        let _ = delete.send().await;
    });
    join_all(deletes).await;
}

/// The oldest first.
fn old(all: &BTreeSet<u64>, needed: &BTreeSet<u64>) -> Vec<u64> {
    let before_the_newest = all.len().saturating_sub(NEWEST);
    all.iter()
        .copied()
        .take(before_the_newest)
        .filter(|number| !needed.contains(number))
        .take(AT_ONCE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_and_the_needed_ones_stay() {
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
