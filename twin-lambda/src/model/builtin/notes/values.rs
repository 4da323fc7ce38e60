//! Reads passages from JSON and YAML of any structure. Owners choose the keys.

use serde_json::{Map, Value};

use super::super::dates;
use super::super::passage::{self, Kind, Passage, labeled, sentences};
use super::super::topics::{self, Topic};
use super::super::words;

/// Keys of an entry, by the beginnings of their folded names.
const ROLE: [&str; 24] = [
    "role",
    "title",
    "position",
    "job",
    "poste",
    "puesto",
    "cargo",
    "rolle",
    "stelle",
    "titel",
    "ruolo",
    "funcao",
    "degree",
    "abschluss",
    "diplom",
    "titulo",
    "grado",
    "laurea",
    "name",
    "nombre",
    "nom",
    "役職",
    "職種",
    "学位",
];
const PLACE: [&str; 39] = [
    "hochschule",
    "verein",
    "verband",
    "verlag",
    "association",
    "asociacion",
    "associazione",
    "charity",
    "ngo",
    "company",
    "employer",
    "organi",
    "institution",
    "school",
    "university",
    "college",
    "client",
    "firm",
    "arbeitgeber",
    "unternehmen",
    "betrieb",
    "entreprise",
    "employeur",
    "empresa",
    "azienda",
    "ecole",
    "etablissement",
    "schule",
    "uni",
    "escuela",
    "centro",
    "instit",
    "scuola",
    "event",
    "where",
    "venue",
    "会社",
    "大学",
    "学校",
];
const DATES: [&str; 22] = [
    "date", "period", "year", "when", "duration", "zeitraum", "jahr", "dauer", "periode", "annee", "duree",
    "fecha", "ano", "periodo", "anno", "data", "from", "start", "since", "for", "期間", "年",
];
const START: [&str; 15] = [
    "from", "start", "since", "von", "seit", "beginn", "depuis", "debut", "desde", "inicio", "inizio", "dal",
    "da", "du", "開始",
];
const END: [&str; 14] =
    ["to", "end", "until", "bis", "ende", "fin", "hasta", "fine", "fim", "al", "a", "ate", "au", "終了"];

/// Keys of details whose names do not explain them.
const DETAILS: [&str; 22] = [
    "what",
    "was",
    "que",
    "quoi",
    "cosa",
    "descri",
    "beschreib",
    "detail",
    "text",
    "summary",
    "task",
    "aufgabe",
    "mission",
    "tarea",
    "note",
    "info",
    "inhalt",
    "highlight",
    "logro",
    "resum",
    "contenu",
    "tatigkeit",
];
/// Returns whether a detail needs no name of its key.
fn is_plain(key: &str) -> bool {
    is_one_of(key, &DETAILS)
        || matches!(topics::of_heading(key), Some(Topic::Work | Topic::Jobs | Topic::Summary | Topic::Skills))
}

/// Length in bytes below which a value needs its key to be understood.
const SHORT: usize = 60;

/// Reads a value whose passages have this topic, unless a key says otherwise.
pub(super) fn read(value: &Value, topic: Option<Topic>, passages: &mut Vec<Passage>) {
    add("", value, topic, passages);
}

fn add(key: &str, value: &Value, outer: Option<Topic>, passages: &mut Vec<Passage>) {
    let topic = passage::topic_of(key, &value.to_string(), outer);
    let first = passages.len();
    match value {
        Value::Object(members) if is_entry(members, topic) => {
            passages.push(entry(key, members, topic));
            add_inner(members, passages);
        }
        Value::Object(members) => {
            // A section without a known name, among named ones, is about something else.
            let is_named = |name: &String| topics::of_heading(name).is_some();
            let has_names = members.values().any(Value::is_array) && members.keys().any(is_named);
            for (name, value) in members {
                let is_other = has_names && value.is_array() && topic.is_some_and(Topic::has_entries);
                let outer = if is_other && !is_named(name) { None } else { topic };
                add(&name.replace('_', " "), value, outer, passages);
            }
            name_section(key, &mut passages[first..]);
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            add_items(key, items, topic, passages);
            name_section(key, &mut passages[first..]);
        }
        Value::Array(items) => {
            let lines: Vec<String> = items.iter().map(one_line).filter(|line| !line.is_empty()).collect();
            let is_prose = lines.iter().all(|line| line.len() > 60);
            let has_heads = topic.is_some_and(Topic::has_entries);
            if has_heads && lines.iter().any(|line| dates::find(line).is_some()) {
                for line in lines {
                    let mut passage = Passage::new(Kind::Entry, topic, "");
                    passage.add_head(&line);
                    passages.push(passage);
                }
            } else if !lines.is_empty() {
                let mut passage = Passage::new(if is_prose { Kind::Prose } else { Kind::List }, topic, key);
                passage.lines = lines;
                passages.push(passage);
            }
        }
        Value::Null => {}
        Value::Bool(holds) => {
            let mut passage = Passage::new(Kind::Fact, topic, key);
            passage.lines = vec![if *holds { key.to_owned() } else { format!("{key}: –") }];
            passages.push(passage);
        }
        scalar => add_text(key, &one_line(scalar), outer, passages),
    }
}

/// Names the section of the passages below a key.
fn name_section(key: &str, passages: &mut [Passage]) {
    for passage in passages.iter_mut().filter(|passage| passage.section.is_empty() && passage.head != key) {
        key.clone_into(&mut passage.section);
    }
}

/// Adds the items of a list: entries, or values with a remark.
fn add_items(key: &str, items: &[Value], topic: Option<Topic>, passages: &mut Vec<Passage>) {
    let mut values = Vec::new();
    for item in items {
        match item {
            Value::Object(members) if topic.is_some_and(has_values) => values.push(described(members)),
            Value::Object(members) => {
                passages.push(entry(key, members, topic));
                add_inner(members, passages);
            }
            other => add(key, other, topic, passages),
        }
    }
    if !values.is_empty() {
        let mut passage = Passage::new(Kind::List, topic, key);
        passage.lines = values;
        passages.push(passage);
    }
}

/// Returns whether a topic has values with a remark, such as a language and its level.
fn has_values(topic: Topic) -> bool {
    matches!(topic, Topic::Languages | Topic::Skills | Topic::Programming | Topic::Hobbies)
}

/// Returns a value with its remarks in parentheses.
fn described(members: &Map<String, Value>) -> String {
    let name = name(members).map(|(key, _)| key);
    let mut parts: Vec<(bool, String)> =
        members.iter().map(|(key, value)| (Some(key) != name, one_line(value))).collect();
    parts.sort_by_key(|(is_remark, _)| *is_remark);
    let mut parts = parts.into_iter().map(|(_, text)| text).filter(|text| !text.is_empty());
    let first = parts.next().unwrap_or_default();
    let rest = parts.collect::<Vec<_>>().join(", ");
    if rest.is_empty() { first } else { format!("{first} ({rest})") }
}

/// Returns the member that names a record, such as a service with its price: its name, or else the first text without a number.
fn name(members: &Map<String, Value>) -> Option<(&String, &str)> {
    let is_name = |text: &&str| {
        text.len() < SHORT && !text.contains(|letter: char| letter.is_numeric() || letter == '.')
    };
    let texts = || members.iter().filter_map(|(key, value)| Some((key, value.as_str().filter(is_name)?)));
    texts().find(|(key, _)| is_one_of(key, &ROLE)).or_else(|| texts().next())
}

/// Adds the lists of objects in an entry, such as the projects of a job.
fn add_inner(members: &Map<String, Value>, passages: &mut Vec<Passage>) {
    for (name, value) in members {
        if is_inner(value) {
            add(&name.replace('_', " "), value, None, passages);
        }
    }
}

fn is_inner(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().any(Value::is_object))
}

fn add_text(key: &str, text: &str, outer: Option<Topic>, passages: &mut Vec<Passage>) {
    if text.trim().is_empty() {
        return;
    }
    let parts = sentences(text);
    if parts.len() > 1 {
        let mut passage = Passage::new(Kind::Prose, topics::of_heading(key).or(outer), key);
        passage.lines = parts;
        passages.push(passage);
    } else {
        passages.push(labeled(key, text, outer));
    }
}

/// Returns whether an object describes one thing: it has a role or a place besides something else.
fn is_entry(members: &Map<String, Value>, topic: Option<Topic>) -> bool {
    let has = |starts: &[&str]| members.keys().any(|key| is_one_of(key, starts));
    let can_be = topic.is_some_and(|topic| topic.has_entries() || topic == Topic::Work);
    can_be && members.len() > 1 && (has(&ROLE) || has(&PLACE)) && !members.values().all(Value::is_array)
}

fn is_one_of(key: &str, starts: &[&str]) -> bool {
    let folded = words::fold(key);
    starts
        .iter()
        .any(|start| folded.starts_with(start) && (start.len() > 3 || folded.len() <= start.len() + 2))
}

fn entry(key: &str, members: &Map<String, Value>, topic: Option<Topic>) -> Passage {
    let mut passage = Passage::new(Kind::Entry, topic, "");
    let mut dates: Vec<(u8, &str, String)> = Vec::new();
    let mut parts: Vec<(u8, String)> = Vec::new();
    for (name, value) in members {
        let text = one_line(value);
        if text.is_empty() || is_inner(value) {
        } else if is_one_of(name, &END) && !is_one_of(name, &DATES) {
            dates.push((2, name, text));
        } else if is_one_of(name, &DATES) || is_one_of(name, &START) {
            dates.push((1, name, text));
        } else if is_one_of(name, &ROLE) && !value.is_array() {
            parts.push((1, text));
        } else if is_one_of(name, &PLACE) && !value.is_array() {
            parts.push((2, text));
        } else if topics::of_heading(name) == Some(Topic::Location) && text.len() < 60 {
            parts.push((3, text));
        } else if let Value::Array(items) = value {
            passage.lines.extend(items.iter().map(one_line));
        } else if text.len() < SHORT && !text.ends_with('.') && !is_plain(name) {
            passage.lines.push(format!("{}: {text}", name.replace('_', " ")));
        } else {
            passage.lines.extend(sentences(&text));
        }
    }
    if parts.is_empty() {
        parts.extend(take_name(members, &mut passage.lines).map(|name| (1, name)));
    }
    parts.sort_by_key(|(order, _)| *order);
    dates.sort_by_key(|(order, ..)| *order);
    let heads: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    passage.head =
        if heads.is_empty() && passage.lines.is_empty() { key.to_owned() } else { heads.join(", ") };
    set_dates(&mut passage, &dates);
    passage
}

/// Takes the name of a record from its lines. A single other value needs no key.
fn take_name(members: &Map<String, Value>, lines: &mut Vec<String>) -> Option<String> {
    let (key, name) = name(members)?;
    let label = format!("{}: {name}", key.replace('_', " "));
    let at = lines.iter().position(|line| *line == label || line == name)?;
    lines.remove(at);
    if let [line] = lines.as_mut_slice()
        && let Some((_, value)) = line.split_once(": ")
    {
        *line = value.to_owned();
    }
    Some(name.to_owned())
}

fn set_dates(passage: &mut Passage, dates: &[(u8, &str, String)]) {
    passage.dates = match dates {
        [] => return,
        [(1, key, text)] if is_one_of(key, &START) || is_one_of(key, &["for"]) => {
            format!("{} {text}", key.replace('_', " "))
        }
        [(.., text)] => text.clone(),
        [(.., start), (.., end), ..] => format!("{start} – {end}"),
    };
    let span = dates::find(&passage.dates);
    passage.years = span.as_ref().map(|span| (span.start, span.end));
    let is_open = matches!(dates, [(1, key, _)] if is_one_of(key, &START));
    passage.is_current = is_open || span.is_some_and(|span| span.is_current);
}

fn one_line(value: &Value) -> String {
    match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) => {
            items.iter().map(one_line).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
        }
        Value::Object(members) => {
            members.values().map(one_line).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
