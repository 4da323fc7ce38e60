//! The items that a module defines and the paths that it uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::layers::import::Path;

#[derive(Debug, Default)]
pub(super) struct Module {
    /// The source file, relative to the workspace.
    pub(super) file: String,
    /// The module whose file this is; another one than this module if it is written inline.
    pub(super) owner: Path,
    /// The path of its crate's root.
    pub(super) root: Path,
    pub(super) children: Vec<(String, Child)>,
    /// The names of the items that it defines.
    pub(super) items: BTreeSet<String>,
    pub(super) uses: Vec<Use>,
    /// Paths of two names or more outside `use`, such as `crate::ui::Ui` or `fmt::Display`.
    pub(super) paths: Vec<Written>,
    /// The first line on which each single name is written outside `use`.
    pub(super) names: BTreeMap<String, usize>,
}

#[derive(Debug)]
pub(super) enum Child {
    Inline(Module),
    /// `mod name;`
    File,
}

/// A path as written, for example `super::lock::Lease`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) path: Path,
    pub(super) line: usize,
}

/// One name of a `use` declaration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) written: Written,
    /// The name in scope; `None` for `*`.
    pub(super) alias: Option<String>,
    pub(super) is_public: bool,
}
