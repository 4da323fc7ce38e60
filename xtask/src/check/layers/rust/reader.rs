//! Reads a module from its tokens.

use super::module::{Child, Module, Use, Written};
use crate::check::lexer::{Kind, Token, tokens};

/// Keywords that precede the name of an item.
const DEFINITIONS: [&str; 8] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static"];

/// Keywords of items that end with `;`, even after braces.
const UNTIL_SEMICOLON: [&str; 5] = ["const", "static", "type", "use", "let"];

/// Keywords that begin an item. Anything else is a statement, field, variant or arm.
const ITEMS: [&str; 9] = ["fn", "struct", "enum", "union", "trait", "impl", "mod", "macro_rules", "extern"];

/// Keywords that may precede the keyword of an item.
const MODIFIERS: [&str; 3] = ["unsafe", "async", "default"];

/// Reads a file. `None` if all of it is test code.
pub(super) fn read(source: &str) -> Option<Module> {
    let tokens: Vec<_> = tokens(source).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let mut module = Module::default();
    reader.module(&mut module).then_some(module)
}

#[derive(Debug)]
struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self, offset: usize) -> &'a str {
        let token = self.tokens.get(self.at + offset);
        token.filter(|token| matches!(token.kind, Kind::Name | Kind::Mark)).map_or("", |token| token.text)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |token| token.line)
    }

    fn is_name(&self, offset: usize) -> bool {
        self.tokens.get(self.at + offset).is_some_and(|token| token.kind == Kind::Name)
    }

    /// Reads items up to the closing brace of the module, or to the end of the file. False if it is test code.
    fn module(&mut self, module: &mut Module) -> bool {
        let mut is_public = false;
        while self.at < self.tokens.len() {
            match self.peek(0) {
                "}" => {
                    self.at += 1;
                    return true;
                }
                "#" if self.peek(1) == "!" && self.is_test_attribute(self.at + 2) => return false,
                "#" if self.is_test_attribute(self.at + 1) => self.at = self.item_end(self.at),
                "#" => self.attribute(module),
                "pub" => {
                    is_public = true;
                    self.visibility();
                    continue;
                }
                "use" => self.use_declaration(module, is_public),
                "mod" if self.is_name(1) && self.peek(2) == ";" => {
                    module.children.push((self.peek(1).to_owned(), Child::File));
                    self.at += 3;
                }
                "mod" if self.is_name(1) && self.peek(2) == "{" => {
                    let name = self.peek(1).to_owned();
                    self.at += 3;
                    let mut inside = Module::default();
                    self.module(&mut inside);
                    module.children.push((name, Child::Inline(inside)));
                }
                _ => {
                    let end = self.item_end(self.at);
                    self.definition(module);
                    self.code(module, end);
                }
            }
            is_public = false;
        }
        true
    }

    /// `pub` with its scope.
    fn visibility(&mut self) {
        self.at += 1;
        if self.peek(0) == "(" {
            self.at = self.group_end(self.at);
        }
    }

    /// Paths in an attribute count, for example the parser of a clap argument.
    fn attribute(&mut self, module: &mut Module) {
        self.at += if self.peek(1) == "!" { 2 } else { 1 };
        let end = self.group_end(self.at);
        self.code(module, end);
    }

    /// Adds the name that an item defines.
    fn definition(&self, module: &mut Module) {
        let mut at = self.at;
        let text = |at: usize| self.tokens.get(at).map_or("", |token| token.text);
        if text(at) == "macro_rules" {
            module.items.insert(text(at + 2).to_owned());
            return;
        }
        while MODIFIERS.contains(&text(at)) || (text(at) == "const" && DEFINITIONS.contains(&text(at + 1))) {
            at += 1;
        }
        if DEFINITIONS.contains(&text(at)) {
            let name = if text(at + 1) == "mut" { text(at + 2) } else { text(at + 1) };
            module.items.insert(name.to_owned());
        }
    }

    /// Collects paths and names up to a token.
    fn code(&mut self, module: &mut Module, end: usize) {
        while self.at < end {
            let follows_dot = self.at > 0 && self.tokens[self.at - 1].is(".");
            if self.peek(0) == "#" && self.is_test_attribute(self.at + 1) {
                self.at = self.item_end(self.at).min(end);
            } else if self.peek(0) == "use" {
                self.use_declaration(module, false);
            } else if self.is_name(0) && !follows_dot {
                self.path(module);
            } else {
                self.at += 1;
            }
        }
    }

    fn path(&mut self, module: &mut Module) {
        let line = self.line();
        let mut path = vec![self.peek(0).to_owned()];
        let is_absolute = self.at > 0 && self.tokens[self.at - 1].is("::");
        self.at += 1;
        while self.peek(0) == "::" && self.is_name(1) {
            path.push(self.peek(1).to_owned());
            self.at += 2;
        }
        if is_absolute {
            return;
        }
        module.names.entry(path[0].clone()).or_insert(line);
        if path.len() > 1 {
            module.paths.push(Written { path, line });
        }
    }

    fn use_declaration(&mut self, module: &mut Module, is_public: bool) {
        self.at += 1;
        // A path that begins with `::` names another crate.
        let is_absolute = self.peek(0) == "::";
        let mut uses = Vec::new();
        self.use_tree(&[], is_public, &mut uses);
        while self.at < self.tokens.len() && self.peek(0) != ";" {
            self.at += 1;
        }
        self.at += 1;
        if !is_absolute {
            module.uses.extend(uses);
        }
    }

    fn use_tree(&mut self, prefix: &[String], is_public: bool, uses: &mut Vec<Use>) {
        let line = self.line();
        let mut path = prefix.to_vec();
        loop {
            match self.peek(0) {
                "::" => self.at += 1,
                "{" => {
                    self.at += 1;
                    while !matches!(self.peek(0), "}" | "") {
                        self.use_tree(&path, is_public, uses);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "*" => {
                    self.at += 1;
                    uses.push(Use { written: Written { path, line }, alias: None, is_public });
                    return;
                }
                "as" => {
                    let alias = Some(self.peek(1).to_owned());
                    self.at += 2;
                    uses.push(Use { written: Written { path, line }, alias, is_public });
                    return;
                }
                "self" if !prefix.is_empty() => self.at += 1,
                name if self.is_name(0) => {
                    path.push(name.to_owned());
                    self.at += 1;
                }
                _ => {
                    let alias = path.last().cloned();
                    uses.push(Use { written: Written { path, line }, alias, is_public });
                    return;
                }
            }
        }
    }

    /// Returns whether the attribute that begins at this `[` limits an item to tests.
    fn is_test_attribute(&self, bracket: usize) -> bool {
        let text = |at: usize| self.tokens.get(bracket + at).map_or("", |token| token.text);
        let is_cfg = text(0) == "[" && text(1) == "cfg" && text(2) == "(";
        is_cfg && (text(3) == "test" || (text(3) == "all" && text(5) == "test"))
            || (text(0) == "[" && text(1) == "test" && text(2) == "]")
    }

    /// Returns the index of the token after a bracketed group.
    fn group_end(&self, opening: usize) -> usize {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(opening) {
            if ["(", "[", "{"].iter().any(|mark| token.is(mark)) {
                depth += 1;
            } else if [")", "]", "}"].iter().any(|mark| token.is(mark)) {
                depth -= 1;
            }
            if depth == 0 {
                return at + 1;
            }
        }
        self.tokens.len()
    }

    /// Returns the index of the token after an item, a statement, a field, a variant or an arm, with its attributes.
    fn item_end(&self, start: usize) -> usize {
        let mut at = start;
        while self.tokens.get(at).is_some_and(|token| token.is("#")) {
            at = self.group_end(at + 1);
        }
        let kind = self.item_kind(at);
        let (until_semicolon, is_item) = (UNTIL_SEMICOLON.contains(&kind), ITEMS.contains(&kind));
        while let Some(token) = self.tokens.get(at) {
            if ["(", "[", "{"].iter().any(|mark| token.is(mark)) {
                at = self.group_end(at);
                if token.is("{") && !until_semicolon {
                    return at;
                }
                continue;
            }
            if [")", "]", "}"].iter().any(|mark| token.is(mark)) {
                return at.max(start + 1);
            }
            at += 1;
            if token.is(";") || (token.is(",") && !until_semicolon && !is_item) {
                return at;
            }
        }
        at
    }

    /// Returns the keyword of an item.
    fn item_kind(&self, start: usize) -> &'a str {
        let text = |at: usize| self.tokens.get(at).map_or("", |token| token.text);
        let mut at = start;
        if text(at) == "pub" {
            at += 1;
            if text(at) == "(" {
                at = self.group_end(at);
            }
        }
        while MODIFIERS.contains(&text(at))
            || (text(at) == "const" && ["fn", "unsafe", "async"].contains(&text(at + 1)))
        {
            at += 1;
        }
        text(at)
    }
}
