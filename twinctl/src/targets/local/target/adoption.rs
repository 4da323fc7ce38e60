//! Folders that twinctl did not create.

use reconcile::Fault;

use super::Local;
use crate::{
    system::files,
    targets::{
        Adoption,
        local::{
            folder_tag::NAME,
            stack::{DATA_FOLDER, MEMORY_FOLDER},
        },
        record::{Adopted, Former},
    },
};

impl Adoption for Local {
    const RELEASED_NODES: &'static [&'static str] = &[MEMORY_FOLDER, DATA_FOLDER];

    const PARTS: &'static [(&'static str, &'static [&'static str])] = &[];

    async fn former(&self, nodes: &[&'static str]) -> Result<Adopted, Fault> {
        let folder = |node: &&'static str| {
            let folder = match *node {
                MEMORY_FOLDER => &self.folders.memory,
                DATA_FOLDER => &self.folders.data,
                _ => return None,
            };
            let former = Former { id: folder.display().to_string(), ..Former::default() };
            Some(((*node).to_owned(), former))
        };
        Ok(nodes.iter().filter_map(folder).collect())
    }

    /// Removes the file by which twinctl recognizes the folder.
    async fn give_back(&self, _: &str, former: &Former, _: bool) -> Result<Vec<String>, Fault> {
        files::remove(&std::path::Path::new(&former.id).join(NAME))?;
        Ok(Vec::new())
    }
}
