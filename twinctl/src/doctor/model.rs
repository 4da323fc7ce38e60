//! Checks that the model answers, or that its server accepts the key.

use aws_config::SdkConfig;
use http::header;
use serde_json::{Value, json};

use super::Check;
use crate::{
    system::exchange,
    targets::{
        aws_access::{Login, encoded, post_json},
        end_of_life::EndOfLife,
    },
    twin::question::{Refusal, is_daily},
};

pub(super) const NAME: &str = "model";

pub(super) const OPENAI: &str = "https://api.openai.com/v1";
const LARGEST_BODY: usize = 4 << 20;
/// Number of models of a server that are listed.
const MOST_LISTED: usize = 5;

pub(super) fn builtin() -> Check {
    Check::ok(NAME, "built in; needs no access")
}

/// A model that will reach its end of life still answers, so this is a problem only afterwards.
pub(super) fn end_of_life(end: EndOfLife) -> Check {
    const NAME: &str = "end of life";
    if end.is_over { Check::problem(NAME, end.finding, end.advice) } else { Check::ok(NAME, end.note()) }
}

pub(super) fn skipped(id: &str) -> Check {
    Check::not_checked(NAME, format!("{id} was not called (--no-model-call)"))
}

/// Whose credentials call the model when visitors ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// The credentials that are checked.
    Same,
    /// The function's role, which has its own permission.
    Role,
}

/// Asks a Bedrock model for one token.
pub(super) async fn bedrock(config: &SdkConfig, login: &Login, id: &str, caller: Caller) -> Check {
    let endpoint = login
        .endpoint_url
        .clone()
        .unwrap_or_else(|| format!("https://bedrock-runtime.{}.amazonaws.com", login.region));
    let model = encoded(id);
    let url = format!("{}/model/{model}/converse", endpoint.trim_end_matches('/'));
    let body = json!({
        "messages": [{ "role": "user", "content": [{ "text": "Hi" }] }],
        "inferenceConfig": { "maxTokens": 1 },
    });
    match post_json(config, "bedrock", &url, body.to_string()).await {
        Ok((status, code, body)) => bedrock_verdict(id, status, &code, &body, caller),
        Err(why) => Check::not_checked(NAME, format!("{id} did not answer: {why}")),
    }
}

fn bedrock_verdict(id: &str, status: u16, code: &str, body: &str, caller: Caller) -> Check {
    if status == 200 {
        return Check::ok(NAME, format!("{id} answers (one call, less than $0.001)"));
    }
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let message = body["message"].as_str().or(body["Message"].as_str()).unwrap_or_default();
    let is_busy = matches!(status, 408 | 424 | 429 | 500..) && !is_daily(message);
    if is_busy {
        return Check::not_checked(
            NAME,
            format!("{id} is busy or unavailable: {code} ({status}): {message}"),
        );
    }
    let is_denied = message.contains("not authorized to perform: bedrock:");
    if is_denied && caller == Caller::Role && !message.contains("service control policy") {
        let why = "your credentials lack `bedrock:InvokeModel`, which only the function needs";
        return Check::not_checked(NAME, why);
    }
    let finding = format!("{id} refused a call: {code} ({status}): {message}");
    let Refusal { sentence, link } = Refusal::of("bedrock", id, message);
    // An unknown refusal is described by the message itself.
    let advice = if sentence == message { format!("see {link}") } else { format!("{sentence} ({link})") };
    Check::problem(NAME, finding, advice)
}

/// Where the API key of an environment comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeySource<'a> {
    pub(super) environment: &'a str,
    pub(super) key: Option<&'a str>,
    pub(super) caller: Caller,
}

impl KeySource<'_> {
    /// Returns what to do if the server refuses a call with this key.
    fn advice(&self) -> String {
        let set = format!("run `twinctl secret set {} openai`", self.environment);
        match (self.caller, self.key) {
            (Caller::Role, _) => format!("{set} with a valid key"),
            (Caller::Same, None) => format!("{set}, or set OPENAI_API_KEY"),
            // The variable overrides a stored key.
            (Caller::Same, Some(_)) => {
                format!("{set} with a valid key, and correct or unset OPENAI_API_KEY if it is set")
            }
        }
    }
}

/// Lists the models of OpenAI, or of a compatible server, which costs nothing.
pub(super) async fn openai(id: &str, base_url: Option<&str>, source: KeySource<'_>) -> Check {
    let base = base_url.unwrap_or(OPENAI).trim_end_matches('/');
    let mut request = http::Request::builder().uri(format!("{base}/models"));
    if let Some(key) = source.key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    let exchange = async {
        let response = exchange::send(request, Vec::new()).await?;
        Ok::<_, exchange::ExchangeError>((response.status, response.text(LARGEST_BODY).await?))
    };
    match exchange.await {
        Ok((status, body)) => openai_verdict(id, base, status, &body, source),
        Err(error) => unreachable_verdict(base, &error.to_string(), source.caller),
    }
}

/// The function may reach a server that this machine does not reach.
fn unreachable_verdict(base: &str, error: &str, caller: Caller) -> Check {
    let finding = format!("{base} does not answer: {error}");
    match caller {
        Caller::Same => Check::problem(NAME, finding, "start the model server, or correct `model.base_url`"),
        Caller::Role => Check::not_checked(NAME, finding).advice("it must be reachable from AWS"),
    }
}

fn openai_verdict(id: &str, base: &str, status: u16, body: &str, source: KeySource<'_>) -> Check {
    match status {
        200 => {}
        401 | 403 => {
            let finding = match source.key {
                Some(_) => format!("{base} rejects the API key"),
                None => format!("{base} requires an API key, and none was found"),
            };
            return Check::problem(NAME, finding, source.advice());
        }
        _ => return Check::not_checked(NAME, format!("{base}/models answers with {status}")),
    }
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let listed = body["data"].as_array().into_iter().flatten().filter_map(|model| model["id"].as_str());
    let listed: Vec<_> = listed.collect();
    // Ollama lists models with their tags, and accepts them without.
    let is_listed = |listed: &&str| *listed == id || listed.strip_suffix(":latest") == Some(id);
    if listed.iter().any(is_listed) {
        return Check::ok(NAME, format!("{base} has {id}"));
    }
    if listed.is_empty() {
        return Check::not_checked(NAME, format!("{base} answers, but lists no models"));
    }
    let more = listed.len().saturating_sub(MOST_LISTED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let names = listed.iter().take(MOST_LISTED).copied().collect::<Vec<_>>().join(", ");
    let advice = format!("install it there, or change `model.id`: the server has {names}{more}");
    Check::problem(NAME, format!("{base} has no model {id}"), advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_refusal_of_bedrock_is_a_problem_unless_only_the_function_may_call_it() {
        let verdict = |status, message: &str, caller| {
            let body = json!({ "message": message }).to_string();
            bedrock_verdict("nova", status, "AccessDeniedException", &body, caller)
        };
        let ok = verdict(200, "", Caller::Role);
        assert_eq!(
            (ok.state, ok.finding.as_str()),
            (Verdict::Ok, "nova answers (one call, less than $0.001)")
        );
        let retired = verdict(404, "This model version has reached the end of its life.", Caller::Role);
        assert!(retired.is_problem() && retired.sentence().contains("model-lifecycle.html"), "{retired:?}");
        let denied = "User: arn:u is not authorized to perform: bedrock:InvokeModel on resource: arn:m";
        assert_eq!(verdict(403, denied, Caller::Role).state, Verdict::NotChecked);
        assert_eq!(verdict(403, denied, Caller::Same).state, Verdict::Problem);
    }

    #[test]
    fn the_end_of_life_is_a_problem_once_it_is_over() {
        let end = |is_over| EndOfLife { finding: "over".to_owned(), advice: "change it".to_owned(), is_over };
        let checks = [false, true].map(|is_over| end_of_life(end(is_over)));
        assert_eq!(checks.each_ref().map(|check| check.state), [Verdict::Ok, Verdict::Problem]);
        assert_eq!(
            (checks[0].sentence(), checks[1].sentence()),
            ("over: change it".into(), "over; change it".into())
        );
    }

    #[test]
    fn a_server_that_only_the_function_may_reach_is_no_problem() {
        let verdict = |caller| unreachable_verdict("http://m/v1", "connection refused", caller).state;
        assert_eq!((verdict(Caller::Same), verdict(Caller::Role)), (Verdict::Problem, Verdict::NotChecked));
    }

    #[test]
    fn the_advice_about_a_key_is_how_to_store_it() {
        let advice = |key, caller| {
            let source = KeySource { environment: "prod", key, caller };
            openai_verdict("gpt", "http://m/v1", 401, "", source).sentence()
        };
        let on_aws = advice(Some("k"), Caller::Role);
        assert!(on_aws.ends_with("run `twinctl secret set prod openai` with a valid key"), "{on_aws}");
        let rejected = advice(Some("k"), Caller::Same);
        assert!(rejected.contains("correct or unset OPENAI_API_KEY if it is set"), "{rejected}");
        assert!(advice(None, Caller::Same).ends_with("or set OPENAI_API_KEY"));
    }

    #[test]
    fn a_model_server_is_judged_by_its_list_of_models() {
        let list = r#"{"data":[{"id":"llama3.2:latest"},{"id":"qwen3"}]}"#;
        let table = [
            ("qwen3", 200, list, Some("k"), Verdict::Ok, "http://m/v1 has qwen3"),
            ("llama3.2", 200, list, Some("k"), Verdict::Ok, "http://m/v1 has llama3.2"),
            ("gpt", 200, list, Some("k"), Verdict::Problem, "http://m/v1 has no model gpt"),
            ("gpt", 401, "", Some("k"), Verdict::Problem, "http://m/v1 rejects the API key"),
            ("gpt", 401, "", None, Verdict::Problem, "http://m/v1 requires an API key, and none was found"),
            ("gpt", 404, "", None, Verdict::NotChecked, "http://m/v1/models answers with 404"),
            ("gpt", 200, "{}", None, Verdict::NotChecked, "http://m/v1 answers, but lists no models"),
        ];
        for (id, status, body, key, state, finding) in table {
            let source = KeySource { environment: "dev", key, caller: Caller::Same };
            let check = openai_verdict(id, "http://m/v1", status, body, source);
            assert_eq!((check.state, check.finding.as_str()), (state, finding), "{id} {status}");
        }
    }
}
