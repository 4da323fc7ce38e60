//! Folders that twinctl did not create.

use std::path::Path;

use reconcile::Fault;

use super::Local;
use crate::{
    system::files,
    targets::{
        Adoption,
        local::{
            folder_tag::NAME,
            memory_folder,
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
    async fn give_back(&self, node: &str, former: &Former, is_online: bool) -> Result<Vec<String>, Fault> {
        let folder = Path::new(&former.id);
        files::remove(&folder.join(NAME))?;
        // A running twin would write these files again. The next destroy deletes them.
        if node == MEMORY_FOLDER && !is_online {
            memory_folder::tidy(folder)?;
        }
        Ok(Vec::new())
    }
}
