//! Plans of every kind, as people read them.

use reconcile::Change;

use super::*;

fn change(field: &str, old: Option<&str>, new: Option<&str>) -> Change {
    Change::new(field, old.map(ToOwned::to_owned), new.map(ToOwned::to_owned))
}

fn planned(node: &'static str, action: Action, changes: Vec<Change>) -> Planned {
    Planned { node, action, changes, after: Vec::new() }
}

fn after(node: &'static str, action: Action, after: Vec<&'static str>) -> Planned {
    Planned { after, ..planned(node, action, Vec::new()) }
}

fn coloured(verb: Verb, nodes: Vec<Planned>, said: &[&str]) -> String {
    render(&PlanView {
        title: "dev of twin · eu-west-1 · account 123456789012".to_owned(),
        plan: &Plan { nodes },
        notes: said.iter().map(ToString::to_string).collect(),
        took: Duration::from_millis(412),
        verb,
    })
}

fn plain(verb: Verb, nodes: Vec<Planned>, said: &[&str]) -> String {
    strip_str(&coloured(verb, nodes, said)).to_string()
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
fn colours_have_meanings() {
    insta::assert_snapshot!(coloured(Verb::Deploy, vec![function()], &["built"]).replace('\u{1b}', "␛"));
}

#[test]
fn nothing_to_change() {
    let nodes = vec![planned("role", Action::Keep, vec![]), planned("function", Action::Keep, vec![])];
    insta::assert_snapshot!(plain(Verb::Deploy, nodes, &[]), @r"
    dev of twin · eu-west-1 · account 123456789012

    nothing to change · 2 things are as the file says · 412 ms
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
    dev of twin · eu-west-1 · account 123456789012

    - web bucket     to delete
    - function       to delete

    · memory bucket  to stay: --keep-data

    note: 12 conversations and 5 data files would be lost

    2 to delete, 1 to stay · looked for 412 ms
    ");
}

#[test]
fn nothing_to_delete() {
    insta::assert_snapshot!(plain(Verb::Destroy, vec![planned("role", Action::Absent, vec![])], &[]), @r"
    dev of twin · eu-west-1 · account 123456789012

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
    dev of twin · eu-west-1 · account 123456789012

    + memory bucket  missing

    ~ function       drifted
        memory                   1024, should be 512
        variables.LOST           absent, should be yes
        variables.ADDED_BY_HAND  yes, should not be there
        role                     arn:aws:iam::123456789012:role/one,
                                 should be arn:aws:iam::123456789012:role/two

    - alarms         no longer wanted

    ? http api       not known yet  (known after the function)

    ✓ web bucket     present

    1 missing, 1 drifted, 1 no longer wanted, 1 not known yet, 1 present
    looked for 412 ms
    ");
}

#[test]
fn a_status_without_drift() {
    insta::assert_snapshot!(plain(Verb::Status, vec![planned("web bucket", Action::Keep, vec![])], &[]), @r"
    dev of twin · eu-west-1 · account 123456789012

    ✓ web bucket  present

    1 thing is as the file says · 412 ms
    ");
}
