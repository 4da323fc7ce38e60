//! The words of `init`.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct Init {
    /// Whose twin it is
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// What they do, in a few words
    #[arg(long, value_name = "TEXT")]
    pub role: Option<String>,
    /// Where visitors may write to them
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Who thinks up the replies on this machine
    #[arg(long, value_name = "SOURCE")]
    pub model: Option<ModelKind>,
    /// The name of the model, with `--model openai`
    #[arg(long, value_name = "ID")]
    pub model_id: Option<String>,
    /// A server that speaks OpenAI's language; Ollama's where it is not said
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Do not ask: flags, and the usual answers
    #[arg(long, short)]
    pub yes: bool,
    /// Take nothing over from a twin that is here
    #[arg(long)]
    pub fresh: bool,
    /// Show what would be written and stop
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelKind {
    Builtin,
    Openai,
    Bedrock,
}

impl ModelKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Openai => "openai",
            Self::Bedrock => "bedrock",
        }
    }
}
