//! Any graph, from any beginning, ends the same.

use std::sync::Arc;

use proptest::prelude::*;
use reconcile::{
    Choices, Graph,
    testing::{FakeCloud, Part, PartDesired, Thing, World},
};

use crate::place::{destroy, run};

/// Any layered graph: each node takes the outputs of some earlier ones.
fn layered(edges: &[Vec<bool>], fields: &[u8]) -> Graph<FakeCloud> {
    let mut graph = Graph::new();
    let mut handles = Vec::new();
    for (index, uses) in edges.iter().enumerate() {
        let name: &'static str = ["a", "b", "c", "d", "e", "f", "g", "h"][index];
        let version = fields[index].to_string();
        let part = Part { slow: u32::from(fields[index] % 3), tells: index % 2 == 0, ..Part::new(name) };
        let mut upstream = handles.iter().zip(uses).filter(|(_, used)| **used).map(|(handle, _)| *handle);
        let handle = match (upstream.next(), upstream.next()) {
            (Some(one), Some(two)) => {
                graph.add(name, part, (one, two), move |(one, two): (String, String)| {
                    PartDesired::of(&[("version", &version), ("one", &one), ("two", &two)])
                })
            }
            (Some(one), None) => graph.add(name, part, (one,), move |(one,): (String,)| {
                PartDesired::of(&[("version", &version), ("one", &one)])
            }),
            _ => graph.add(name, part, (), move |()| PartDesired::of(&[("version", &version)])),
        };
        handles.push(handle);
    }
    graph
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_graph_ends_the_same_from_any_beginning(
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
                    Some(thing) => cloud.put(name, Thing { fields: [("odd".to_owned(), "1".to_owned())].into(), ..thing }),
                    None => {}
                }
            }
            prop_assert!(run(&cloud, layered(&edges, &second), Choices::default()).await.unwrap().complete());
            let fresh = Arc::new(FakeCloud::new());
            prop_assert!(run(&fresh, layered(&edges, &second), Choices::default()).await.unwrap().complete());
            prop_assert_eq!(cloud.picture().await, fresh.picture().await);
            prop_assert!(run(&cloud, layered(&edges, &second), destroy()).await.unwrap().complete());
            prop_assert_eq!(cloud.picture().await, "{}");
            Ok(())
        })?;
    }
}
