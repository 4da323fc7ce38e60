//! `twinctl cost`: estimates what a twin costs in a month. Makes no calls.

use clap::{Args, value_parser};
use serde_json::json;

use super::arguments::EnvironmentArg;
use crate::{
    artifacts::{data::data_tokens, on_thread},
    run::session,
    spec::{Environment, Options, Target},
    twin::cost::{Assumptions, DataTokens, Estimate, Setup},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl cost prod                       Estimate a month with 10,000 turns
  twinctl cost prod --turns 500           Estimate a month with fewer visitors
  twinctl cost prod --json | jq .items    Print the price of each item, with its source";

/// Estimate the monthly cost of a twin (offline)
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Cost {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
    /// Questions with their answers, in a month
    #[arg(long, value_name = "COUNT", default_value_t = Assumptions::TURNS, value_parser = count())]
    pub(crate) turns: u64,
    /// Turns per conversation; all but the first read the prompt cache
    #[arg(long, value_name = "COUNT", default_value_t = Assumptions::TURNS_PER_CONVERSATION, value_parser = count())]
    pub(crate) turns_per_conversation: u64,
    /// Tokens of the data files, sent with every turn [default: measured in your data files]
    #[arg(long, value_name = "TOKENS", value_parser = count())]
    pub(crate) data_tokens: Option<u64>,
    /// Tokens of instructions, question and conversation
    #[arg(long, value_name = "TOKENS", default_value_t = persona::price::OTHER_TOKENS, value_parser = count())]
    pub(crate) other_tokens: u64,
    /// Tokens of an answer, and of the reasoning before it
    #[arg(long, value_name = "TOKENS", default_value_t = persona::price::ANSWER_TOKENS, value_parser = count())]
    pub(crate) answer_tokens: u64,
    /// Seconds that the function runs for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = Assumptions::ANSWER_SECONDS, value_parser = seconds)]
    pub(crate) answer_seconds: f64,
}

/// The largest number of any kind. Products of three still fit.
const LARGEST: u64 = 1_000_000_000;

fn count() -> clap::builder::RangedU64ValueParser {
    value_parser!(u64).range(1..=LARGEST)
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=900.0).contains(seconds));
    seconds.ok_or_else(|| format!("`{text}` is not a number of seconds from 0 to 900"))
}

pub(super) async fn run(options: &Options, args: &Cost, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.which.environment, ui)?;
    let data_tokens = match args.data_tokens {
        Some(tokens) => DataTokens::Chosen(tokens),
        None => measured(&environment).await,
    };
    let assumed = Assumptions {
        turns: args.turns,
        turns_per_conversation: args.turns_per_conversation,
        data_tokens,
        other_tokens: args.other_tokens,
        answer_tokens: args.answer_tokens,
        answer_seconds: args.answer_seconds,
    };
    let Environment { name, project, region, target, .. } = &environment;
    let region = (*target == Target::Aws).then(|| region.as_str());
    let estimate = Estimate::new(&Setup::of(&environment), &assumed);
    let place = region.unwrap_or("this machine");
    ui.data(&format!("Estimated cost of {project}/{name} · {place}\n"));
    ui.data(estimate.text(region, &assumed).trim_end());
    let mut object = estimate.json(region, &assumed);
    object["environment"] = json!(name.as_str());
    ui.object("cost", object);
    Ok(Exit::Done)
}

/// Measures the data files, if they are in a folder and can be read without a prompt.
async fn measured(environment: &Environment) -> DataTokens {
    let environment = environment.clone();
    DataTokens::measured(on_thread(move || data_tokens(&environment)).await)
}
