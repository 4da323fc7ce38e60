//! A plan as Markdown, as long as there is room.

use std::fmt::Write as _;

use anstream::adapter::strip_str;
use reconcile::{Action, Planned};

use super::{
    fields,
    group::{GROUPS, Group},
    text::{footer, known_after, members, way_out},
    view::{PlanView, Verb},
};
use crate::ui::{
    github::markdown::{code, ticks_around, without_accounts},
    shorten,
};

/// So many lines of one thing are shown unfolded.
const UNFOLDED: usize = 8;
/// What stands around the lines of a section, at most.
const FRAME: usize = 160;
/// No value is so long; a name in a value of somebody else's may be.
const LONGEST_LINE: usize = 400;

/// A plan that fits.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) text: String,
    /// How many lines there was no room for.
    pub(crate) left_out: usize,
}

/// One thing: what becomes of it, and its fields.
struct Section {
    head: String,
    /// As many as there could be room for.
    lines: Vec<String>,
    /// How many there are.
    count: usize,
}

/// At most `room` bytes, however much changes. Every thing gets its share of the room; what one does not need is the
/// others'.
pub(crate) fn markdown(view: &PlanView<'_>, room: usize) -> Fitted {
    let mut text = String::new();
    for note in &view.notes {
        let _ = writeln!(text, "> {}\n", code(&shortened(note)));
    }
    let footer = strip_str(&footer(view)).to_string().replace('\n', " · ");
    let footer = without_accounts(&footer);
    let sections: Vec<_> = GROUPS
        .into_iter()
        .filter(|group| *group != Group::Keep || view.verb == Verb::Status)
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
        Action::Leave(why) => format!(": {}", code(&shortened(why))),
        _ => strip_str(&known_after(planned, true)).to_string(),
    };
    let head = format!("`{}` **{}** {}{why}", group.mark().0, planned.node, group.word(verb));
    // All fields of a missing resource are missing.
    let changes = if (group, verb) == (Group::Create, Verb::Status) { &[][..] } else { &planned.changes };
    let ways = way_out(planned);
    let lines = changes.iter().map(|change| {
        let values = strip_str(&fields::values(change, group, verb).join(" ")).to_string();
        let replaces = if change.replaces { "  (requires replacement)" } else { "" };
        shortened(&format!("{}  {values}{replaces}", shorten::one(&change.field)))
    });
    let mut left = room;
    let could_fit = |line: &String| {
        let could = left > 0;
        left = left.saturating_sub(line.len() + 1);
        could
    };
    let count = ways.len() + changes.len();
    let lines = ways.iter().map(|way| shortened(way)).chain(lines).take_while(could_fit).collect();
    Section { head, lines, count }
}

/// On one line, and not too long.
fn shortened(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let end = line.floor_char_boundary(LONGEST_LINE);
    if end == line.len() { line } else { format!("{}…", &line[..end]) }
}

impl Section {
    fn need(&self) -> usize {
        self.head.len() + 2 + FRAME + self.lines.iter().map(|line| line.len() + 1).sum::<usize>()
    }

    /// At most `room` bytes, and how many lines are left out.
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
        let ticks = ticks_around(&block);
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
        // Only a line of nothing but backticks can make it longer than its share.
        if text.len() > room { (format!("{}\n\n", self.head), count) } else { (text, left_out) }
    }
}
