//! A plan as Markdown, truncated to a size limit.

use std::fmt::Write as _;

use anstream::adapter::strip_str;
use reconcile::{Action, Planned};

use super::{
    PlanView, Verb, fields,
    group::Group,
    text::{blocked_hints, footer, known_after, members, shown},
};
use crate::ui::{
    github::markdown::{code, fence, without_accounts},
    shorten,
};

/// A resource with more lines is folded.
const UNFOLDED: usize = 8;
/// Maximum size of the markup around the lines of a section.
const FRAME: usize = 160;
/// Longer lines are truncated. Our own values are shorter; names chosen by others may be longer.
const LONGEST_LINE: usize = 400;

/// A plan that fits a size limit.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) text: String,
    /// The number of lines that did not fit.
    pub(crate) left_out: usize,
}

/// The part about one resource: its action and its fields.
struct Section {
    head: String,
    /// The lines that could fit if this were the only section.
    lines: Vec<String>,
    /// The number of all lines.
    count: usize,
}

/// Renders a plan in at most `room` bytes. The sections share the room; if one needs less than its share, the others
/// get the rest.
pub(crate) fn markdown(view: &PlanView<'_>, room: usize) -> Fitted {
    let mut text = String::new();
    for note in &view.notes {
        let _ = writeln!(text, "> {}\n", code(&one_line(note)));
    }
    let footer = strip_str(&footer(view)).to_string().replace('\n', " · ");
    let footer = without_accounts(&footer);
    let sections: Vec<_> = shown(view)
        .flat_map(|group| members(view.plan, group).map(move |planned| (planned, group)))
        .map(|(planned, group)| section(planned, group, view.verb, room))
        .collect();
    let shares = shares(&sections, room.saturating_sub(text.len() + footer.len() + 2));
    let mut left_out = 0;
    for (section, share) in sections.iter().zip(shares) {
        let (fitted, left) = section.fit(share);
        text.push_str(&without_accounts(&fitted));
        left_out += left;
    }
    text.push_str(&footer);
    text.push('\n');
    Fitted { text, left_out }
}

/// Divides the room among the sections, smallest first, so that small ones leave room for the others.
fn shares(sections: &[Section], mut room: usize) -> Vec<usize> {
    let mut shares = vec![0; sections.len()];
    let mut order: Vec<_> = sections.iter().map(Section::need).enumerate().collect();
    order.sort_by_key(|(_, need)| *need);
    for (done, (index, need)) in order.into_iter().enumerate() {
        shares[index] = need.min(room / (sections.len() - done));
        room -= shares[index];
    }
    shares
}

fn section(planned: &Planned, group: Group, verb: Verb, room: usize) -> Section {
    let why = match &planned.action {
        Action::Leave(why) => format!(": {}", code(&one_line(why))),
        _ => strip_str(&known_after(planned, true)).to_string(),
    };
    let head = format!("`{}` **{}** {}{why}", group.mark().0, planned.node, group.word(verb));
    // All fields of a missing resource are missing.
    let changes = if (group, verb) == (Group::Create, Verb::Status) { &[][..] } else { &planned.changes };
    let hints = blocked_hints(planned);
    let lines = changes.iter().map(|change| {
        let values = strip_str(&fields::values(change, group, verb).join(" ")).to_string();
        let replaces = if change.replaces { "  (requires replacement)" } else { "" };
        one_line(&format!("{}  {values}{replaces}", shorten::one(&change.field)))
    });
    let mut left = room;
    let could_fit = |line: &String| {
        let could = left > 0;
        left = left.saturating_sub(line.len() + 1);
        could
    };
    let count = hints.len() + changes.len();
    let lines = hints.iter().map(|hint| one_line(hint)).chain(lines).take_while(could_fit).collect();
    Section { head, lines, count }
}

/// Puts text on one line and truncates it.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let end = line.floor_char_boundary(LONGEST_LINE);
    if end == line.len() { line } else { format!("{}…", &line[..end]) }
}

impl Section {
    fn need(&self) -> usize {
        self.head.len() + 2 + FRAME + self.lines.iter().map(|line| line.len() + 1).sum::<usize>()
    }

    /// Renders at most `room` bytes. Returns them and the number of lines that did not fit.
    fn fit(&self, room: usize) -> (String, usize) {
        let head = format!("{}\n\n", self.head);
        if head.len() > room {
            return (String::new(), self.count + 1);
        }
        let mut left = room.saturating_sub(head.len() + FRAME);
        let fits = |line: &&String| {
            let fits = line.len() < left;
            left = left.saturating_sub(line.len() + 1);
            fits
        };
        let shown: Vec<_> = self.lines.iter().take_while(fits).map(String::as_str).collect();
        let left_out = self.count - shown.len();
        if shown.is_empty() {
            return (head, left_out);
        }
        let mut block = shown.join("\n");
        let ticks = fence(&block);
        if left_out > 0 {
            let _ = write!(block, "\n… and {left_out} more");
        }
        let block = format!("{ticks}text\n{block}\n{ticks}\n\n");
        let count = self.count;
        let text = if count > UNFOLDED {
            let summary = format!("<details><summary>{count} lines</summary>\n\n");
            format!("{head}{summary}{block}</details>\n\n")
        } else {
            head + &block
        };
        // It can exceed the room only if a line consists of backticks, which makes the fence longer than `FRAME` allows.
        if text.len() > room { (format!("{}\n\n", self.head), count) } else { (text, left_out) }
    }
}
