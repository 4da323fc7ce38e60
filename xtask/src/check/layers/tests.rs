//! Crates whose imports point up, and crates whose imports do not.

use std::fs;

use super::graph::{Violation, violations};
use super::import::{Import, Path};
use super::{rust, typescript};

type Files<'a> = &'a [(&'a str, &'a str)];

fn path(names: &str) -> Path {
    names.split('/').map(str::to_owned).collect()
}

/// The imports of a crate with these files.
fn imports(files: Files) -> Vec<Import> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    rust::imports_of_library(&folder.path().join("lib.rs")).unwrap()
}

/// `from > to` for each import that points up, with the line.
fn upward(violations: &[Violation]) -> Vec<String> {
    let shown = |violation: &Violation| {
        let depth = violation.level.len();
        let show =
            move |import: &Import| format!("{}:{} > {}", import.from[depth], import.line, import.to[depth]);
        violation.imports.iter().map(show).collect::<Vec<_>>()
    };
    violations.iter().flat_map(shown).collect()
}

/// Crates in which nothing points up.
const LAYERED: [Files; 13] = [
    // A chain, in both styles of paths.
    &[("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B;")],
    &[("lib.rs", "mod a; mod b;"), ("a.rs", "fn a() { super::b::b() }"), ("b.rs", "pub fn b() {}")],
    // A parent above its child, and a parent below it.
    &[("lib.rs", "mod a;"), ("a.rs", "mod x; use x::X; struct A(X);"), ("a/x.rs", "pub struct X;")],
    &[("lib.rs", "mod a;"), ("a.rs", "mod x; pub struct A;"), ("a/x.rs", "use super::A;")],
    // A re-export does not make the parent use its child.
    &[
        ("lib.rs", "mod a;"),
        ("a.rs", "mod x; pub use x::X; pub struct A;"),
        ("a/x.rs", "use super::A; pub struct X;"),
    ],
    &[
        ("lib.rs", "mod a;"),
        ("a.rs", "mod x; pub use x::*; pub struct A;"),
        ("a/x.rs", "use super::A; pub struct X;"),
    ],
    // An item belongs to the file that defines it: `y` uses `x`, not `a`.
    &[
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod x; mod y; pub use x::X; use y::Y; struct A(Y);"),
        ("a/x.rs", "pub struct X;"),
        ("a/y.rs", "use super::X; pub struct Y(X);"),
    ],
    // An inline module is part of its file.
    &[
        ("lib.rs", "mod a; use a::x::X;"),
        ("a.rs", "pub mod x { use super::A; pub struct X; } use x::X; struct A;"),
    ],
    // Test code.
    &[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;\n#[cfg(test)] mod tests { use crate::a; }"),
        ("b.rs", "pub struct B; #[cfg(test)] mod tests;"),
        ("b/tests.rs", "use crate::a;"),
    ],
    &[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "pub struct B; impl B { #[cfg(test)] fn f<X, Y>() { crate::a::a() } }"),
    ],
    &[("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;"), ("b.rs", "#![cfg(test)] use crate::a;")],
    // Other crates, comments and strings.
    &[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "use ::a::X; use std::a; // crate::a\nconst B: &str = \"crate::a::A\";"),
    ],
    // Modules of one name on different levels.
    &[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "mod b; use b::X; use crate::b::B;"),
        ("a/b.rs", "pub struct X;"),
        ("b.rs", "pub struct B;"),
    ],
];

#[test]
fn accepts_imports_that_point_down() {
    for files in LAYERED {
        let found = violations(&imports(files), None);
        assert_eq!(upward(&found), [""; 0], "{files:?}");
    }
}

/// Crates with a cycle, and the import that closes it.
const CYCLIC: [(Files, &str); 9] = [
    (
        &[("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::{B, C};"), ("b.rs", "\nuse crate::a;")],
        "b:2 > a",
    ),
    // Between files within a folder.
    (
        &[
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod x; mod y;"),
            ("a/x.rs", "use super::y::{self, Y};"),
            ("a/y.rs", "pub struct Y;\n\nfn f() { super::x::f() }"),
        ],
        "y:3 > x",
    ),
    // Modules import each other, although no two of their files do.
    (
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "mod x; pub mod y;"),
            ("a/x.rs", "use crate::b::{X, Z};"),
            ("a/y.rs", "pub struct Y;"),
            ("b.rs", "pub mod x; pub mod y; pub use x::X; pub use x::Z;"),
            ("b/x.rs", "pub struct X; pub struct Z;"),
            ("b/y.rs", "use crate::a::y::Y;"),
        ],
        "b:1 > a",
    ),
    // Between the file of a module and a submodule.
    (
        &[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod x; use x::X; use x::Z; pub struct A;"),
            ("a/x.rs", "use super::A; struct X; struct Z;"),
        ],
        "x:1 > ",
    ),
    // A re-export that the file itself uses.
    (
        &[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod x; pub use x::X; pub struct A(\nX);"),
            ("a/x.rs", "use super::A;\nuse super::B;"),
        ],
        ":2 > x",
    ),
    // Through an alias of a module, a renamed import and a glob.
    (
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::{b as c}; fn f() { c::f() } use crate::b::*;"),
            ("b.rs", "use super::a as x;"),
        ],
        "b:1 > a",
    ),
    // In a macro's arguments, an attribute, and a macro definition.
    (
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::{B, C};"),
            ("b.rs", "fn f() { print!(\"{}\", crate::a::A) }"),
        ],
        "b:1 > a",
    ),
    (
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::{B, C};"),
            ("b.rs", "#[arg(value_parser = crate::a::parse)] struct B;"),
        ],
        "b:1 > a",
    ),
    (
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::{B, C};"),
            ("b.rs", "macro_rules! b { () => { $crate::a::A } }"),
        ],
        "b:1 > a",
    ),
];

#[test]
fn reports_cycles_on_every_level() {
    for (files, expected) in CYCLIC {
        let found = violations(&imports(files), None);
        assert_eq!(upward(&found), [expected], "{files:?}");
        assert!(found.iter().all(|violation| violation.is_cycle));
    }
}

#[test]
fn reports_imports_against_a_fixed_order() {
    let files: Files = &[
        ("lib.rs", "mod a; mod b; mod c; use a::A;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "use crate::{c::C,\na::A};"),
        ("c.rs", "use crate::{Root, b};"),
    ];
    let found = violations(&imports(files), Some(&["lib", "a", "b", "c"]));
    assert_eq!(upward(&found), ["b:2 > a", "c:1 > ", "c:1 > b"]);
    assert!(
        violations(&imports(files), Some(&["lib", "a", "b"])).iter().all(|found| found.imports.len() == 1)
    );
}

#[test]
fn reports_modules_without_a_place() {
    let imports = imports(&[("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;"), ("b.rs", "")]);
    let imports = super::import::Imports { name: "crate".to_owned(), imports };
    assert_eq!(imports.unknown(&["lib", "a"]).into_iter().collect::<Vec<_>>(), ["b"]);
    assert!(imports.unknown(&["lib", "b", "a"]).is_empty());
}

#[test]
fn reads_imports_of_typescript() {
    let table = [
        ("import { a } from './x.ts';", Some("chat/x.ts")),
        ("} from \"../api/sse.ts\";", Some("api/sse.ts")),
        ("export * from './x.tsx'", Some("chat/x.tsx")),
        ("const x = await import('./x.ts')", Some("chat/x.ts")),
        ("import './x.ts'", Some("chat/x.ts")),
        ("import { h } from 'preact';", None),
        ("import './x.css';", None),
        ("import text from './x.ts?raw';", None),
        ("const from = './x.ts';", None),
    ];
    for (line, expected) in table {
        let found = typescript::imports_of(&path("chat/talk.ts"), line);
        let found: Vec<_> = found.iter().map(|import| import.to.join("/")).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{line}");
    }
}

#[test]
fn reports_a_cycle_of_folders() {
    let line =
        |from: &str, to: &str| typescript::imports_of(&path(from), &format!("import {{ a }} from '{to}'"));
    let imports =
        [line("a/x.ts", "../b/x.ts"), line("a/z.ts", "../b/x.ts"), line("b/y.ts", "../a/x.ts")].concat();
    assert_eq!(upward(&violations(&imports, None)), ["b:1 > a"]);
    assert!(violations(&imports[..2], None).is_empty());
}
