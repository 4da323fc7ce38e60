//! The sources of a page's content security policy, besides its own files and scripts.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

use html5gum::{DefaultEmitter, Token, Tokenizer};
use serde::{Deserialize, Serialize};

use super::csp::{Attributes, source_expression};

const SCRIPT: &str = "script-src";
const SCRIPT_ATTRIBUTE: &str = "script-src-attr";
const FRAME: &str = "frame-src";
const STYLE: &str = "style-src";
const STYLE_ATTRIBUTE: &str = "style-src-attr";
const IMAGE: &str = "img-src";
const FONT: &str = "font-src";
const FONT_ENDINGS: [&str; 5] = [".eot", ".otf", ".ttf", ".woff", ".woff2"];
/// Ends the key of a directive that replaces the usual one.
const REPLACES: char = '!';
/// A host of style sheets, and the host of the fonts that these load.
const FONTS: (&str, &str) = ("https://fonts.googleapis.com", "https://fonts.gstatic.com");

/// Sources by directive.
type Sources = BTreeMap<String, BTreeSet<String>>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSources {
    /// Sources that the policy allows: hashes of inline styles, hosts of style sheets, images and fonts, and the directives of
    /// `web.csp`.
    #[serde(flatten)]
    allowed: Sources,
    /// Sources that only `web.csp` allows, because scripts and frames of other sites can read the conversation.
    #[serde(skip)]
    refused: Sources,
}

impl PageSources {
    /// Returns the sources of an HTML page.
    pub(super) fn of_page(html: &[u8]) -> Self {
        let mut sources = Self::default();
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut style: Option<Vec<u8>> = None;
        for Ok::<_, Infallible>(token) in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Token::StartTag(tag) => {
                    style = (*tag.name == *b"style").then(Vec::new);
                    sources.add_tag(&tag.name, &tag.attributes);
                }
                Token::String(text) => {
                    if let Some(style) = &mut style {
                        style.extend_from_slice(&text);
                    }
                }
                Token::EndTag(tag) if *tag.name == *b"style" => {
                    if let Some(text) = style.take() {
                        sources.add(STYLE, source_expression(&text));
                        sources.merge(&Self::of_style_sheet(&text));
                    }
                }
                _ => {}
            }
        }
        sources
    }

    /// Returns the hosts that a style sheet loads from.
    pub(super) fn of_style_sheet(css: &[u8]) -> Self {
        let mut sources = Self::default();
        let css = String::from_utf8_lossy(css);
        for (before, behind) in css.match_indices("url(").map(|(at, open)| css.split_at(at + open.len())) {
            let url = behind.split(')').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
            let path = url.split(['?', '#']).next().unwrap_or_default();
            let is_import = before.trim_end_matches("url(").trim_end().ends_with("@import");
            if is_import {
                sources.add_style_sheet(url);
            } else if url.starts_with("data:font") || url.starts_with("data:application/font") {
                sources.add(FONT, "data:".to_owned());
            } else if let Some(host) = host(url) {
                let is_font = FONT_ENDINGS.iter().any(|ending| path.ends_with(ending));
                sources.add(if is_font { FONT } else { IMAGE }, host);
            }
        }
        sources
    }

    fn add_tag(&mut self, name: &[u8], attributes: &Attributes<'_>) {
        let value = |name: &str| {
            attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
        };
        if attributes.keys().any(|name| name.starts_with(b"on")) {
            self.refuse(SCRIPT_ATTRIBUTE, Some("'unsafe-inline'".to_owned()));
        }
        if let Some(style) = value("style") {
            // The policy cannot list single attributes without a hash of each. They cannot run scripts.
            self.add(STYLE_ATTRIBUTE, "'unsafe-inline'".to_owned());
            self.merge(&Self::of_style_sheet(style.as_bytes()));
        }
        let rel = value("rel").unwrap_or_default().to_ascii_lowercase();
        match name {
            b"link" if rel.contains("stylesheet") => self.add_style_sheet(&value("href").unwrap_or_default()),
            b"link" if rel.contains("icon") => self.add_images(value("href")),
            b"img" | b"source" | b"image" => {
                self.add_images(value("src").filter(|_| name == b"img"));
                let sets = value("srcset").unwrap_or_default();
                for candidate in sets.split(", ") {
                    self.add_images(candidate.split_whitespace().next().map(str::to_owned));
                }
            }
            b"video" => self.add_images(value("poster")),
            b"script" => self.refuse(SCRIPT, value("src").and_then(|url| host(&url))),
            b"iframe" => self.refuse(FRAME, value("src").and_then(|url| host(&url))),
            _ => {}
        }
    }

    fn add_style_sheet(&mut self, url: &str) {
        let Some(host) = host(url) else { return };
        if host == FONTS.0 {
            self.add(FONT, FONTS.1.to_owned());
        }
        self.add(STYLE, host);
    }

    fn add_images(&mut self, url: Option<String>) {
        if let Some(host) = url.and_then(|url| host(&url)) {
            self.add(IMAGE, host);
        }
    }

    fn add(&mut self, directive: &str, source: String) {
        self.allowed.entry(directive.to_owned()).or_default().insert(source);
    }

    fn refuse(&mut self, directive: &str, source: Option<String>) {
        if let Some(source) = source {
            self.refused.entry(directive.to_owned()).or_default().insert(source);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        extend(&mut self.allowed, &other.allowed);
        extend(&mut self.refused, &other.refused);
    }

    pub fn is_empty(&self) -> bool {
        self.allowed.is_empty()
    }

    /// Returns the sources that the policy contains.
    pub(super) fn allowed(&self) -> Self {
        Self { allowed: self.allowed.clone(), refused: Sources::new() }
    }

    /// Replaces directives of the policy, as `web.csp` sets them.
    #[must_use]
    pub(crate) fn replacing(mut self, directives: &[(String, String)]) -> Self {
        let replaced =
            |(name, sources): &(String, String)| (format!("{name}{REPLACES}"), [sources.clone()].into());
        self.allowed.extend(directives.iter().map(replaced));
        self
    }

    fn replaced(&self, name: &str) -> Option<&str> {
        self.allowed.get(&format!("{name}{REPLACES}"))?.first().map(String::as_str)
    }

    /// Returns the directives that only `web.csp` sets.
    pub(super) fn more_directives(&self, usual: &[&str]) -> Vec<String> {
        let names = self.allowed.keys().filter_map(|key| key.strip_suffix(REPLACES));
        names.filter(|name| !usual.contains(name)).map(|name| self.directive(name, &[])).collect()
    }

    /// Returns what the page loads and the policy blocks: the directive and the sources. `scripts` are the hashes of the
    /// inline scripts.
    pub(crate) fn blocked(&self, scripts: &[String]) -> Vec<(String, String)> {
        let mut needed = self.allowed.clone();
        needed.entry(SCRIPT.to_owned()).or_default().extend(scripts.iter().cloned());
        needed.retain(|name, _| self.replaced(name).is_some());
        extend(&mut needed, &self.refused);
        let blocked = |(name, sources): (String, BTreeSet<String>)| {
            let allowed: Vec<&str> = self.replaced(&name).unwrap_or_default().split_whitespace().collect();
            let sources: Vec<_> = sources.into_iter().filter(|source| !allows(&allowed, source)).collect();
            (!sources.is_empty()).then(|| (name, sources.join(" ")))
        };
        needed.into_iter().filter_map(blocked).collect()
    }

    /// Returns a directive: the one of `web.csp`, or else its usual sources, then those of the page.
    pub(super) fn directive(&self, name: &str, usual: &[&str]) -> String {
        if let Some(sources) = self.replaced(name) {
            return format!("{name} {sources}");
        }
        let own = self.allowed.get(name).into_iter().flatten().map(String::as_str);
        std::iter::once(name).chain(usual.iter().copied()).chain(own).collect::<Vec<_>>().join(" ")
    }

    /// Returns a directive that only some pages need.
    pub(super) fn optional_directive(&self, name: &str, usual: &[&str]) -> Option<String> {
        let is_used = self.allowed.contains_key(name) || self.replaced(name).is_some();
        is_used.then(|| self.directive(name, usual))
    }

    /// Returns the sources of each directive, for a plan.
    pub(crate) fn shown(&self) -> BTreeMap<String, String> {
        let joined = |sources: &BTreeSet<String>| sources.iter().cloned().collect::<Vec<_>>().join(" ");
        let named = |key: &String| match key.strip_suffix(REPLACES) {
            Some(directive) => format!("{directive} (web.csp)"),
            None => key.clone(),
        };
        self.allowed.iter().map(|(key, sources)| (named(key), joined(sources))).collect()
    }
}

fn extend(all: &mut Sources, more: &Sources) {
    for (directive, sources) in more {
        all.entry(directive.clone()).or_default().extend(sources.iter().cloned());
    }
}

/// Returns whether a list of sources allows one.
fn allows(allowed: &[&str], source: &str) -> bool {
    let is_host = source.starts_with("https://");
    let covers = |each: &&str| {
        *each == source
            || (is_host && (["*", "https:"].contains(each) || covers_host(each, source)))
            || (*each == "'unsafe-inline'" && source.starts_with('\''))
    };
    allowed.iter().any(covers)
}

/// Returns whether a source, such as `*.example.com`, covers a host. A source with a path counts as covering its host.
fn covers_host(source: &str, host: &str) -> bool {
    let (source, host) = (source.trim_start_matches("https://"), host.trim_start_matches("https://"));
    let source = source.split('/').next().unwrap_or_default();
    match source.strip_prefix('*') {
        Some(ending) => ending.starts_with('.') && host.ends_with(ending),
        None => source == host,
    }
}

/// Returns the origin of an address on another host. Unencrypted addresses stay blocked.
fn host(url: &str) -> Option<String> {
    let rest = url.trim().strip_prefix("https://").or_else(|| url.trim().strip_prefix("//"))?;
    let host = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    let is_valid = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
    (!host.is_empty() && host.chars().all(is_valid)).then(|| format!("https://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sources: &PageSources) -> String {
        let lines: Vec<_> =
            sources.shown().iter().map(|(directive, sources)| format!("{directive} {sources}")).collect();
        lines.join("\n") + "\n"
    }

    #[test]
    fn styles_images_and_fonts_of_a_page_are_found() {
        let html = "<link rel=stylesheet href='https://fonts.googleapis.com/css2?family=X'>\
            <link rel=icon href=//cdn.example/i.png><style>a { color: red }</style>\
            <img src=https://img.example/a.png srcset='/b.png 1x, https://big.example/c.png 2x'>\
            <p style=\"background: url('https://bg.example/x.jpg')\">";
        insta::assert_snapshot!(shown(&PageSources::of_page(html.as_bytes())), @"
        font-src https://fonts.gstatic.com
        img-src https://bg.example https://big.example https://cdn.example https://img.example
        style-src 'sha256-LHvAPItmcc9l4w10oslyz6Nh8tFuoEH5lssCs9WdKIE=' https://fonts.googleapis.com
        style-src-attr 'unsafe-inline'
        ");
    }

    #[test]
    fn hosts_of_a_style_sheet_are_found() {
        let css = "@import url(https://css.example/x.css); @font-face { src: url(\"https://f.example/a.woff2?v=1\"), \
            url(data:font/woff2;base64,AA) } b { background: url(/own.png) url(http://plain.example/x.png) }";
        insta::assert_snapshot!(shown(&PageSources::of_style_sheet(css.as_bytes())), @"
        font-src data: https://f.example
        style-src https://css.example
        ");
    }

    #[test]
    fn scripts_and_frames_of_other_sites_are_blocked_unless_the_owner_allows_them() {
        let html = "<script src=https://cdn.example/x.js></script><iframe src=//video.example/1></iframe>\
            <img src=https://img.example/a.png><button onclick='go()'><script src=/own.js></script>";
        let sources = PageSources::of_page(html.as_bytes());
        assert_eq!(shown(&sources), "img-src https://img.example\n");
        assert_eq!(serde_json::to_string(&sources).unwrap(), "{\"img-src\":[\"https://img.example\"]}");
        let blocked = |sources: &PageSources| {
            let blocked = sources.blocked(&["'sha256-x'".to_owned()]).into_iter();
            blocked.map(|(name, sources)| format!("{name} {sources}")).collect::<Vec<_>>()
        };
        let all = [
            "frame-src https://video.example",
            "script-src https://cdn.example",
            "script-src-attr 'unsafe-inline'",
        ];
        assert_eq!(blocked(&sources), all);
        assert_eq!(sources.directive("script-src", &["'self'"]), "script-src 'self'");
        let csp = [
            ("script-src", "'self' https://*.example"),
            ("script-src-attr", "'unsafe-inline'"),
            ("frame-src", "https:"),
            ("img-src", "'self'"),
        ];
        let csp = csp.map(|(name, sources)| (name.to_owned(), sources.to_owned()));
        let sources = sources.replacing(&csp);
        assert_eq!(blocked(&sources), ["img-src https://img.example", "script-src 'sha256-x'"]);
        assert_eq!(sources.directive("img-src", &["'self'", "data:"]), "img-src 'self'");
        let more = ["frame-src https:", "script-src-attr 'unsafe-inline'"];
        assert_eq!(sources.more_directives(&["img-src", "script-src"]), more);
        assert!(shown(&sources).starts_with("frame-src (web.csp) https:\nimg-src https://img.example\n"));
        let stored = serde_json::to_string(&sources).unwrap();
        assert_eq!(serde_json::from_str::<PageSources>(&stored).unwrap(), sources.allowed());
    }

    #[test]
    fn a_page_of_its_own_files_needs_no_sources() {
        let html =
            "<link rel=stylesheet href=/a.css><img src=/b.png><script>style = 1</script><p title=\"style\">";
        assert!(PageSources::of_page(html.as_bytes()).is_empty());
        for url in ["https://a b/x", "https:///x", "javascript:1", "https://a.example;script-src *"] {
            assert_eq!(host(url), None, "{url}");
        }
    }
}
