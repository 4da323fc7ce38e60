//! The owner's jobs: the current one, the earlier ones, and since when.

use std::collections::{HashMap, HashSet};

use super::super::dates;
use super::super::index::Term;
use super::super::passage::{Kind, Passage};
use super::super::phrases::fill;
use super::super::question::{FIRST, Order, Question};
use super::super::topics::{self, Topic};
use super::super::words;
use super::compose::{Piece, entry_head};
use super::context::Context;

/// Words for an own business. Accents are folded.
const OWN: &str = "own eigene eigenen eigener eigenes selbst selbststandig propre compte propio propia proprio propria \
    independant independante autonoma autonomo";
/// Words after "before" that can name a job.
const NAME_WORDS: usize = 6;

impl Context<'_> {
    /// Returns the jobs, the latest first.
    pub(super) fn jobs(&self) -> Vec<usize> {
        let is_job = |passage: &Passage| {
            passage.kind == Kind::Entry && matches!(passage.topic, Some(Topic::Jobs | Topic::Past))
        };
        let passages = || self.index.passages.iter().enumerate();
        let mut jobs: Vec<usize> =
            passages().filter(|(_, passage)| is_job(passage)).map(|(number, _)| number).collect();
        if jobs.is_empty() {
            // Some owners tell their career in sentences.
            jobs.extend(passages().filter(|(_, passage)| passage.is_step).map(|(number, _)| number));
            let start = |job: &usize| self.index.passages[*job].years.map(|(start, _)| start);
            // A story begins with the first job, a resume with the latest.
            if jobs.iter().find_map(start) < jobs.iter().rev().find_map(start) {
                jobs.reverse();
            }
        }
        // A job without dates stays beside the one that is listed before it.
        let mut last = (false, None);
        let mut keys = HashMap::new();
        for job in &jobs {
            let passage = &self.index.passages[*job];
            if let Some((start, _)) = passage.years {
                last = (passage.is_current, Some(start));
            }
            keys.insert(*job, if last.1.is_none() { (true, Some(u16::MAX)) } else { last });
        }
        jobs.sort_by_key(|job| std::cmp::Reverse(keys[job]));
        // A resume and a profile often list the same jobs.
        let mut seen = HashSet::new();
        jobs.retain(|job| {
            let passage = &self.index.passages[*job];
            passage.kind == Kind::Prose || seen.insert(words::fold(&passage.head))
        });
        jobs
    }

    pub(super) fn current_job(&self) -> Option<usize> {
        let jobs = self.jobs();
        let passage = |job: &usize| &self.index.passages[*job];
        let current = jobs.iter().find(|job| passage(job).is_current).copied();
        current.or_else(|| {
            jobs.first().copied().filter(|job| passage(job).years.is_none_or(|(_, end)| end.is_none()))
        })
    }

    /// Returns the first or longest job, or those before the one that the question names.
    pub(super) fn job_in_order(&self, question: &Question, topic: Topic) -> Option<Vec<Piece>> {
        let jobs = self.jobs();
        let is_dated = |job: &&usize| self.index.passages[**job].years.is_some();
        match question.order {
            Some(Order::First) => {
                return Some(vec![self.told_first().or_else(|| Some(self.render(*jobs.last()?, &[])))?]);
            }
            Some(Order::Longest) => {
                let length = |job: &&usize| {
                    let (start, end) = self.index.passages[**job].years.unwrap_or_default();
                    end.unwrap_or(self.year).saturating_sub(start)
                };
                return Some(vec![self.render(*jobs.iter().filter(is_dated).max_by_key(length)?, &[])]);
            }
            None => {}
        }
        let names_job = |job: &&usize| self.index.matches(self.job_head(**job), &question.terms) > 0;
        let named = jobs.iter().rev().find(names_job).copied();
        let pieces = if topic == Topic::Past { self.past(named) } else { Vec::new() };
        (!pieces.is_empty()).then_some(pieces)
    }

    /// Returns the sentence that names the first job, with the one that follows.
    fn told_first(&self) -> Option<Piece> {
        const JOBS: &str = "job role position employer stelle arbeit anstellung emploi poste travail employeur empleo trabajo contrato \
            lavoro impiego contratto emprego trabalho";
        // As in "I gave Tom his first job".
        const OTHERS: &str = "his her their sein seine seinen seiner son leur su suo sua seu";
        let names_job = |line: &String| {
            let folded = words::fold(line);
            let words = words::split(&folded);
            let is_first = |at: &usize| {
                let before = at.checked_sub(1).map(|before| words[before]);
                let is_other = before.is_some_and(|before| {
                    words::is_in(OTHERS, before.text) || folded[before.end()..].starts_with("'s ")
                });
                words::is_in(FIRST, words[*at].text) && words::is_in(JOBS, words[at + 1].text) && !is_other
            };
            (0..words.len().saturating_sub(1)).any(|at| is_first(&at))
        };
        self.index.passages.iter().find_map(|passage| {
            let at = passage.lines.iter().position(names_job)?;
            let lines = passage.lines[at..].iter().take(2).cloned().collect();
            Some(Piece { head: String::new(), lines, is_list: false })
        })
    }

    /// Returns the jobs before the one that a question names, as in "Where were you before Acme?".
    pub(super) fn before_named(&self, question: &Question) -> Option<Vec<Piece>> {
        #[rustfmt::skip]
        const BEFORE: [&str; 10] = [
            "before", "prior to", "previous to", "vor", "bevor", "avant", "antes de", "antes do", "prima di", "prima della",
        ];
        let folded = words::fold(&question.text);
        let is_word = |at: usize, text: &str| {
            let is_edge = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
            is_edge(folded[..at].chars().next_back()) && is_edge(folded[at + text.len()..].chars().next())
        };
        let rest = BEFORE.iter().find_map(|text| {
            let at = folded.find(text).filter(|at| is_word(*at, text))?;
            Some(&folded[at + text.len()..])
        })?;
        // "Before that" refers to the turn before.
        let words = words::split(rest);
        let is_reference = |word: &words::Word<'_>| {
            matches!(word.text, "that" | "this" | "then" | "dem" | "cela" | "ca" | "eso" | "quello" | "isso")
        };
        let end = words.get(NAME_WORDS).map_or(rest.len(), |word| word.start);
        let named = words.first().filter(|word| !is_reference(word)).map(|_| &rest[..end])?;
        let named = Question::parse(named, self.index);
        let terms: Vec<Term> = named.all_terms.iter().filter_map(Term::literal).collect();
        let jobs = self.jobs();
        // "Before you had your own shop" names the current job.
        let owned = words.iter().take(NAME_WORDS).any(|word| words::is_in(OWN, word.text));
        let current = self.current_job().filter(|_| owned);
        let named = jobs.iter().rev().filter(|job| self.index.matches(self.job_head(**job), &terms) > 0);
        let found = current.into_iter().chain(named.copied()).map(|job| self.past(Some(job)));
        found.into_iter().find(|pieces| !pieces.is_empty())
    }

    /// Returns the text that names a job: its heading, or the sentence that tells it.
    pub(super) fn job_head(&self, job: usize) -> &str {
        let passage = &self.index.passages[job];
        passage.lines.first().filter(|_| passage.kind == Kind::Prose).unwrap_or(&passage.head)
    }

    /// Returns the jobs in which the owner learned the trade.
    pub(super) fn apprenticeships(&self) -> Vec<Piece> {
        let is_about = |job: &usize| self.index.head(*job).is_about(Topic::Internships);
        self.jobs()
            .into_iter()
            .filter(is_about)
            .map(|job| Piece::short(&entry_head(&self.index.passages[job])))
            .collect()
    }

    /// Returns the jobs in the year that a question names.
    pub(super) fn in_year(&self, question: &Question) -> Option<Vec<Piece>> {
        let is_about_jobs = question.topic.is_none_or(|topic| {
            matches!(topic, Topic::Past | Topic::Work | Topic::Jobs | Topic::Employer | Topic::Location)
        });
        let is_only_year = question.terms.iter().all(|term| term.word.parse::<u16>().is_ok());
        let year = dates::find(&question.text).filter(|_| is_about_jobs && is_only_year)?.start;
        let is_then = |job: &usize| {
            let years = self.index.passages[*job].years;
            years.is_some_and(|(start, end)| start <= year && year <= end.unwrap_or(self.year.max(year)))
        };
        let pieces: Vec<Piece> =
            self.jobs().into_iter().filter(is_then).map(|job| self.render(job, &[])).collect();
        (!pieces.is_empty()).then_some(pieces)
    }

    pub(super) fn since(&self) -> Vec<Piece> {
        let Some(job) = self.current_job().filter(|job| !self.index.passages[*job].dates.is_empty()) else {
            let mentions = self.mentions(Topic::Since);
            return if mentions.is_empty() { self.years() } else { mentions };
        };
        vec![self.started(job)]
    }

    /// Says since when or in which period an entry was.
    pub(super) fn started(&self, number: usize) -> Piece {
        let passage = &self.index.passages[number];
        let first = passage.lines.first();
        let dated = || passage.lines.iter().find(|line| line.contains(&passage.dates));
        if let Some(line) = first.filter(|_| passage.kind == Kind::Prose) {
            return Piece::short(dated().unwrap_or(line));
        }
        let head = if passage.head.is_empty() { first.unwrap_or(&passage.head) } else { &passage.head };
        let text = if passage.is_current && passage.years.is_some() {
            format!("{} {}", fill("since", self.language, &[&start(&passage.dates)]), head)
        } else {
            format!("{}: {}", super::compose::capitalize(&passage.dates), head)
        };
        Piece::short(&text)
    }

    pub(super) fn years(&self) -> Vec<Piece> {
        // Owners also list the years by profession.
        let has_total = |passage: &Passage| topics::of_heading(&passage.head) == Some(Topic::Years);
        let has_total = self.index.passages.iter().any(has_total);
        if let Some(years) = self.value(Topic::Years).filter(|_| has_total) {
            let is_number = years.chars().all(|letter| letter.is_ascii_digit() || letter == '+');
            return vec![Piece::short(&if is_number {
                fill("years_total", self.language, &[years])
            } else {
                years.to_owned()
            })];
        }
        let listed = self.values(Topic::Years);
        if !listed.is_empty() {
            return listed;
        }
        let mentions = self.mentions(Topic::Years);
        if !mentions.is_empty() {
            return mentions;
        }
        let durations =
            ["years", "jahre", "jahren", "ans", "annees", "anos", "anni", "decade", "سنوات", "سنه"];
        let has_duration = |line: &&String| {
            let folded = words::fold(line);
            words::split(&folded).iter().any(|word| durations.contains(&word.text))
        };
        let prose = self.index.passages.iter().filter(|passage| passage.kind == Kind::Prose);
        let told =
            prose.flat_map(|passage| passage.lines.iter()).find(has_duration).map(|line| Piece::short(line));
        let starts = self.jobs().into_iter().filter_map(|job| self.index.passages[job].years);
        let computed = starts.map(|(start, _)| start).min().filter(|start| *start < self.year).map(|start| {
            let total = (self.year - start).to_string();
            Piece::short(&fill("years", self.language, &[&total, &start.to_string()]))
        });
        computed.into_iter().chain(told).collect()
    }

    /// Returns the jobs before this one, or before the current one.
    pub(super) fn past(&self, before: Option<usize>) -> Vec<Piece> {
        let jobs = self.jobs();
        let current = before.or_else(|| self.current_job());
        let older: Vec<usize> = match current.and_then(|current| jobs.iter().position(|job| *job == current))
        {
            Some(at) => {
                let is_over = |job: &&usize| !self.index.passages[**job].is_current;
                jobs[at + 1..].iter().filter(is_over).copied().collect()
            }
            None => jobs,
        };
        let mut pieces: Vec<Piece> =
            if older.is_empty() && before.is_none() { self.values(Topic::Past) } else { Vec::new() };
        for (at, job) in older.into_iter().enumerate() {
            let mut piece = self.render(job, &[]);
            if at == 0 {
                let lead = self.lead(Topic::Past, &piece.head);
                lead.trim_end_matches([' ', ':', '：']).clone_into(&mut piece.head);
            }
            pieces.push(piece);
        }
        if pieces.is_empty() && before.is_none() {
            pieces = self.mentions(Topic::Past);
        }
        pieces
    }
}

/// Returns the start of a period as the owner wrote it.
fn start(dates: &str) -> String {
    let separators = [" – ", " - ", " — ", "–", "—", "〜", "~", " to ", " bis ", " à ", " a "];
    let end = separators.iter().filter_map(|separator| dates.find(separator)).min().unwrap_or(dates.len());
    let text = dates[..end].trim();
    let first = text.split(' ').next().unwrap_or_default();
    let is_since = ["since", "seit", "depuis", "desde", "dal", "from", "ab", "start", "von"]
        .contains(&words::fold(first).as_str());
    if is_since { text[first.len()..].trim().to_owned() } else { text.to_owned() }
}
