//! The JSON Schema of an environment file, for editors.

use serde_json::json;

use super::environment::Environment;
use super::fields;

/// Returns the text of `environments/schema.json`.
pub fn schema() -> String {
    let mut schema = fields::schema::<Environment>();
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("twinctl environment file");
    format!("{schema:#}\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "only this test reads the variable")]
    fn the_committed_schema_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments/schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, super::schema()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == super::schema(),
            "environments/schema.json is outdated: run `UPDATE_SCHEMA=1 cargo test -p twinctl schema`"
        );
    }
}
