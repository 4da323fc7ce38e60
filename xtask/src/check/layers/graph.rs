//! Finds the imports on each level that point up: against its fixed order or, without one, in every possible order.

use std::collections::{BTreeMap, BTreeSet};

use super::import::{Import, OWN_FILE, Path};

/// Imports that point up on one level.
#[derive(Debug)]
pub(super) struct Violation {
    /// The module whose submodules these are.
    pub(super) level: Path,
    /// Whether the level has no fixed order, and its imports form a cycle.
    pub(super) is_cycle: bool,
    /// The fixed order; else the order in which the fewest imports of a cycle point up.
    pub(super) order: Vec<String>,
    pub(super) imports: Vec<Import>,
}

/// The imports on one level, by the importing and the imported node.
type Edges<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Import>>;

/// Checks every level. `top` is the order of the topmost one, if that is fixed.
pub(super) fn violations(imports: &[Import], top: Option<&[&str]>) -> Vec<Violation> {
    let mut levels: BTreeMap<&[String], Edges> = BTreeMap::new();
    for import in imports {
        if let Some((level, from, to)) = edge(import) {
            levels.entry(level).or_default().entry((from, to)).or_default().push(import);
        }
    }
    let mut violations = Vec::new();
    for (level, edges) in levels {
        if let Some(order) = top.filter(|_| level.is_empty()) {
            violations.extend(against(order, level, &edges));
        } else {
            let orders = cycles(&edges).into_iter().map(|cycle| best_order(&cycle, &edges));
            let found = orders.filter_map(|order| against(&order, level, &edges));
            violations.extend(found.map(|violation| Violation { is_cycle: true, ..violation }));
        }
    }
    violations
}

/// The level on which an import is an edge, and its ends. `None` for an import of a module that contains the importer.
fn edge(import: &Import) -> Option<(&[String], &str, &str)> {
    let Import { from, to, .. } = import;
    let depth = from.iter().zip(to).take_while(|(from, to)| from == to).count();
    Some((&from[..depth], from.get(depth)?, to.get(depth)?))
}

/// The imports that point up in an order, if any do.
fn against(order: &[&str], level: &[String], edges: &Edges) -> Option<Violation> {
    let rank = |node: &str| {
        let name =
            if node == OWN_FILE && level.is_empty() && !order.contains(&OWN_FILE) { "lib" } else { node };
        order.iter().position(|candidate| *candidate == name)
    };
    let points_up = |(from, to): &&(&str, &str)| match (rank(from), rank(to)) {
        (Some(from), Some(to)) => from > to,
        _ => false,
    };
    let mut imports: Vec<_> =
        edges.keys().filter(points_up).flat_map(|key| &edges[key]).map(|import| (*import).clone()).collect();
    imports.sort();
    let order = order.iter().map(|name| (*name).to_owned()).collect();
    (!imports.is_empty()).then(|| Violation { level: level.to_vec(), is_cycle: false, order, imports })
}

/// The sets of nodes that reach each other.
fn cycles<'a>(edges: &Edges<'a>) -> Vec<Vec<&'a str>> {
    let nodes: BTreeSet<&str> = edges.keys().flat_map(|(from, to)| [*from, *to]).collect();
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        nodes.iter().map(|node| (*node, reachable(node, edges))).collect();
    let mut cycles: Vec<Vec<&str>> = Vec::new();
    for node in &nodes {
        let is_mutual = |other: &&&str| reach[node].contains(**other) && reach[**other].contains(node);
        let cycle: Vec<&str> = nodes.iter().filter(is_mutual).copied().collect();
        if cycle.len() > 1 && !cycles.contains(&cycle) {
            cycles.push(cycle);
        }
    }
    cycles
}

fn reachable<'a>(start: &'a str, edges: &Edges<'a>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        for (_, to) in edges.keys().filter(|(from, _)| *from == node) {
            if found.insert(*to) {
                open.push(to);
            }
        }
    }
    found
}

/// An order of a cycle's nodes in which few imports point up: nodes are moved as long as that lowers their number.
fn best_order<'a>(cycle: &[&'a str], edges: &Edges<'a>) -> Vec<&'a str> {
    let weight = |from: &str, to: &str| edges.get(&(from, to)).map_or(0, Vec::len);
    let upward = |order: &[&str]| -> usize {
        let pairs = order
            .iter()
            .enumerate()
            .flat_map(|(at, upper)| order[at + 1..].iter().map(move |lower| (lower, upper)));
        pairs.map(|(lower, upper)| weight(lower, upper)).sum()
    };
    let mut order = cycle.to_vec();
    let surplus = |node: &&str| -> isize {
        let ends = |(from, to): (&str, &str)| weight(from, to).cast_signed();
        cycle.iter().map(|other| ends((other, node)) - ends((node, other))).sum()
    };
    order.sort_by_key(surplus);
    let mut fewest = upward(&order);
    loop {
        let moves = (0..order.len()).flat_map(|from| (0..order.len()).map(move |to| (from, to)));
        let candidates = moves.map(|(from, to)| {
            let mut candidate = order.clone();
            let node = candidate.remove(from);
            candidate.insert(to, node);
            (upward(&candidate), candidate)
        });
        match candidates.min_by_key(|(count, _)| *count) {
            Some((count, better)) if count < fewest => (fewest, order) = (count, better),
            _ => return order,
        }
    }
}
