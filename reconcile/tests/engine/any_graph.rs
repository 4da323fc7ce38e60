//! A property test: the result of a run does not depend on what existed before.

use std::sync::Arc;

use proptest::prelude::*;
use reconcile::{Choices, Graph, testing::LossyCloud};

use crate::{
    fake::{FakeCloud, FakeDesired, FakeItem, FakeResource},
    stack::{destroy, run},
};

/// Returns a graph whose nodes take the outputs of up to two earlier ones.
fn layered(edges: &[Vec<bool>], fields: &[u8]) -> Graph<FakeCloud> {
    let mut graph = Graph::new();
    let mut handles = Vec::new();
    for (index, uses) in edges.iter().enumerate() {
        let name: &'static str = ["a", "b", "c", "d", "e", "f", "g", "h"][index];
        let version = fields[index].to_string();
        let part = FakeResource {
            slow: u32::from(fields[index] % 3),
            returns_item: index % 2 == 0,
            ..FakeResource::new(name)
        };
        let mut upstream = handles.iter().zip(uses).filter(|(_, used)| **used).map(|(handle, _)| *handle);
        let handle = match (upstream.next(), upstream.next()) {
            (Some(one), Some(two)) => {
                graph.add(name, part, (one, two), move |(one, two): (String, String)| {
                    FakeDesired::of(&[("version", &version), ("one", &one), ("two", &two)])
                })
            }
            (Some(one), None) => graph.add(name, part, (one,), move |(one,): (String,)| {
                FakeDesired::of(&[("version", &version), ("one", &one)])
            }),
            _ => graph.add(name, part, (), move |()| FakeDesired::of(&[("version", &version)])),
        };
        handles.push(handle);
    }
    graph
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_result_does_not_depend_on_what_existed_before(
        edges in prop::collection::vec(prop::collection::vec(any::<bool>(), 8), 1..8),
        first in prop::collection::vec(any::<u8>(), 8),
        second in prop::collection::vec(any::<u8>(), 8),
        drift in prop::collection::vec((0..8_usize, any::<bool>()), 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let cloud = Arc::new(FakeCloud::new());
            prop_assert!(run(&cloud, layered(&edges, &first), Choices::default()).await.unwrap().complete());
            for (node, delete) in drift {
                let name = ["a", "b", "c", "d", "e", "f", "g", "h"][node];
                match cloud.get(name) {
                    Some(_) if delete => cloud.remove(name),
                    Some(thing) => cloud.put(name, FakeItem { fields: [("odd".to_owned(), "1".to_owned())].into(), ..thing }),
                    None => {}
                }
            }
            prop_assert!(run(&cloud, layered(&edges, &second), Choices::default()).await.unwrap().complete());
            let fresh = Arc::new(FakeCloud::new());
            prop_assert!(run(&fresh, layered(&edges, &second), Choices::default()).await.unwrap().complete());
            prop_assert_eq!(cloud.snapshot().await, fresh.snapshot().await);
            prop_assert!(run(&cloud, layered(&edges, &second), destroy()).await.unwrap().complete());
            prop_assert_eq!(cloud.snapshot().await, "{}");
            Ok(())
        })?;
    }
}
