//! The environments of pull requests, which have no file of their own: `pr-7` has the settings of the file with `preview`.

use super::environment::{Budget, DataSource, Environment, Model, Names, Preview};
use super::error::SpecError;
use super::shape::{Choice, Shape, choice_schema, read_choice};
use super::tree::Node;
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

/// Returns the environment of a pull request. It has generated names, no domain, and the sample persona. It has no key of a
/// model provider, so a model that needs one is replaced by the built-in one.
pub(super) fn of_pull_request(template: Environment, name: &str) -> Option<Environment> {
    let model = match template.model {
        Model::OpenAi { .. } => Model::Builtin,
        model => model,
    };
    let ttl = template.ttl.or_else(|| TTL.parse::<Ttl>().ok());
    let mut environment = Environment {
        name: name.parse().ok()?,
        // The mail would be the same for all environments of the account.
        budget: template
            .budget
            .filter(|_| model != Model::Builtin)
            .map(|budget| Budget { email: None, ..budget }),
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

impl Choice for Preview {
    const WORDS: &'static [(&'static str, Self)] = &[("pull_request", Self::PullRequest)];
}

impl Shape for Preview {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        read_choice(node, errors)
    }

    fn schema() -> serde_json::Value {
        choice_schema::<Self>()
    }
}
