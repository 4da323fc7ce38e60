//! The environments of pull requests, which have no file of their own: `pr-7` has the settings of the file with `preview`.

use std::path::Path;

use super::environment::{DataSource, Environment, Model, Names};
use super::load::{Overrides, available, load};
use super::words::Ttl;

/// The first part of the names of all previews.
const PREFIX: &str = "pr-";
/// The time to live of previews, if the file has none.
const TTL: &str = "3d";

/// Returns whether this is the name of a preview: `pr-` and the number of a pull request.
pub(crate) fn is_preview_name(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|number| number.parse::<u32>().is_ok_and(|id| id.to_string() == number))
}

/// Returns the name of the environment whose settings previews have. Files with errors are left out.
pub(super) fn template_of_previews(dir: &Path, overrides: &Overrides) -> Option<String> {
    let has_previews = |name: &String| load(dir, name, overrides).is_ok_and(|file| file.preview.is_some());
    available(dir).into_iter().find(has_previews)
}

/// Returns the environment of a pull request. It has generated names, no domain, and the sample persona. It has no key of a
/// model provider, so a model that needs one is replaced by the builtin one.
pub(super) fn of_pull_request(template: Environment, name: &str) -> Option<Environment> {
    let model = match template.model {
        Model::OpenAi { .. } => Model::Builtin,
        model => model,
    };
    let ttl = template.ttl.or_else(|| TTL.parse::<Ttl>().ok());
    let mut environment = Environment {
        name: name.parse().ok()?,
        budget: template.budget.filter(|_| model != Model::Builtin),
        model,
        domain: None,
        names: Names::default(),
        ttl,
        protect: false,
        ..template
    };
    environment.data.from = DataSource::Sample;
    environment.data.upload_on_deploy = true;
    environment.data.key_file = None;
    environment.release.canary = None;
    Some(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_request_has_the_settings_of_the_file_with_preview() {
        let folder = tempfile::TempDir::with_prefix("twinctl-test-").unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("base.yaml", "project: twin\nregion: eu-west-1\n");
        let settings = "extends: base.yaml\nenvironment: dev\npreview: pull_request\nstreaming: true\n\
                        domain: chat.example.com\nnames: {function: mine}\nmodel: {source: openai, id: gpt-4o-mini}\n";
        write("dev.yaml", settings);
        write("prod.yaml", "extends: base.yaml\nenvironment: prod\n");
        let read = |name: &str| load(folder.path(), name, &Overrides::default());
        let preview = read("pr-7").unwrap();
        assert_eq!((preview.name.as_str(), preview.streaming, &preview.domain), ("pr-7", true, &None));
        assert_eq!((&preview.names, &preview.model), (&Names::default(), &Model::Builtin));
        assert_eq!((preview.ttl, preview.data.from), ("3d".parse().ok(), DataSource::Sample));
        assert!(read("pr-07").is_err() && read("pr-x").is_err() && read("pr-").is_err());

        write("dev.yaml", "extends: base.yaml\nenvironment: dev\n");
        assert!(read("pr-7").is_err(), "no file has previews");
    }
}
