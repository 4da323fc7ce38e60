//! Environment variables that twinctl sets and twin-lambda reads. Variables that AWS defines are not listed here.

/// Name of the environment, for logs and metrics.
pub const ENVIRONMENT: &str = "ENVIRONMENT";
pub const LOG_LEVEL: &str = "LOG_LEVEL";

/// The model provider; see [`provider`].
pub const AI_PROVIDER: &str = "AI_PROVIDER";
pub const BEDROCK_MODEL_ID: &str = "BEDROCK_MODEL_ID";
pub const OPENAI_MODEL: &str = "OPENAI_MODEL";
pub const OPENAI_BASE_URL: &str = "OPENAI_BASE_URL";
pub const OPENAI_API_KEY: &str = "OPENAI_API_KEY";
/// The secret from which the key is read, instead of `OPENAI_API_KEY`.
pub const OPENAI_SECRET_ARN: &str = "OPENAI_SECRET_ARN";

/// `false` reads and stores everything in folders, even if a bucket is set.
pub const USE_S3: &str = "USE_S3";
pub const MEMORY_BUCKET: &str = "MEMORY_BUCKET";
pub const MEMORY_DIR: &str = "MEMORY_DIR";
/// `true` makes twin-lambda mark each object that it writes to the memory, so that the object expires; see
/// [`crate::expiry`].
pub const MEMORY_EXPIRES: &str = "MEMORY_EXPIRES";
/// The bucket of the data files.
pub const PERSONAL_DATA_BUCKET: &str = "PERSONAL_DATA_BUCKET";
pub const DATA_DIR: &str = "DATA_DIR";

/// The subject of the twin; see [`scope`].
pub const PROMPT_SCOPE: &str = "PROMPT_SCOPE";

/// Origins that may call the API from a browser, separated by commas.
pub const CORS_ORIGINS: &str = "CORS_ORIGINS";
/// SHA-256 hashes of the accepted origin secrets, in hex, separated by commas.
pub const ORIGIN_SECRET_HASHES: &str = "ORIGIN_SECRET_HASHES";
/// The salt of the hashes of visitors' addresses. Without it, each process has its own.
pub const VISITOR_SALT: &str = "VISITOR_SALT";
/// Messages that one session may send in a minute; 0 means no limit.
pub const TURNS_PER_MINUTE: &str = "TURNS_PER_MINUTE";
/// New conversations that a folder accepts in a day; 0 means no limit.
pub const CONVERSATIONS_PER_DAY: &str = "CONVERSATIONS_PER_DAY";
/// New unanswered questions that a folder accepts in a day; 0 means no limit.
pub const QUESTIONS_PER_DAY: &str = "QUESTIONS_PER_DAY";
/// The most that the model may cost in a month, in US dollars. Without it, there is no limit.
pub const BUDGET_MONTHLY_USD: &str = "BUDGET_MONTHLY_USD";
/// The price of a million input and output tokens in US dollars, like `0.5,1.5`, instead of the price in the table of models.
pub const BUDGET_PRICE: &str = "BUDGET_PRICE";
/// The table in which spending is counted. Without it, spending is counted in a file of the memory folder.
pub const USAGE_TABLE: &str = "USAGE_TABLE";
/// Which callers of the function receive streams: by default REST APIs, with `response_stream` also the function URL, and
/// with `buffered` none.
pub const INVOKE_MODE: &str = "INVOKE_MODE";

/// Values of `PROMPT_SCOPE`.
pub mod scope {
    /// The owner, and nothing else: no homework and no code for visitors.
    pub const OWNER: &str = "owner";
    pub const ANY: &str = "any";
}

/// Values of `AI_PROVIDER`.
pub mod provider {
    /// No model: the twin searches the data files.
    pub const BUILTIN: &str = "builtin";
    pub const BEDROCK: &str = "bedrock";
    /// OpenAI, or a server with the same API.
    pub const OPENAI: &str = "openai";
}
