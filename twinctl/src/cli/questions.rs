//! The words of `questions`: what the twin could not answer.

use clap::Args;

#[derive(Debug, Args)]
pub struct Questions {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Answer one, or each in turn: the answer goes into your `qna.yml`
    #[arg(long, num_args = 0..=2, value_names = ["ID", "TEXT"], conflicts_with = "dismiss")]
    pub answer: Option<Vec<String>>,
    /// Forget these questions without an answer
    #[arg(long, num_args = 1.., value_name = "ID")]
    pub dismiss: Vec<String>,
}
