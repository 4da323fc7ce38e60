//! Follows paths and re-exports to the module that defines an item.

use super::module::{Module, Use, Written};
use super::tree::Tree;
use crate::check::layers::import::{Import, OWN_FILE, Path};

/// Limit of steps per path, because re-exports can form a cycle.
const MOST_STEPS: usize = 24;

/// The target of a path within the package.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// An item that this module defines.
    Item(Path),
    Module(Path),
}

impl Target {
    fn module(&self) -> &Path {
        match self {
            Self::Item(module) | Self::Module(module) => module,
        }
    }
}

impl Tree {
    pub(super) fn imports(&self) -> Vec<Import> {
        let mut imports: Vec<_> =
            self.modules.iter().flat_map(|(path, module)| self.imports_of(path, module)).collect();
        imports.sort();
        imports.dedup_by(|one, other| (&one.file, one.line, &one.to) == (&other.file, other.line, &other.to));
        imports
    }

    /// The node that a target belongs to. Inline modules are part of their file.
    fn node(&self, target: Target) -> Path {
        match target {
            Target::Module(module) if self.modules.get(&module).is_none_or(|found| found.owner == module) => {
                module
            }
            Target::Item(module) | Target::Module(module) => {
                own_file(self.modules.get(&module).map_or(&module, |found| &found.owner))
            }
        }
    }

    fn imports_of(&self, path: &Path, module: &Module) -> Vec<Import> {
        let import = |written: &Written, target: Target| Import {
            file: module.file.clone(),
            line: written.line,
            written: written.path.join("::"),
            from: own_file(&module.owner),
            to: self.node(target),
        };
        let uses = module.uses.iter().filter_map(|declared| {
            let (written, target) = self.used(path, module, declared)?;
            Some(import(&written, target))
        });
        let paths = module.paths.iter().filter_map(|written| {
            let target = self.resolve(path, &written.path, MOST_STEPS)?;
            let alias = module.uses.iter().find(|declared| declared.alias.as_ref() == written.path.first());
            // The target of the alias itself is counted where it is imported.
            let imported = alias.and_then(|declared| self.resolve(path, &declared.written.path, MOST_STEPS));
            (imported.as_ref() != Some(&target)).then(|| import(written, target))
        });
        uses.chain(paths).filter(|import| !import.from.starts_with(&import.to)).collect()
    }

    /// Resolves a `use`. `None` for another crate, and for a re-export that the module itself does not use.
    fn used(&self, path: &Path, module: &Module, declared: &Use) -> Option<(Written, Target)> {
        let target = self.resolve(path, &declared.written.path, MOST_STEPS)?;
        let Some(alias) = &declared.alias else {
            let is_facade = declared.is_public && target.module().starts_with(path);
            let target = Target::Item(target.module().clone());
            return (!is_facade).then(|| (declared.written.clone(), target));
        };
        let is_facade = declared.is_public && target.module().starts_with(path);
        let line = if is_facade { *module.names.get(alias)? } else { declared.written.line };
        Some((Written { line, ..declared.written.clone() }, target))
    }

    /// Resolves a path that is written in the module `from`.
    fn resolve(&self, from: &Path, path: &[String], steps: usize) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let module = self.modules.get(from)?;
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => module.root.clone(),
            "self" => from.clone(),
            "super" => from.split_last()?.1.to_vec(),
            name if name == self.library && self.modules.contains_key(&Vec::new()) => Vec::new(),
            name => {
                let child = [from.as_slice(), &[name.to_owned()]].concat();
                if !self.modules.contains_key(&child) {
                    return self.resolve_in_scope(from, module, path, steps);
                }
                child
            }
        };
        let supers = rest.iter().take_while(|name| *name == "super").count();
        let start = start.get(..start.len().checked_sub(supers)?)?.to_vec();
        Some(self.descend(start, &rest[supers..], steps))
    }

    /// Resolves a path that begins with an item or an import of the module.
    fn resolve_in_scope(
        &self,
        from: &Path,
        module: &Module,
        path: &[String],
        steps: usize,
    ) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        if module.items.contains(first) {
            return Some(Target::Item(from.clone()));
        }
        let declared = module.uses.iter().find(|declared| declared.alias.as_ref() == Some(first))?;
        if declared.written.path == path {
            return None;
        }
        match self.resolve(from, &declared.written.path, steps)? {
            Target::Module(module) => Some(self.descend(module, rest, steps)),
            item @ Target::Item(_) => Some(item),
        }
    }

    /// Follows names from a module. A name that is not found (a macro may define it) counts as an item of the last
    /// module.
    fn descend(&self, module: Path, names: &[String], steps: usize) -> Target {
        let (module, names) = self.descend_modules(module, names);
        if names.is_empty() {
            return Target::Module(module);
        }
        self.find(&module, names, steps).unwrap_or(Target::Item(module))
    }

    fn descend_modules<'names>(&self, module: Path, names: &'names [String]) -> (Path, &'names [String]) {
        let Some((first, rest)) = names.split_first() else { return (module, names) };
        let child = [module.as_slice(), std::slice::from_ref(first)].concat();
        if self.modules.contains_key(&child) { self.descend_modules(child, rest) } else { (module, names) }
    }

    /// Finds a name that a module defines or re-exports.
    fn find(&self, path: &Path, names: &[String], steps: usize) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let module = self.modules.get(path)?;
        if let Some(target) = self.resolve_in_scope(path, module, names, steps) {
            return Some(target);
        }
        let globs = module.uses.iter().filter(|declared| declared.alias.is_none());
        let mut modules = globs.filter_map(|glob| match self.resolve(path, &glob.written.path, steps)? {
            Target::Module(module) if module != *path => Some(module),
            _ => None,
        });
        modules.find_map(|module| {
            let (module, names) = self.descend_modules(module, names);
            if names.is_empty() { Some(Target::Module(module)) } else { self.find(&module, names, steps) }
        })
    }
}

fn own_file(module: &Path) -> Path {
    [module.as_slice(), &[OWN_FILE.to_owned()]].concat()
}
