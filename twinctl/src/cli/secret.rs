//! The words of `secret`: the key of a model's server.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Store a key: asked for without showing it, or piped in
    Set(SecretSet),
    /// Replace the key that is stored
    Rotate(SecretSet),
    /// Say whether a key is there, and whether the twin gets to it
    Status(SecretStatus),
    /// Take the key away
    Remove(SecretRemove),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SecretName {
    /// The key of `model.source: openai`
    Openai,
}

#[derive(Debug, Args)]
pub struct SecretSet {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Which secret
    #[arg(value_name = "SECRET")]
    pub name: SecretName,
    /// Taken only to be refused: arguments are read by others
    #[arg(hide = true)]
    pub argument: Option<String>,
}

#[derive(Debug, Args)]
pub struct SecretStatus {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Which secret
    #[arg(value_name = "SECRET", default_value = "openai")]
    pub name: SecretName,
}

#[derive(Debug, Args)]
pub struct SecretRemove {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Which secret
    #[arg(value_name = "SECRET")]
    pub name: SecretName,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}
