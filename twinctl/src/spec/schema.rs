//! The JSON Schema of an environment file, for editors.

use serde_json::json;

use super::environment::Environment;
use super::fields;

/// The text of `environments/schema.json`.
pub fn schema() -> String {
    let mut schema = fields::schema::<Environment>();
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("An environment of twinctl");
    format!("{schema:#}\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the switch of this one test")]
    fn the_schema_in_the_repository_is_the_one_of_this_program() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments/schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, super::schema()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == super::schema(),
            "environments/schema.json is stale: `UPDATE_SCHEMA=1 cargo test -p twinctl schema` writes it"
        );
    }
}
