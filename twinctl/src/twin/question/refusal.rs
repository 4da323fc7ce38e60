//! Reasons why a model refuses to answer: one sentence and one link for each.

use std::fmt;

const BEDROCK: &str = "bedrock";
const OPENAI: &str = "openai";

/// Why a model refuses, and where the owner can change that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub sentence: String,
    pub link: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sentence, self.link)
    }
}

/// An error of a model provider.
struct Row {
    provider: &'static str,
    /// Parts of the message, in lower case. One of them identifies the error.
    parts: &'static [&'static str],
    /// `MODEL` stands for the model's ID.
    sentence: &'static str,
    link: &'static str,
}

const fn row(
    provider: &'static str,
    parts: &'static [&'static str],
    sentence: &'static str,
    link: &'static str,
) -> Row {
    Row { provider, parts, sentence, link }
}

const MARKETPLACE: &[&str] = &["aws marketplace", "aws-marketplace:"];
const DAILY: &[&str] = &["per day", "daily"];
const NOT_AUTHORIZED: &[&str] = &["not authorized to perform", "accessdenied"];

/// The texts of AWS and OpenAI as of 2026-11-28. The first row that fits is used.
const ROWS: &[Row] = &[
    row(
        BEDROCK,
        &["use case details"],
        "Anthropic requires a form about the use case, once per account, before MODEL may be used",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html",
    ),
    row(
        BEDROCK,
        &["payment_instrument", "payment instrument"],
        "the AWS account has no valid payment method for MODEL",
        "https://console.aws.amazon.com/billing/home#/paymentpreferences",
    ),
    row(
        BEDROCK,
        MARKETPLACE,
        "the AWS account has no AWS Marketplace subscription for MODEL: open the model once in the Bedrock console",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html#model-access-permissions",
    ),
    row(
        BEDROCK,
        &["end of its life", "end of life", "marked by provider as legacy"],
        "MODEL has reached its end of life: choose a newer `model.id`",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html",
    ),
    row(
        BEDROCK,
        DAILY,
        "the daily token quota of MODEL is used up, or is 0 in a new account: request an increase",
        "https://console.aws.amazon.com/servicequotas/home/services/bedrock/quotas",
    ),
    row(
        BEDROCK,
        &[
            "on-demand throughput",
            "inference profile",
            "model identifier is invalid",
            "supported in this region",
            "could not resolve the foundation model",
        ],
        "MODEL is not available in this region under this ID: use the inference profile of the region",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html",
    ),
    row(
        BEDROCK,
        &["access to the model", "model access"],
        "the AWS account has no access to MODEL",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html",
    ),
    row(
        BEDROCK,
        &["operation not allowed", "account is not authorized"],
        "AWS has not enabled Amazon Bedrock for this account: open a case with AWS Support",
        "https://console.aws.amazon.com/support/home#/case/create",
    ),
    row(
        BEDROCK,
        NOT_AUTHORIZED,
        "the twin may not invoke MODEL: its role, a permissions boundary or an organization's policy denies it",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html",
    ),
    row(
        OPENAI,
        &["failed to read the model's api key"],
        "the twin may not read the API key of the model provider",
        "docs/api-keys.md",
    ),
    row(
        OPENAI,
        &["rejected the api key"],
        "the model provider rejected the API key: replace it with `twinctl secret set`",
        "https://platform.openai.com/api-keys",
    ),
    row(
        OPENAI,
        &["insufficient_quota", "exceeded your current quota"],
        "the OpenAI account has no credit left",
        "https://platform.openai.com/settings/organization/billing",
    ),
    row(
        OPENAI,
        DAILY,
        "the daily limit of MODEL is used up",
        "https://platform.openai.com/settings/organization/limits",
    ),
    row(
        OPENAI,
        &["try pulling"],
        "the model server does not have MODEL: run `ollama pull MODEL`",
        "https://ollama.com/library",
    ),
    row(
        OPENAI,
        &["model_not_found", "does not exist"],
        "the model server has no model MODEL, or your account may not use it",
        "https://platform.openai.com/docs/models",
    ),
    row(
        "",
        &["data files are too large"],
        "the data files are too large for MODEL: shorten them",
        "docs/data.md",
    ),
];

impl Refusal {
    /// Explains an error of a model provider.
    pub(crate) fn of(provider: &str, model: &str, message: &str) -> Self {
        let applies = |row: &&Row| {
            (row.provider.is_empty() || row.provider == provider) && contains(message, row.parts)
        };
        match ROWS.iter().find(applies) {
            Some(row) => Self { sentence: row.sentence.replace("MODEL", model), link: row.link },
            None => Self { sentence: message.to_owned(), link: "docs/troubleshooting.md#the-model-refuses" },
        }
    }

    /// Explains that data files, conversations or the spending could not be read.
    pub(super) fn storage(message: &str) -> Self {
        Self { sentence: message.to_owned(), link: "docs/troubleshooting.md#503" }
    }
}

/// Whether the quota of a day is used up. Other quotas recover within a minute.
pub(crate) fn is_daily(message: &str) -> bool {
    contains(message, DAILY)
}

/// Whether a permission that has not taken effect yet can cause the error. Bedrock reports a missing
/// subscription in similar words.
pub(super) fn is_missing_permission(message: &str) -> bool {
    contains(message, &["not authorized to perform"]) && !contains(message, MARKETPLACE)
}

fn contains(message: &str, parts: &[&str]) -> bool {
    let message = message.to_lowercase();
    parts.iter().any(|part| message.contains(part))
}
