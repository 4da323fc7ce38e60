//! `cargo xtask check layers`: within a crate, imports point in one direction.
//!
//! A module and the modules inside it form a level, and every level has an order, top to bottom, in which each import
//! points down. The order of twinctl's top level is fixed; on all other levels there must be one, so an import cycle is
//! an error. Cargo takes care of the order of crates. Test code is left out.
//!
//! The items that a module defines in its own file are one more node on the level of its submodules. It may be at the
//! top, using them, or at the bottom, used by them. A re-export does not count as a use: an item belongs to the file
//! that defines it, however it is imported. Modules that are written inline are part of their file.

mod graph;
mod import;
mod order;
mod rust;
mod typescript;

use std::fmt;

use anyhow::{Result, bail};

use super::source::Scope;
use graph::Violation;
use import::{Import, Imports, OWN_FILE};

/// Checks all levels of the selected crates.
pub(super) fn check(scope: &Scope) -> Result<()> {
    let crates = rust::packages()?.into_iter().map(|package| package.imports());
    let page = std::iter::once_with(typescript::imports);
    let mut count = 0;
    for imports in crates.chain(page) {
        let imports = imports?;
        if !scope.includes(&imports.name) {
            continue;
        }
        let Imports { name, imports: all } = &imports;
        let order = order::of(name);
        let unknown = order.map(|order| imports.unknown(order)).unwrap_or_default();
        for module in &unknown {
            eprintln!("{name}: the module {module} has no place in {}", order::TABLE);
        }
        count += unknown.len();
        for violation in &graph::violations(all, order) {
            count += violation.imports.len();
            eprintln!("{}", Report { name, violation });
        }
    }
    if count > 0 {
        bail!("{count} imports point up or have no place");
    }
    Ok(())
}

/// One violation, as it is printed.
#[derive(Debug)]
struct Report<'a> {
    name: &'a str,
    violation: &'a Violation,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let Self { name, violation } = self;
        let level = [&[(*name).to_owned()], violation.level.as_slice()].concat().join("::");
        let own_file = violation.level.last().map_or("lib", String::as_str);
        let node =
            |node: &'_ str| if node == OWN_FILE { format!("{own_file} (own file)") } else { node.to_owned() };
        let order: Vec<_> = violation.order.iter().map(|name| node(name)).collect();
        let problem = if violation.is_cycle { "import cycle" } else { "wrong direction" };
        write!(out, "{level}: {problem}. In the order {}, these imports point up:", order.join(", "))?;
        for import in &violation.imports {
            let Import { file, line, written, from, to } = import;
            let depth = violation.level.len();
            let (from, to) = (node(&from[depth]), node(&to[depth]));
            write!(out, "\n  {file}:{line}: {from} uses {to}: {written}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
