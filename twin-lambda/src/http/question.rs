//! The question that twinctl has a new version answer before visitors reach it. No route leads here.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Api, response};
use crate::clock::Deadline;
use crate::config::ModelChoice;
use crate::log::{Fields, error_chain, millis_since};
use crate::session::random_id;

impl Api {
    /// Answers the question and returns a report. It contains the size of the answer, but not its text.
    pub async fn question(&self, deadline: Deadline) -> Value {
        let record = self.log.record(Fields {
            correlation_id: random_id(),
            method: "INVOKE".to_owned(),
            route: "question",
            status: 200,
            model: Some(self.config.ai_model().to_owned()),
            ..Fields::default()
        });
        let start = Instant::now();
        let result = self.twin.answer_question(deadline, &record).await;
        let base_url = match &self.config.model {
            ModelChoice::OpenAi { base_url, .. } => Some(base_url),
            _ => None,
        };
        let mut report = json!({
            "base_url": base_url,
            "provider": self.config.ai_provider(),
            "model": self.config.ai_model(),
            "milliseconds": millis_since(start),
        });
        match result {
            Ok(text) => {
                report["characters"] = text.chars().count().into();
                record.update(|fields| {
                    report["input_tokens"] = fields.input_tokens.into();
                    report["cached_tokens"] = fields.cached_tokens.into();
                    report["cache_written_tokens"] = fields.cache_written_tokens.into();
                    report["output_tokens"] = fields.output_tokens.into();
                });
            }
            Err(error) => {
                response::log_error(&error, &record);
                record.update(|fields| fields.status = error.status().as_u16());
                report["error"] = json!({"code": error.code(), "message": error_chain(&error)});
            }
        }
        report
    }
}
