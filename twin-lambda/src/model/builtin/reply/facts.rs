//! Collects from the notes the facts about a topic.

use super::super::passage::{Kind, Passage};
use super::super::phrases::fill;
use super::super::topics::Topic;
use super::super::words;
use super::compose::{Piece, entry_head};
use super::context::Context;

/// Items and passages of one topic that are compared. An answer has room for fewer.
const MAX_ITEMS: usize = 100;
/// Entries in an overview.
const MAX_ENTRIES: usize = 5;

impl Context<'_> {
    /// Returns what the notes say about a topic or a related one, the most important first.
    pub(super) fn topic(&self, topic: Topic) -> Vec<Piece> {
        let pieces = self.own(topic);
        if pieces.is_empty() { self.related(topic) } else { pieces }
    }

    /// Returns what the notes say about a topic.
    pub(super) fn own(&self, topic: Topic) -> Vec<Piece> {
        let mut pieces = match topic {
            Topic::Name => self.called(),
            Topic::Who | Topic::Summary => self.who(),
            Topic::Work => self.work(),
            Topic::Employer => self.employer(),
            Topic::Now => self.now(),
            Topic::Since => self.since(),
            Topic::Years => self.years(),
            Topic::Past => self.past(None),
            Topic::Contact => self.contact(),
            Topic::Links => self.links(),
            Topic::Education => self.listed(topic).into_iter().chain(self.apprenticeships()).collect(),
            topic => self.listed(topic),
        };
        if topic == Topic::Age {
            pieces.retain(|piece| piece.text().contains(|letter: char| letter.is_ascii_digit()));
        }
        if topic == Topic::Salary && self.passages(topic).next().is_none() {
            pieces.retain(|piece| piece.lines.iter().any(|line| has_amount(line)));
        }
        pieces
    }

    /// Returns what the notes say about a topic that is close to one without notes.
    pub(super) fn related(&self, topic: Topic) -> Vec<Piece> {
        match topic {
            Topic::Programming => self.listed(Topic::Skills),
            Topic::Age => self.aged(),
            Topic::Languages => self.spoken(),
            Topic::Family => [Topic::Partner, Topic::Children].map(|topic| self.mentions(topic)).concat(),
            Topic::Skills => self.topic(Topic::Jobs),
            Topic::Hobbies => self.last_paragraph(),
            Topic::Projects => self.topic(Topic::Now),
            Topic::Location => self.placed(),
            Topic::Links => self.contact(),
            Topic::Pride if !self.listed(Topic::Awards).is_empty() => self.listed(Topic::Awards),
            Topic::Awards | Topic::Pride => self.topic(Topic::Projects),
            Topic::Internships | Topic::Remote | Topic::Hiring => self.listed(Topic::Availability),
            Topic::Past if !self.listed(Topic::Jobs).is_empty() => self.listed(Topic::Jobs),
            Topic::Jobs | Topic::Past | Topic::Employer => self.work(),
            _ => Vec::new(),
        }
    }

    /// Returns whether the notes have a section or a label with this topic.
    pub(super) fn has_passages(&self, topic: Topic) -> bool {
        self.passages(topic).next().is_some()
    }

    pub(super) fn passages(&self, topic: Topic) -> impl Iterator<Item = (usize, &Passage)> {
        let with = if topic == Topic::Skills { Topic::Programming } else { topic };
        let is_about = move |passage: &Passage| passage.topic == Some(topic) || passage.topic == Some(with);
        self.index.passages.iter().enumerate().filter(move |(_, passage)| is_about(passage))
    }

    pub(super) fn lead(&self, topic: Topic, text: &str) -> String {
        if topic == Topic::Years {
            return text.to_owned();
        }
        let lead = fill(topic.name(), self.language, &[text]);
        if lead.is_empty() { text.to_owned() } else { lead }
    }

    /// Returns the passages of a topic, or else the lines that mention it.
    fn listed(&self, topic: Topic) -> Vec<Piece> {
        let mut pieces = self.values(topic);
        pieces.extend(self.entries(topic));
        for kind in [Kind::Prose, Kind::Answer] {
            if kind == Kind::Answer && pieces.is_empty() && topic.is_broad() {
                pieces = self.mentions(topic);
            }
            let told = self.passages(topic).take(MAX_ITEMS).filter(|(_, passage)| passage.kind == kind);
            let mut told: Vec<(usize, &Passage)> = told.collect();
            // A section such as "Private" is about several topics.
            told.sort_by_key(|(number, _)| {
                topic == Topic::Hobbies && self.index.lines_about(*number, topic).next().is_none()
            });
            pieces.extend(told.into_iter().map(|(number, _)| self.render(number, &[])));
        }
        if pieces.is_empty() { self.mentions(topic) } else { pieces }
    }

    /// Returns the facts and lists about a topic as one sentence.
    pub(super) fn values(&self, topic: Topic) -> Vec<Piece> {
        let mut items: Vec<String> = Vec::new();
        let mut sentences = Vec::new();
        for (_, passage) in self.passages(topic) {
            if !matches!(passage.kind, Kind::Fact | Kind::List) {
                continue;
            }
            let is_named = words::fold(&passage.head).len() < 4
                || super::super::topics::of_heading(&passage.head) == Some(topic);
            for line in passage.lines.iter().take(MAX_ITEMS - items.len().min(MAX_ITEMS)) {
                if line.ends_with(['.', '!', '。']) {
                    sentences.push(Piece::short(line));
                } else if passage.kind == Kind::List && !is_named && passage.topic != Some(Topic::Skills) {
                    let values = passage.lines.join(self.comma());
                    items.push(format!("{}: {values}", super::compose::capitalize(&passage.head)));
                    break;
                } else if passage.kind == Kind::Fact && !is_named {
                    items.push(format!("{}: {line}", super::compose::capitalize(&passage.head)));
                } else if !items.contains(line) {
                    items.push(line.clone());
                }
            }
        }
        let mut pieces = Vec::new();
        if !items.is_empty() {
            let separator = if items.iter().any(|item| item.contains(',')) { "; " } else { self.comma() };
            pieces.push(Piece::short(&self.lead(topic, &limited(&items, separator))));
        }
        pieces.extend(sentences);
        pieces
    }

    /// Returns the entries of a topic: their headings in one sentence, then their details.
    fn entries(&self, topic: Topic) -> Vec<Piece> {
        let numbers: Vec<usize> = if matches!(topic, Topic::Jobs) {
            self.jobs()
        } else {
            let entries = self.passages(topic).filter(|(_, passage)| passage.kind == Kind::Entry);
            entries.map(|(number, _)| number).collect()
        };
        if numbers.iter().any(|number| self.index.passages[*number].kind == Kind::Prose) {
            return numbers.iter().take(MAX_ITEMS).map(|number| self.render(*number, &[])).collect();
        }
        let heads: Vec<String> =
            numbers.iter().map(|number| entry_head(&self.index.passages[*number])).collect();
        let mut pieces = Vec::new();
        match heads.as_slice() {
            [] => {}
            [head] => {
                let mut piece = self.render(numbers[0], &[]);
                piece.head = self.lead(topic, head);
                pieces.push(piece);
            }
            heads => {
                let heads = &heads[..heads.len().min(MAX_ENTRIES)];
                pieces.push(Piece::short(&self.lead(topic, &limited(heads, "; "))));
                let first = numbers.iter().take(MAX_ITEMS);
                pieces.extend(first.map(|number| self.render(*number, &[])));
            }
        }
        pieces
    }

    pub(super) fn value(&self, topic: Topic) -> Option<&str> {
        let mut facts =
            self.passages(topic).filter(|(_, passage)| matches!(passage.kind, Kind::Fact | Kind::List));
        facts.next().and_then(|(_, passage)| passage.lines.first()).map(|line| line.trim_end_matches('.'))
    }

    fn called(&self) -> Vec<Piece> {
        let name = self.index.facts.name.as_deref();
        name.map(|name| Piece::short(&fill("name", self.language, &[name]))).into_iter().collect()
    }

    fn who(&self) -> Vec<Piece> {
        let mut pieces = vec![Piece::short(&fill("intro", self.language, &[&self.name()]))];
        pieces.extend(self.role());
        pieces.extend(self.summary());
        if pieces.len() <= 2 {
            pieces.extend(self.topic(Topic::Work));
        }
        pieces
    }

    /// Returns the first sentences that describe the owner.
    fn summary(&self) -> Vec<Piece> {
        let is_prose = |passage: &&Passage| passage.kind == Kind::Prose;
        let own = self.passages(Topic::Summary).map(|(_, passage)| passage).filter(is_prose);
        let any = self.index.passages.iter().filter(is_prose).filter(|passage| passage.topic.is_none());
        let passages: Vec<&Passage> = own.chain(any).take(3).collect();
        let sentences = passages.into_iter().flat_map(|passage| passage.lines.iter());
        sentences.map(|sentence| Piece::short(sentence)).collect()
    }

    /// Returns the first sentences with a place, such as "in Ghent".
    fn placed(&self) -> Vec<Piece> {
        let has_place = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.windows(2).any(|pair| {
                matches!(pair[0], "in" | "near" | "à" | "en" | "a" | "em" | "bei")
                    && pair[1].starts_with(char::is_uppercase)
            })
        };
        let lines = self
            .index
            .passages
            .iter()
            .filter(|passage| passage.kind == Kind::Prose)
            .flat_map(|passage| &passage.lines);
        let placed = lines.filter(|line| has_place(line)).take(2).map(|line| Piece::short(line));
        let mut pieces: Vec<Piece> = placed.collect();
        // A headline can contain the place, as in "Baker, Modena".
        let headline = self.value(Topic::Work).filter(|role| {
            let place = role.rsplit_once(", ").map(|(_, place)| place);
            place.is_some_and(|place| place.starts_with(char::is_uppercase))
        });
        pieces.splice(0..0, headline.map(Piece::short)).for_each(drop);
        if pieces.is_empty() {
            pieces.extend(self.current_job().map(|job| Piece::short(&entry_head(&self.index.passages[job]))));
        }
        pieces
    }

    /// Returns the role that the notes call the current one, or else the first.
    fn current_role(&self) -> Option<&str> {
        let is_current = |passage: &Passage| {
            let head = words::fold(&passage.head);
            ["current", "aktuell", "actuel", "actual", "attual", "atual"]
                .iter()
                .any(|word| head.contains(word))
        };
        let mut facts = self.passages(Topic::Work).filter(|(_, passage)| passage.kind == Kind::Fact);
        let current = facts.find(|(_, passage)| is_current(passage));
        let line =
            current.and_then(|(_, passage)| passage.lines.first()).map(|line| line.trim_end_matches('.'));
        line.or_else(|| self.value(Topic::Work))
    }

    fn role(&self) -> Option<Piece> {
        let job = self.current_job().map(|job| self.index.passages[job].head.as_str());
        let job = job.filter(|head| !head.is_empty());
        let role = self.current_role();
        let employer =
            self.value(Topic::Employer).filter(|employer| role.is_none_or(|role| !role.contains(*employer)));
        let text = match (role, employer, job) {
            (Some(role), Some(employer), _) => fill("work_at", self.language, &[role, employer]),
            // Notes list role and employer in any order.
            (None, _, Some(job)) if job.contains([',', '、']) => self.lead(Topic::Now, job),
            (Some(role), None, _) | (None, _, Some(role)) => self.lead(Topic::Work, role),
            (None, Some(employer), None) => self.lead(Topic::Employer, employer),
            (None, None, None) => return None,
        };
        Some(Piece::short(&text))
    }

    fn work(&self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = self.role().into_iter().collect();
        if let Some(job) = self.current_job() {
            let mut piece = self.render(job, &[]);
            let is_known = pieces.first().is_some_and(|first| {
                let head = &self.index.passages[job].head;
                head.split([',', '、']).all(|part| first.text().contains(part.trim()))
            });
            if is_known {
                piece.head.clear();
            }
            if !piece.text().is_empty() {
                pieces.push(piece);
            }
        }
        let others = self
            .passages(Topic::Work)
            .filter(|(_, passage)| matches!(passage.kind, Kind::Prose | Kind::Answer));
        pieces.extend(others.map(|(number, _)| self.render(number, &[])));
        pieces.extend(self.summary());
        if pieces.is_empty() { self.listed(Topic::Jobs) } else { pieces }
    }

    fn employer(&self) -> Vec<Piece> {
        match self.value(Topic::Employer) {
            Some(employer) if self.value(Topic::Work).is_none() => {
                vec![Piece::short(&self.lead(Topic::Employer, employer))]
            }
            _ => self.role().into_iter().chain(self.current_job().map(|job| self.render(job, &[]))).collect(),
        }
    }

    fn now(&self) -> Vec<Piece> {
        let own: Vec<Piece> = self.listed(Topic::Now);
        if !own.is_empty() {
            return own;
        }
        match self.current_job() {
            Some(job) => {
                let mut piece = self.render(job, &[]);
                if !piece.head.is_empty() {
                    piece.head = self.lead(Topic::Now, &piece.head);
                }
                std::iter::once(piece).chain(self.summary()).collect()
            }
            None => self.work(),
        }
    }

    fn contact(&self) -> Vec<Piece> {
        let mut ways: Vec<String> = Vec::new();
        let facts = self
            .passages(Topic::Contact)
            .filter(|(_, passage)| matches!(passage.kind, Kind::Fact | Kind::List));
        let facts = facts.flat_map(|(_, passage)| passage.lines.iter().cloned()).take(MAX_ITEMS);
        let links = self.index.facts.links.iter().take(2).cloned();
        let stated = self.index.facts.contact.iter().cloned();
        for way in stated.chain(self.index.facts.emails.iter().cloned()).chain(facts).chain(links) {
            if !ways.iter().any(|known| known.contains(&way)) {
                ways.push(way);
            }
        }
        if ways.is_empty() {
            return self.listed(Topic::Contact);
        }
        vec![Piece::short(&self.lead(Topic::Contact, &limited(&ways, ", ")))]
    }

    fn links(&self) -> Vec<Piece> {
        let mut links: Vec<String> = self.index.facts.links.clone();
        let facts = self
            .passages(Topic::Links)
            .filter(|(_, passage)| matches!(passage.kind, Kind::Fact | Kind::List));
        for line in facts.flat_map(|(_, passage)| &passage.lines).take(MAX_ITEMS) {
            if !links.iter().any(|known| known.contains(line) || line.contains(known)) {
                links.push(line.clone());
            }
        }
        if links.is_empty() {
            Vec::new()
        } else {
            vec![Piece::short(&self.lead(Topic::Links, &limited(&links, ", ")))]
        }
    }
}

/// Returns whether a line contains a number that is not a year.
fn has_amount(line: &str) -> bool {
    let numbers = line.split(|letter: char| !letter.is_numeric()).filter(|number| !number.is_empty());
    numbers.into_iter().any(|number| number.len() != 4 || !number.starts_with(['1', '2']))
}

/// Joins items up to a length that leaves room for other sentences.
fn limited(items: &[String], separator: &str) -> String {
    const ROOM: usize = 420;
    let mut text = String::new();
    for item in items {
        if !text.is_empty() && text.chars().count() + item.chars().count() > ROOM {
            text.push_str(" …");
            break;
        }
        if !text.is_empty() {
            text.push_str(separator);
        }
        text.push_str(item.trim_end_matches(['.', ';']));
    }
    text
}
