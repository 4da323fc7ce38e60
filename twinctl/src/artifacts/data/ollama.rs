//! Asks Ollama how large the context of a model is, and whether it reasons.

use std::time::Duration;

use contract::models::{Model, ollama_root};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::system::exchange;

/// The longest time that a server which does not respond delays a deploy.
const TIMEOUT: Duration = Duration::from_secs(2);
const LARGEST_BODY: usize = 8 << 20;

/// Returns the settings of a model, if the server is Ollama and has the model.
pub(super) async fn model(base_url: &str, model: &str) -> Option<Model> {
    let url = format!("{}/api/show", ollama_root(base_url)?);
    let request = http::Request::post(url).header(http::header::CONTENT_TYPE, "application/json");
    let body = async {
        let response =
            exchange::send(request, json!({ "model": model }).to_string().into_bytes()).await.ok()?;
        response.text(LARGEST_BODY).await.ok()
    };
    parse(&timeout(TIMEOUT, body).await.ok()??)
}

fn parse(description: &str) -> Option<Model> {
    let description: Value = serde_json::from_str(description).ok()?;
    // Other servers have this operation too, for example llama.cpp's, but without the architecture and the rest of the API.
    let members = description.get("model_info")?.as_object()?;
    members.get("general.architecture")?;
    let size = members.iter().find(|(name, _)| name.ends_with(".context_length"))?.1.as_u64()?;
    let reasons = description["capabilities"].as_array().is_some_and(|all| all.contains(&"thinking".into()));
    Some(Model::served(u32::try_from(size).ok()?, reasons))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_of_a_model_has_its_context_and_capabilities() {
        let llama = r#"{"model_info":{"general.architecture":"llama","llama.context_length":131072}}"#;
        assert_eq!(parse(llama), Some(Model::served(131_072, false)));
        let qwen = r#"{"model_info":{"general.architecture":"qwen3","qwen3.context_length":40960},"capabilities":["completion","thinking"]}"#;
        assert_eq!(parse(qwen), Some(Model::served(40_960, true)));
        for other in [r#"{"error":"model 'm' not found"}"#, "404 page not found", r#"{"model_info":{}}"#] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn the_server_of_llama_cpp_is_not_ollama() {
        let description = r#"{"model_info":{"llama.context_length":4096},"capabilities":["completion"]}"#;
        assert_eq!(parse(description), None);
    }
}
