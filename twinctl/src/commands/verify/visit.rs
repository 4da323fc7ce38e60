//! A visit to a twin: page and API, and a conversation of two questions whose answers are judged.

use std::time::Duration;

use contract::{block, budget, pause};
use serde_json::Value;

use crate::{
    doctor::{Check, Verdict},
    system::clock,
    twin::{
        chat::{ChatError, Conversation, Message, Reply, SessionId},
        endpoint::Endpoint,
        health,
    },
};

/// Pauses before each repetition. A model does not word an answer in the same way twice, and the network of the machine that
/// tests may fail for some seconds.
const PAUSES: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(20)];
/// Pauses before the saved conversation is read: it is saved shortly after the answer.
const SAVED: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];
const SECOND: &str = "Please repeat my last question word for word.";

const ENDPOINT: &str = "page and API";
const ANSWERS: &str = "answers";
const PERSONA: &str = "persona";
const MEMORY: &str = "memory";
const CONTINUITY: &str = "continuity";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Everything,
    /// Only what does not depend on the wording of an answer.
    Smoke,
}

/// The words of the owner's name, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Owner(Vec<String>);

impl Owner {
    pub(super) fn of(facts: Option<&Value>) -> Self {
        let names = ["full_name", "name"].map(|field| facts.and_then(|facts| facts[field].as_str()));
        let words = names.into_iter().flatten().flat_map(str::split_whitespace);
        // An initial may be part of any answer.
        Self(words.filter(|word| word.chars().count() > 2).map(str::to_lowercase).collect())
    }

    fn is_named_in(&self, answer: &str) -> bool {
        let answer = answer.to_lowercase();
        self.0.iter().any(|word| answer.contains(word))
    }
}

pub(super) struct Visit<'a> {
    pub(super) environment: &'a str,
    pub(super) endpoint: &'a Endpoint,
    pub(super) owner: &'a Owner,
    pub(super) scope: Scope,
}

/// Two questions with their answers, and the conversation that the twin has saved.
struct Talk {
    word: String,
    said: [(String, Reply); 2],
    /// `None` if the conversation could not be read.
    saved: Option<Vec<Message>>,
}

impl Visit<'_> {
    /// Repeats the visit until every test succeeds, a few times.
    pub(super) async fn checks(&self) -> Vec<Check> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let (checks, is_final) = self.once().await;
            let failed = checks.iter().any(|check| check.state != Verdict::Ok);
            let Some(pause) = pauses.next().filter(|_| failed && !is_final) else {
                return checks.into_iter().map(|check| self.name_environment(check)).collect();
            };
            clock::sleep(pause).await;
        }
    }

    /// Returns the result of one visit, and whether another visit would have the same one.
    async fn once(&self) -> (Vec<Check>, bool) {
        let health = health::check(self.endpoint).await;
        let finding = health.finding;
        if !health.healthy {
            // A request that was not sent says more about this machine than about the twin.
            let check = if health.reached {
                Check::problem(ENDPOINT, finding, LOGS)
            } else {
                Check::not_checked(ENDPOINT, finding)
            };
            return (vec![check], false);
        }
        let endpoint = Check::ok(ENDPOINT, finding);
        match self.talk().await {
            Ok(talk) => {
                ([vec![endpoint], talk.checks(self.owner, self.scope)].concat(), talk.is_over_budget())
            }
            Err(error) => (vec![endpoint, unanswered(&error)], is_paused(&error)),
        }
    }

    fn name_environment(&self, check: Check) -> Check {
        let advice = check.advice.map(|advice| advice.replace(ENV, self.environment));
        Check { advice, ..check }
    }

    async fn talk(&self) -> Result<Talk, ChatError> {
        let mut conversation = Conversation::new(self.endpoint, Some(SessionId::random()));
        let word = format!("kestrel{:.6}", conversation.session.as_str());
        let first = format!("Who are you? My test word is {word}.");
        let second = SECOND.to_owned();
        let answer = conversation.ask(&first, &mut |_| {}).await?;
        let again = conversation.ask(&second, &mut |_| {}).await?;
        let said = [(first, answer), (second, again)];
        let mut saved = None;
        for pause in SAVED {
            clock::sleep(pause).await;
            saved = conversation.history().await;
            if saved.as_ref().is_some_and(|saved: &Vec<_>| saved.len() >= 2 * said.len()) {
                break;
            }
        }
        Ok(Talk { word, said, saved })
    }
}

impl Talk {
    fn checks(&self, owner: &Owner, scope: Scope) -> Vec<Check> {
        let [answers, persona, continuity] = if self.is_over_budget() {
            [ANSWERS, PERSONA, CONTINUITY].map(|name| Check::not_checked(name, USED_UP))
        } else {
            let answers = Check::ok(ANSWERS, "two questions in one conversation");
            [answers, self.persona(owner), self.continuity()]
        };
        match scope {
            Scope::Smoke => vec![answers, self.memory()],
            Scope::Everything => vec![answers, persona, self.memory(), continuity],
        }
    }

    /// Whether the twin did not ask its model. Its answer then shows nothing about the deployed release.
    fn is_over_budget(&self) -> bool {
        self.said.iter().any(|(_, answer)| answer.over_budget)
    }

    fn persona(&self, owner: &Owner) -> Check {
        let [(question, answer), _] = &self.said;
        if owner.0.is_empty() {
            return Check::ok(PERSONA, "not compared, because no facts.json names the owner");
        }
        if owner.is_named_in(&answer.response) {
            return Check::ok(PERSONA, "the answer names the owner");
        }
        let finding =
            format!("the answer to “{question}” does not name the owner: {}", start(&answer.response));
        Check::problem(PERSONA, finding, "check the data files with `twinctl data ls ENV`")
    }

    /// Compares the saved messages with the messages of this conversation.
    fn memory(&self) -> Check {
        let Some(saved) = &self.saved else {
            return Check::not_checked(MEMORY, "the conversation could not be read");
        };
        let said = self.said.iter().flat_map(|(question, answer)| {
            [("user", question.as_str()), ("assistant", answer.response.as_str())]
        });
        let messages = saved.iter().map(|message| (message.role.as_str(), message.content.as_str()));
        if messages.eq(said) {
            return Check::ok(MEMORY, "the conversation is saved, unchanged and in order");
        }
        let finding = match saved.len() {
            0 => "the conversation is not saved".to_owned(),
            count => format!("the saved conversation has {count} messages, which are not those of this one"),
        };
        Check::problem(MEMORY, finding, LOGS)
    }

    fn continuity(&self) -> Check {
        let [_, (question, answer)] = &self.said;
        if answer.response.contains(&self.word) {
            return Check::ok(CONTINUITY, "the second answer repeats the first question");
        }
        let finding =
            format!("the answer to “{question}” lacks `{}`: {}", self.word, start(&answer.response));
        Check::problem(CONTINUITY, finding, LOGS)
    }
}

/// Takes the place of the environment's name in an advice.
const ENV: &str = "ENV";
const LOGS: &str = "run `twinctl logs ENV` to find the cause";
const RESUME: &str = "run `twinctl resume ENV` to open the chat";
const USED_UP: &str = "the budget is used up, so the twin does not ask its model";

/// Whether the owner has paused the chat, which lasts until the owner opens it.
fn is_paused(error: &ChatError) -> bool {
    matches!(error, ChatError::Refused(response) if response.code == pause::CODE)
}

/// Returns the result of a question without an answer. Some reasons do not depend on the deployed release.
fn unanswered(error: &ChatError) -> Check {
    match error {
        ChatError::Unreachable(why) => Check::not_checked(ANSWERS, why.clone()),
        ChatError::Refused(response) => {
            let finding = format!("status {} ({}): {}", response.status, response.code, response.detail);
            let is_passing = response.status == 429 || PASSING.contains(&response.code.as_str());
            if response.code == pause::CODE {
                Check::not_checked(ANSWERS, "the chat is paused").advice(RESUME)
            } else if is_passing {
                Check::not_checked(ANSWERS, finding)
            } else {
                Check::problem(ANSWERS, finding, LOGS)
            }
        }
        ChatError::Lost(why) => Check::problem(ANSWERS, format!("the answer was lost: {why}"), LOGS),
        ChatError::Unexpected => Check::problem(ANSWERS, "the response is not that of a twin", LOGS),
    }
}

/// The codes of refusals that no deployment causes.
const PASSING: [&str; 5] =
    [block::CODE, budget::REACHED_CODE, "model_throttled", "model_timeout", "model_unavailable"];

fn start(answer: &str) -> String {
    answer.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::twin::chat::{ErrorResponse, script};

    fn talk(answers: [&str; 2]) -> Talk {
        let reply = |response: &str| Reply {
            response: response.to_owned(),
            session_id: "s".to_owned(),
            timestamp: String::new(),
            over_budget: false,
        };
        let said = [("Who are you?", answers[0]), ("Again?", answers[1])];
        let message = |role: &str, content: &str| Message {
            role: role.to_owned(),
            content: content.to_owned(),
            timestamp: None,
        };
        let saved =
            said.iter().flat_map(|(asked, answer)| [message("user", asked), message("assistant", answer)]);
        let saved = saved.collect();
        Talk {
            word: "kestrel1".to_owned(),
            said: said.map(|(asked, answer)| (asked.to_owned(), reply(answer))),
            saved: Some(saved),
        }
    }

    /// Returns the names of the tests that fail.
    fn failed(talk: &Talk, scope: Scope) -> Vec<&'static str> {
        let owner = Owner::of(Some(&json!({ "full_name": "Ada B. Example" })));
        let checks = talk.checks(&owner, scope);
        checks.iter().filter(|check| check.state == Verdict::Problem).map(|check| check.name).collect()
    }

    #[test]
    fn each_test_judges_its_own_part() {
        let good = talk(["I am Ada.", "You asked: kestrel1"]);
        assert_eq!(failed(&good, Scope::Everything), [""; 0]);
        let wrong = talk(["I am B.", "No."]);
        assert_eq!(failed(&wrong, Scope::Everything), [PERSONA, CONTINUITY]);
        assert_eq!(failed(&wrong, Scope::Smoke), [""; 0], "the wording is not part of the smoke test");
        let mut unordered = talk(["I am Ada.", "kestrel1"]);
        unordered.saved.as_mut().unwrap().swap(0, 2);
        assert_eq!(failed(&unordered, Scope::Smoke), [MEMORY]);
        unordered.saved = Some(Vec::new());
        assert_eq!(failed(&unordered, Scope::Everything), [MEMORY]);
        // For example because of too many requests of others.
        unordered.saved = None;
        assert_eq!(failed(&unordered, Scope::Everything), [""; 0]);
        assert_eq!(unordered.memory().state, Verdict::NotChecked);
    }

    #[test]
    fn answers_without_the_model_are_not_judged() {
        let mut declined = talk(["I have reached my limit.", "I have reached my limit."]);
        declined.said[1].1.over_budget = true;
        let states = |scope| declined.checks(&Owner::default(), scope).into_iter().map(|check| check.state);
        let unknown = Verdict::NotChecked;
        assert_eq!(states(Scope::Everything).collect::<Vec<_>>(), [unknown, unknown, Verdict::Ok, unknown]);
        assert_eq!(states(Scope::Smoke).collect::<Vec<_>>(), [unknown, Verdict::Ok]);
    }

    #[tokio::test]
    async fn a_paused_twin_is_visited_once_and_an_advice_names_the_environment() {
        let healthy = || script::json("200 OK", "", r#"{"status":"healthy"}"#);
        let paused = format!(r#"{{"code":"{}","detail":"paused"}}"#, pause::CODE);
        let answers = vec![healthy(), healthy(), script::json("403 Forbidden", "", &paused)];
        let (endpoint, requests) = script::twin(answers).await;
        let owner = Owner::default();
        let visit =
            Visit { environment: "dev", endpoint: &endpoint, owner: &owner, scope: Scope::Everything };
        let checks = visit.checks().await;
        assert_eq!((checks[1].name, checks[1].state), (ANSWERS, Verdict::NotChecked));
        assert_eq!(checks[1].advice.as_deref(), Some("run `twinctl resume dev` to open the chat"));
        assert_eq!(requests.await.unwrap().len(), 3);
    }

    #[test]
    fn refusals_that_no_deployment_causes_are_no_problem_of_it() {
        let state = |status: u16, code: &str| {
            let (code, detail) = (code.to_owned(), String::new());
            unanswered(&ChatError::Refused(ErrorResponse { status, code, detail, retry_after: None })).state
        };
        for (status, code) in
            [(429, ""), (403, pause::CODE), (503, "model_throttled"), (503, budget::REACHED_CODE)]
        {
            assert_eq!(state(status, code), Verdict::NotChecked, "{code}");
        }
        for (status, code) in [(503, "model_refused"), (503, "memory_unavailable"), (500, ""), (403, "")] {
            assert_eq!(state(status, code), Verdict::Problem, "{code}");
        }
        let unreachable = ChatError::Unreachable("no route".to_owned());
        assert_eq!(unanswered(&unreachable).state, Verdict::NotChecked);
        assert_eq!(unanswered(&ChatError::Unexpected).state, Verdict::Problem);
    }
}
