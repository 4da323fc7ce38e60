//! `cargo xtask bench privacy`: how much private data `upload-data` leaves out, and how much other text.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use persona::{Allow, Files, prepare};

/// The lowest acceptable recall and precision.
const TARGETS: [(&str, f64); 2] = [("recall", 0.98), ("precision", 0.97)];
/// The kinds of private data, by their labels.
const KINDS: [&str; 3] = ["phone", "address", "birthday"];
/// The seen lines are for tuning, the others show whether a rule is general.
const HALVES: [&str; 2] = ["seen", "unseen"];
/// The file that contains the line. The twin needs no other.
const FILE: &str = "me.txt";

/// Redact lines with private data in eight languages, and lines that only look like it
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Print the lines that are redacted wrongly
    #[arg(long)]
    misses: bool,

    /// Print the lines of the unseen half, too, which then no longer is unseen
    #[arg(long, requires = "misses")]
    unseen: bool,
}

/// A line, and the texts in it that are private.
#[derive(Debug, PartialEq)]
struct Example {
    label: String,
    text: String,
    private: Vec<String>,
}

/// How many lines are redacted rightly.
#[derive(Debug, Default, PartialEq)]
struct Results {
    /// The lines with private data of each kind, and how many of them are found.
    kinds: [(usize, usize); KINDS.len()],
    harmless: usize,
    false_alarms: usize,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let [phone, address, birthday] = KINDS;
    println!(
        "{:<14}{phone:>8}{address:>9}{birthday:>10}{:>8}{:>14}{:>11}",
        "", "recall", "false alarms", "precision"
    );
    for half in HALVES {
        let mut total = Results::default();
        for file in files(half)? {
            let examples = read(&file)?;
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let prints = args.misses && (half == "seen" || args.unseen);
            let results = redact_all(&examples, prints, &name);
            println!("{}", line(&format!("{half} {name}"), &results));
            total.add(&results);
        }
        println!("{}\n", line(&format!("{half}, all"), &total));
    }
    let [(recall, least), (precision, most)] = TARGETS;
    println!("Goals: {recall} {least}, {precision} {most}, also in the unseen half");
    Ok(())
}

fn files(half: &str) -> Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bench/privacy").join(half);
    let entries = fs::read_dir(&folder).with_context(|| format!("failed to read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<Example>> {
    let text = fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
    text.lines().map(|line| Example::parse(line).with_context(|| format!("no label: {line}"))).collect()
}

impl Example {
    /// Parses a label, a tab and a text, in which `⟦` and `⟧` enclose what is private, and `\n` is a line break.
    fn parse(line: &str) -> Option<Self> {
        let (label, marked) = line.split_once('\t')?;
        let marked = marked.replace("\\n", "\n");
        let parts = marked.split('⟦').skip(1).filter_map(|part| Some(part.split_once('⟧')?.0.to_owned()));
        let private = parts.collect();
        Some(Self { label: label.to_owned(), text: marked.replace(['⟦', '⟧'], ""), private })
    }

    /// Whether everything private was left out, and nothing if there is nothing private.
    fn is_right(&self, redacted: &str) -> bool {
        if self.private.is_empty() {
            return redacted == self.text;
        }
        self.private.iter().all(|private| is_gone(private, redacted))
    }
}

/// Returns whether neither the text nor a part that identifies a person stands in the output: four digits of a number, or the
/// longest word.
fn is_gone(private: &str, redacted: &str) -> bool {
    let is_digits = |part: &&str| part.len() >= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = private.split(|c: char| !c.is_ascii_digit()).filter(is_digits);
    let words = private.split(|c: char| !c.is_alphabetic());
    let longest = words.max_by_key(|word| word.chars().count()).filter(|word| word.chars().count() > 3);
    std::iter::once(private).chain(numbers).chain(longest).all(|part| !redacted.contains(part))
}

fn redact_all(examples: &[Example], prints: bool, name: &str) -> Results {
    let mut results = Results::default();
    for example in examples {
        let redacted = redact(&example.text);
        let is_right = example.is_right(&redacted);
        if let Some(kind) = KINDS.iter().position(|kind| *kind == example.label) {
            results.kinds[kind].0 += 1;
            results.kinds[kind].1 += usize::from(is_right);
        } else {
            results.harmless += 1;
            results.false_alarms += usize::from(!is_right);
        }
        if prints && !is_right {
            println!("  {name} {}: {:?}\n    {redacted:?}", example.label, example.text);
        }
    }
    results
}

fn redact(text: &str) -> String {
    let mut files = Files::default();
    files.insert(FILE, text.as_bytes().to_vec());
    let prepared = prepare(files, &Allow::new());
    String::from_utf8_lossy(prepared.files.get(FILE).unwrap_or_default()).into_owned()
}

impl Results {
    fn add(&mut self, other: &Self) {
        for (all, (private, found)) in self.kinds.iter_mut().zip(other.kinds) {
            all.0 += private;
            all.1 += found;
        }
        self.harmless += other.harmless;
        self.false_alarms += other.false_alarms;
    }

    /// Returns how many lines have private data, and how many of them are found.
    fn private(&self) -> (usize, usize) {
        self.kinds.iter().fold((0, 0), |(private, found), kind| (private + kind.0, found + kind.1))
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are hundreds of lines")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn line(name: &str, results: &Results) -> String {
    let [phone, address, birthday] = results.kinds.map(|(private, found)| share(found, private));
    let (private, found) = results.private();
    let recall = share(found, private);
    // The share of the redacted lines that are private.
    let precision = share(found, found + results.false_alarms);
    let alarms = format!("{} of {}", results.false_alarms, results.harmless);
    format!("{name:<14}{phone:>8.3}{address:>9.3}{birthday:>10.3}{recall:>8.3}{alarms:>14}{precision:>11.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_right_if_only_what_is_private_is_left_out() {
        let phone = Example::parse("phone\tCall ⟦+44 20 7946 0958⟧\\nor write").unwrap();
        assert_eq!(phone.text, "Call +44 20 7946 0958\nor write");
        assert!(phone.is_right("Call (left out)\nor write"));
        assert!(!phone.is_right("Call (left out) 7946 0958\nor write"));
        let address = Example::parse("address\tI live at ⟦12 Thistledown Lane⟧").unwrap();
        assert!(!address.is_right("I live at (left out) Thistledown Lane"));
        let harmless = Example::parse("none\tOrder 4711").unwrap();
        assert!(harmless.is_right("Order 4711") && !harmless.is_right("Order (left out)"));
        assert_eq!(Example::parse("Order 4711"), None);
    }

    #[test]
    fn the_halves_have_lines_of_each_kind() {
        let count = |half: &str| {
            let examples =
                files(half).unwrap().iter().flat_map(|file| read(file).unwrap()).collect::<Vec<_>>();
            let labels = [KINDS[0], KINDS[1], KINDS[2], "none"];
            labels.map(|label| examples.iter().filter(|example| example.label == label).count())
        };
        assert_eq!(count("seen"), [444, 396, 316, 1170]);
        assert_eq!(count("unseen"), [257, 152, 120, 520]);
    }
}
