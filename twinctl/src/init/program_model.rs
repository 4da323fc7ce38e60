//! The models that the Python files of an existing twin name.

use std::path::{Path, PathBuf};

/// How the IDs of other providers than Amazon Bedrock begin, behind an optional `provider/`.
const FAMILIES: [&str; 17] = [
    "chatgpt-",
    "claude-",
    "command-",
    "deepseek-",
    "gemini-",
    "gemma",
    "glm-",
    "gpt-",
    "grok-",
    "kimi-",
    "llama",
    "mistral-",
    "mixtral-",
    "o1",
    "o3",
    "o4-",
    "qwen",
];
/// The families of OpenAI itself.
const OPENAI: [&str; 5] = ["chatgpt-", "gpt-", "o1", "o3", "o4-"];
/// How the IDs of Amazon Bedrock begin.
const BEDROCK: [&str; 7] = ["amazon.", "anthropic.", "meta.", "global.", "us.", "eu.", "apac."];
/// Words in the IDs of models that do not chat.
const NO_CHAT: [&str; 7] = ["audio", "embed", "image", "moderation", "realtime", "transcribe", "tts"];

/// A model, and the file that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProgramModel {
    pub id: String,
    /// The address of its server, if the file contains it.
    base_url: Option<String>,
    pub file: PathBuf,
}

impl ProgramModel {
    /// Returns each model with the first file that names it.
    pub(super) fn all(python: &[(PathBuf, String)]) -> Vec<Self> {
        let mut models: Vec<Self> = Vec::new();
        for (file, code) in python {
            let base_url = literals(code, "base_url").find(|text| text.starts_with("http"));
            for id in literals(code, "model").filter(|text| is_model(text)) {
                if !models.iter().any(|known| known.id == id) {
                    let base_url = base_url.filter(|_| !is_bedrock(id)).map(str::to_owned);
                    models.push(Self { id: id.to_owned(), base_url, file: file.clone() });
                }
            }
        }
        models
    }

    pub(super) fn is_bedrock(&self) -> bool {
        is_bedrock(&self.id)
    }

    /// Describes how to keep the model. `base` is the environment file.
    pub(super) fn text(&self, base: &Path) -> String {
        let (id, base) = (&self.id, base.display());
        let what = format!("the model `{id}` in {}", self.file.display());
        if self.is_bedrock() {
            return format!("{what}: to keep it, set `model.id` in {base}");
        }
        let is_of_openai = OPENAI.iter().any(|family| id.starts_with(family));
        let server = match &self.base_url {
            Some(url) => format!(", base_url: \"{url}\""),
            None if is_of_openai => String::new(),
            None => ", base_url: ADDRESS".to_owned(),
        };
        format!(
            "{what}: on AWS, your twin answers with a model of Amazon Bedrock; to keep yours, run `twinctl secret set ENV openai`, \
             then set `model: {{ source: openai, id: \"{id}\"{server} }}` in {base}"
        )
    }
}

/// Returns the strings of all lines that contain a word, without comments.
fn literals<'c>(code: &'c str, word: &'static str) -> impl Iterator<Item = &'c str> {
    let lines = code.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let lines = lines.filter(move |line| line.to_ascii_lowercase().contains(word));
    lines.flat_map(|line| line.split(['"', '\'']).skip(1).step_by(2))
}

fn is_model(text: &str) -> bool {
    let small = text.to_ascii_lowercase();
    let is_word = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:@".contains(c));
    let can_chat = !NO_CHAT.iter().any(|word| small.contains(word));
    is_word && can_chat && (is_bedrock(&small) || is_of_another_provider(&small))
}

fn is_of_another_provider(small: &str) -> bool {
    let name = small.rsplit('/').next().unwrap_or(small);
    // `mistral.mistral-large` is a model of Amazon Bedrock.
    let has_vendor = name
        .split_once('.')
        .is_some_and(|(vendor, _)| !vendor.is_empty() && vendor.chars().all(|c| c.is_ascii_alphabetic()));
    !has_vendor && !small.contains("://") && FAMILIES.iter().any(|family| name.starts_with(family))
}

fn is_bedrock(id: &str) -> bool {
    id.contains('-') && !id.contains('/') && BEDROCK.iter().any(|vendor| id.starts_with(vendor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models(code: &str) -> Vec<ProgramModel> {
        ProgramModel::all(&[(PathBuf::from("backend/server.py"), code.to_owned())])
    }

    #[test]
    fn models_are_found_in_calls_and_constants() {
        for (code, expected) in [
            (
                "reply = client.chat.completions.create(model=\"gpt-4o-mini\", messages=x)",
                Some("gpt-4o-mini"),
            ),
            ("MODEL = os.getenv('MODEL_NAME', 'deepseek/deepseek-chat')", Some("deepseek/deepseek-chat")),
            ("model=\"llama-3.3-70b-versatile\"", Some("llama-3.3-70b-versatile")),
            (
                "    BEDROCK_MODEL_ID = os.getenv(\"BEDROCK_MODEL_ID\", \"amazon.nova-lite-v1:0\")",
                Some("amazon.nova-lite-v1:0"),
            ),
            ("# model=\"gpt-4o-mini\"", None),
            ("model=\"text-embedding-3-small\"", None),
            ("name = \"gpt-4o\"", None),
            ("logger.info(\"no model for the question\")", None),
        ] {
            assert_eq!(models(code).first().map(|model| model.id.as_str()), expected, "{code}");
        }
    }

    #[test]
    fn the_setting_that_keeps_a_model_is_printed() {
        let code =
            "client = OpenAI(base_url=\"https://openrouter.ai/api/v1\")\nmodel=\"openai/gpt-4o-mini\"\n";
        let text = |code: &str| models(code)[0].text(Path::new("environments/base.yaml"));
        insta::assert_snapshot!(
            [text(code), text("model='gpt-4o'"), text("model='grok-3'"), text("model='us.amazon.nova-pro-v1:0'")].join("\n"),
            @r#"
        the model `openai/gpt-4o-mini` in backend/server.py: on AWS, your twin answers with a model of Amazon Bedrock; to keep yours, run `twinctl secret set ENV openai`, then set `model: { source: openai, id: "openai/gpt-4o-mini", base_url: "https://openrouter.ai/api/v1" }` in environments/base.yaml
        the model `gpt-4o` in backend/server.py: on AWS, your twin answers with a model of Amazon Bedrock; to keep yours, run `twinctl secret set ENV openai`, then set `model: { source: openai, id: "gpt-4o" }` in environments/base.yaml
        the model `grok-3` in backend/server.py: on AWS, your twin answers with a model of Amazon Bedrock; to keep yours, run `twinctl secret set ENV openai`, then set `model: { source: openai, id: "grok-3", base_url: ADDRESS }` in environments/base.yaml
        the model `us.amazon.nova-pro-v1:0` in backend/server.py: to keep it, set `model.id` in environments/base.yaml
        "#
        );
    }
}
