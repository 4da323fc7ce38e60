//! Plans of every kind, rendered as text and as Markdown.

use reconcile::Change;

use std::time::Duration;

use anstream::adapter::strip_str;
use reconcile::{Action, Plan, Planned};

use super::*;

fn change(field: &str, old: Option<&str>, new: Option<&str>) -> Change {
    Change::new(field, old.map(ToOwned::to_owned), new.map(ToOwned::to_owned))
}

fn planned(node: &'static str, action: Action, changes: Vec<Change>) -> Planned {
    Planned {
        node,
        physical_name: Some(format!("twin-dev-{}", node.replace(' ', "-"))),
        action,
        changes,
        after: Vec::new(),
    }
}

fn after(node: &'static str, action: Action, after: Vec<&'static str>) -> Planned {
    Planned { after, ..planned(node, action, Vec::new()) }
}

fn colored(verb: Verb, nodes: Vec<Planned>, texts: &[&str]) -> String {
    render(&PlanView {
        title: "twin/dev · eu-west-1 · account 123456789012".to_owned(),
        plan: &Plan { nodes },
        notes: texts.iter().map(ToString::to_string).collect(),
        took: Duration::from_millis(412),
        verb,
        details: false,
    })
}

fn plain(verb: Verb, nodes: Vec<Planned>, texts: &[&str]) -> String {
    strip_str(&colored(verb, nodes, texts)).to_string()
}

fn bucket(action: Action) -> Planned {
    let fields = (1..=11).map(|n| change(&format!("rule {n}"), None, Some("on"))).collect();
    planned("memory bucket", action, fields)
}

fn function() -> Planned {
    let policy =
        |action: &str| format!("{{\n  \"Statement\": [{}\n    \"{action}\"\n  ]\n}}\n", " ".repeat(80));
    let changes = vec![
        change("memory", Some("256"), Some("512")),
        change("variables.SECRET", None, Some("(secret)")),
        change("variables.ADDED_BY_HAND", Some("yes"), None),
        change("code", Some(&"0123456789abcdef".repeat(3)), Some(&"fedcba9876543210".repeat(3))),
        change("policy", Some(&policy("s3:GetObject")), Some(&policy("s3:PutObject"))),
    ];
    planned("function", Action::Update, changes)
}

fn everything() -> Vec<Planned> {
    let moved = || vec![change("path", Some("/a/"), Some("/b/")).replacing()];
    let mut distribution = after("distribution", Action::Create, vec!["http api", "web bucket"]);
    distribution.changes.push(change("price class", None, Some("100")));
    vec![
        planned("web bucket", Action::Keep, vec![]),
        bucket(Action::Create),
        function(),
        planned("role", Action::Replace, moved()),
        planned("alarms", Action::Delete, vec![]),
        after("http api", Action::Recheck, vec!["function"]),
        distribution,
        planned("domain", Action::Absent, vec![]),
        planned("table", Action::Leave("other environments use it".to_owned()), vec![]),
        planned("log group", Action::NeedsReplacing, moved()),
        planned("data bucket", Action::Foreign("the bucket `twin-dev-data` is not ours".to_owned()), vec![]),
    ]
}

#[test]
fn a_deploy_of_everything() {
    insta::assert_snapshot!(plain(
        Verb::Deploy,
        everything(),
        &["it does not wait for CloudFront", "the web page is 1.2 MB"]
    ));
}

#[test]
fn colors_of_a_plan() {
    insta::assert_snapshot!(colored(Verb::Deploy, vec![function()], &["built"]).replace('\u{1b}', "␛"));
}

#[test]
fn nothing_to_change() {
    let nodes = vec![planned("role", Action::Keep, vec![]), planned("function", Action::Keep, vec![])];
    insta::assert_snapshot!(plain(Verb::Deploy, nodes, &[]), @r"
    twin/dev · eu-west-1 · account 123456789012

    nothing to change · 2 resources match the spec · 412 ms
    ");
}

#[test]
fn a_destroy() {
    let nodes = vec![
        planned("web bucket", Action::Delete, vec![]),
        planned("memory bucket", Action::Leave("--keep-data".to_owned()), vec![]),
        planned("function", Action::Delete, vec![]),
        planned("domain", Action::Absent, vec![]),
    ];
    insta::assert_snapshot!(plain(Verb::Destroy, nodes, &["12 conversations and 5 data files would be lost"]), @r"
    twin/dev · eu-west-1 · account 123456789012

    - web bucket     to delete  twin-dev-web-bucket
    - function       to delete  twin-dev-function

    · memory bucket  to keep: --keep-data

    note: 12 conversations and 5 data files would be lost

    2 to delete, 1 to keep · checked in 412 ms
    ");
}

#[test]
fn nothing_to_delete() {
    insta::assert_snapshot!(plain(Verb::Destroy, vec![planned("role", Action::Absent, vec![])], &[]), @r"
    twin/dev · eu-west-1 · account 123456789012

    nothing to delete · 412 ms
    ");
}

#[test]
fn a_status_with_drift() {
    let drifted = vec![
        change("memory", Some("1024"), Some("512")),
        change("variables.LOST", None, Some("yes")),
        change("variables.ADDED_BY_HAND", Some("yes"), None),
        change(
            "role",
            Some("arn:aws:iam::123456789012:role/one"),
            Some("arn:aws:iam::123456789012:role/two"),
        ),
    ];
    let nodes = vec![
        planned("web bucket", Action::Keep, vec![]),
        planned("function", Action::Update, drifted),
        planned("memory bucket", Action::Create, vec![change("name", None, Some("twin-dev-memory"))]),
        planned("alarms", Action::Delete, vec![]),
        after("http api", Action::Recheck, vec!["function"]),
    ];
    insta::assert_snapshot!(plain(Verb::Status, nodes, &[]), @r"
    twin/dev · eu-west-1 · account 123456789012

    + memory bucket  missing  twin-dev-memory-bucket

    ~ function       drifted  twin-dev-function
        memory                   1024, expected 512
        variables.LOST           missing, expected yes
        variables.ADDED_BY_HAND  yes, not in the spec
        role                     arn:aws:iam::123456789012:role/one,
                                 expected arn:aws:iam::123456789012:role/two

    - alarms         not in the spec  twin-dev-alarms

    ? http api       unknown  twin-dev-http-api  (known after the function)

    ✓ web bucket     present  twin-dev-web-bucket

    1 missing, 1 drifted, 1 not in the spec, 1 unknown, 1 present
    checked in 412 ms
    ");
}

#[test]
fn a_status_of_an_environment_that_is_not_deployed_lists_no_resources() {
    let nodes = || vec![bucket(Action::Create), planned("alarms", Action::Absent, vec![])];
    let note = "`dev` is not deployed: run `twinctl deploy dev`";
    insta::assert_snapshot!(plain(Verb::Status, nodes(), &[note]), @r"
    twin/dev · eu-west-1 · account 123456789012

    note: `dev` is not deployed: run `twinctl deploy dev`

    not deployed · checked in 412 ms
    ");
    assert!(is_absent(&Plan { nodes: nodes() }));
    assert!(!is_absent(&Plan {
        nodes: vec![bucket(Action::Create), planned("function", Action::Keep, vec![])]
    }));
}

#[test]
fn a_status_without_drift() {
    insta::assert_snapshot!(plain(Verb::Status, vec![planned("web bucket", Action::Keep, vec![])], &[]), @r"
    twin/dev · eu-west-1 · account 123456789012

    ✓ web bucket  present  twin-dev-web-bucket

    1 resource matches the spec · 412 ms
    ");
}

/// Returns a plan with `count` lines, most of them of two resources.
fn plan_of_lines(count: usize) -> Vec<Planned> {
    let fields = |from: usize, to: usize| -> Vec<Change> {
        (from..to)
            .map(|n| change(&format!("variables.NAME_{n}"), Some("old"), Some(&n.to_string())))
            .collect()
    };
    let mut nodes = everything();
    nodes[2].changes = fields(0, count / 4);
    nodes[6].changes = fields(count / 4, count);
    nodes
}

fn fitted(nodes: Vec<Planned>, room: usize) -> Fitted {
    let view = PlanView {
        title: "dev".to_owned(),
        plan: &Plan { nodes },
        notes: vec!["the web page is 1.2 MB, says @ada".to_owned()],
        took: Duration::from_millis(412),
        verb: Verb::Deploy,
        details: false,
    };
    markdown(&view, room)
}

#[test]
fn markdown_of_ten_lines_is_complete() {
    let fitted = fitted(plan_of_lines(10), 65_000);
    assert_eq!(fitted.left_out, 0);
    insta::assert_snapshot!(fitted.text);
}

#[test]
fn markdown_of_many_lines_fits_and_counts_omitted_lines() {
    for (count, room) in [(1_000, 65_000), (100_000, 65_000), (100_000, 900 << 10)] {
        let fitted = fitted(plan_of_lines(count), room);
        let (lines, length) = (fitted.text.lines().count(), fitted.text.len());
        assert!(length <= room, "{length}");
        assert!(fitted.left_out == 0 || length > room - 2_000, "there is room left: {length} of {room}");
        let shown = fitted.text.lines().filter(|line| line.starts_with("variables.NAME_")).count();
        assert_eq!(shown + fitted.left_out, count, "{lines} lines");
        for node in ["function", "distribution", "memory bucket", "data bucket"] {
            assert!(fitted.text.contains(&format!("**{node}**")), "{node}");
        }
    }
}

/// Returns the first and last lines of each section.
fn outline(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let of_many = |line: &str| line.starts_with("variables.NAME_");
    let kept = lines.iter().enumerate().filter(|(n, line)| {
        let is_inner = |n: Option<&&str>| n.is_none_or(|line| of_many(line));
        !(of_many(line) && is_inner(lines.get(n.wrapping_sub(1))) && is_inner(lines.get(n + 1)))
    });
    kept.map(|(_, line)| *line).collect::<Vec<_>>().join("\n")
}

#[test]
fn markdown_of_a_thousand_lines() {
    insta::assert_snapshot!(outline(&fitted(plan_of_lines(1_000), 65_000).text));
}

#[test]
fn markdown_of_a_hundred_thousand_lines() {
    insta::assert_snapshot!(outline(&fitted(plan_of_lines(100_000), 65_000).text));
}

#[test]
fn no_value_closes_its_block() {
    let evil = "```\n</details> @ada <script> ![x](http://e)";
    let changes = vec![change("a", None, Some(evil)), change("````", Some(evil), None)];
    let nodes = vec![
        planned("function", Action::Update, changes),
        planned("table", Action::Leave(evil.to_owned()), vec![]),
    ];
    insta::assert_snapshot!(fitted(nodes, 65_000).text);
}

proptest::proptest! {
    #[test]
    fn markdown_never_exceeds_its_limit(
        lines in proptest::collection::vec(".{0,60}", 0..40), room in 700_usize..4_000, ticks in 0_usize..30,
    ) {
        let tick = "`".repeat(ticks);
        let changes = lines.iter().map(|line| change(&format!("{tick}{line}"), None, Some(line))).collect();
        let nodes = vec![planned("function", Action::Update, changes), planned("role", Action::Create, vec![])];
        let fitted = fitted(nodes, room);
        proptest::prop_assert!(fitted.text.len() <= room, "{} of {room}", fitted.text.len());
    }
}
