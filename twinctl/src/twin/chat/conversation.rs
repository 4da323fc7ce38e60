//! Questions and answers of one session: waits where the twin asks for it, and looks up an answer that was lost.

use std::time::Duration;

use serde::Deserialize;

use super::{Reply, SessionId, Trouble, question};
use crate::{system::clock, twin::endpoint::Front};

/// Longer than that nobody waits without having said so.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The gateway's refusals do not say how long.
const UNTOLD_WAIT: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 3;
/// Behind a gateway the twin goes on when the connection breaks, and remembers its answer a little later.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];
const LOOK_WITHIN: Duration = Duration::from_secs(10);
const LARGEST_HISTORY: usize = 16 << 20;

/// What there is to tell while a question is being answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice<'a> {
    /// The next words of the answer.
    Said(&'a str),
    /// Too many questions: it is asked again after that time.
    Waiting(Duration),
    /// The connection broke, and the answer was found in the twin's memory.
    LookedUp,
    /// The twin's memory is away.
    Forgetful,
}

#[derive(Debug)]
pub(crate) struct Conversation<'f> {
    front: &'f Front,
    pub(crate) session: SessionId,
}

impl<'f> Conversation<'f> {
    pub(crate) fn new(front: &'f Front, session: Option<SessionId>) -> Self {
        Self { front, session: session.unwrap_or_else(SessionId::random) }
    }

    /// Another one with the same twin.
    pub(crate) fn anew(&self) -> Self {
        Self::new(self.front, None)
    }

    /// Asks until there is an answer or a reason to stop. Everything that was said is the answer's text, once.
    pub(crate) async fn ask(
        &mut self,
        text: &str,
        tell: &mut dyn FnMut(Notice<'_>),
    ) -> Result<Reply, Trouble> {
        let mut said = String::new();
        let mut attempts = ATTEMPTS;
        loop {
            attempts -= 1;
            let mut keep = |notice: Notice<'_>| {
                if let Notice::Said(words) = notice {
                    said.push_str(words);
                }
                tell(notice);
            };
            let trouble = match question::ask(self.front, &self.session, text, &mut keep).await {
                Ok(reply) => return Ok(self.whole(reply, &said, tell)),
                Err(trouble) => trouble,
            };
            match (wait(&trouble).filter(|_| attempts > 0 && said.is_empty()), trouble) {
                (Some(wait), _) => {
                    tell(Notice::Waiting(wait));
                    clock::sleep(wait).await;
                }
                (None, Trouble::Lost(why)) => {
                    let reply = self.look_up(text).await.ok_or(Trouble::Lost(why))?;
                    tell(Notice::LookedUp);
                    return Ok(self.whole(reply, &said, tell));
                }
                (None, trouble) => return Err(trouble),
            }
        }
    }

    /// Tells what was not said yet.
    fn whole(&mut self, reply: Reply, said: &str, tell: &mut dyn FnMut(Notice<'_>)) -> Reply {
        match reply.response.strip_prefix(said) {
            Some("") => {}
            Some(rest) => tell(Notice::Said(rest)),
            None => tell(Notice::Said(&format!("\n{}", reply.response))),
        }
        // A twin of another make may insist on a name of its own.
        if let Ok(session) = reply.session_id.parse() {
            self.session = session;
        }
        reply
    }

    /// The answer to `text`, where the twin remembers it as the last thing that was said.
    async fn look_up(&self, text: &str) -> Option<Reply> {
        for pause in LOOKS {
            clock::sleep(pause).await;
            let Some(history) = self.history().await else { continue };
            if let [.., question, answer] = history.as_slice()
                && (question.role.as_str(), answer.role.as_str()) == ("user", "assistant")
                && question.content == text
            {
                return Some(Reply {
                    response: answer.content.clone(),
                    session_id: self.session.to_string(),
                    timestamp: answer.timestamp.clone().unwrap_or_default(),
                });
            }
        }
        None
    }

    async fn history(&self) -> Option<Vec<Message>> {
        let look = async {
            let answer = self.front.get(&format!("/api/chat/history/{}", self.session)).await.ok()?;
            answer.text(LARGEST_HISTORY).await.ok()
        };
        let body = tokio::time::timeout(LOOK_WITHIN, look).await.ok()??;
        serde_json::from_str::<History>(&body).ok().map(|history| history.messages)
    }
}

#[derive(Deserialize)]
struct History {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: String,
    timestamp: Option<String>,
}

/// For how long the twin wants to be left alone, where that is soon over.
fn wait(trouble: &Trouble) -> Option<Duration> {
    let Trouble::Refused(refusal) = trouble else { return None };
    let wait = refusal.retry_after.unwrap_or(UNTOLD_WAIT);
    (refusal.status == 429 && wait <= LONGEST_WAIT).then_some(wait)
}
