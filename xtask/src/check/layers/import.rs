//! An import of one module by another.

use std::collections::BTreeSet;

/// A module, as the names from the root of its crate.
pub(super) type Path = Vec<String>;

/// The node of a module's own file among its submodules. No module can have this name.
pub(super) const OWN_FILE: &str = "";

/// One module that uses something from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub(super) file: String,
    pub(super) line: usize,
    /// The imported path, as written.
    pub(super) written: String,
    /// Both end with `OWN_FILE`, unless the target is a whole module.
    pub(super) from: Path,
    pub(super) to: Path,
}

/// The imports between the modules of one crate.
#[derive(Debug)]
pub(super) struct Imports {
    pub(super) name: String,
    pub(super) imports: Vec<Import>,
}

impl Imports {
    /// The top modules that an order does not contain.
    pub(super) fn unknown(&self, order: &[&str]) -> BTreeSet<&str> {
        let tops = self.imports.iter().flat_map(|import| [import.from.first(), import.to.first()]);
        let names = tops.flatten().map(String::as_str);
        names.filter(|name| *name != OWN_FILE && !order.contains(name)).collect()
    }
}
