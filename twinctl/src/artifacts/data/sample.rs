//! The sample persona, which answers until there are data files.

use persona::Collected;

macro_rules! shipped {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!("../../../../data/sample/", $name)))),+]
    };
}

/// Names and contents of its files.
pub(crate) const SAMPLE: [(&str, &str); 6] =
    shipped!("experience.yml", "facts.json", "qna.yml", "skills.yml", "style.txt", "summary.txt");

/// Adds the sample persona if there are no files, not even those of a sample persona in the folder.
pub(super) fn complete(mut collected: Collected) -> Collected {
    if collected.is_sample && collected.files.is_empty() {
        "twinctl".clone_into(&mut collected.from);
        for (name, text) in SAMPLE {
            collected.files.insert(name, text.as_bytes().to_vec());
        }
    }
    collected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_file_is_included() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/sample");
        let found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut found: Vec<String> = found.map(|name| name.into_string().unwrap()).collect();
        found.sort();
        assert_eq!(found, SAMPLE.map(|(name, _)| name));
    }
}
