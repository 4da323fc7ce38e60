//! `config.json`: what the page is told about its owner, from the environment's file and the owner's own facts.

use serde_json::{Map, Value, json};

use super::WebBundle;
use crate::spec::Web;

const KEY: &str = "config.json";

const NAMES: [&str; 2] = ["name", "full_name"];
/// Facts that are addresses, and what the link is called.
const LINKS: [(&str, &str); 6] = [
    ("website", "Website"),
    ("homepage", "Website"),
    ("linkedin", "LinkedIn"),
    ("linkedin_url", "LinkedIn"),
    ("github", "GitHub"),
    ("github_url", "GitHub"),
];

/// The page with `config.json` and the picture of its owner, unless it brings its own.
pub fn introduced(bundle: &WebBundle, web: &Web, facts: Option<&Value>) -> WebBundle {
    let picture = web.avatar.as_ref().and_then(|path| {
        let ending = path.extension()?.to_str()?.to_lowercase();
        Some((format!("avatar.{ending}"), std::fs::read(path).ok()?))
    });
    let avatar = picture.as_ref().map(|(key, _)| key.as_str());
    let introduced = bundle.clone().with(KEY, page_config(web, avatar, facts));
    match picture {
        Some((key, bytes)) => introduced.with(&key, bytes),
        None => introduced,
    }
}

/// The text of the file. What the environment says goes before the facts.
fn page_config(web: &Web, avatar: Option<&str>, facts: Option<&Value>) -> Vec<u8> {
    let fact = |keys: &[&str]| keys.iter().find_map(|key| facts?.get(key)?.as_str()).map(str::to_owned);
    let links = if web.links.is_empty() { known_links(facts) } else { web.links.clone() };
    let links: Vec<_> = links.into_iter().map(|(label, url)| json!({ "label": label, "url": url })).collect();
    let text = |text: &Option<String>| text.clone().map(Value::String);
    let some = |value: Value| value.as_array().is_some_and(|list| !list.is_empty()).then_some(value);
    let said = [
        ("name", fact(&NAMES).map(Value::String)),
        ("title", text(&web.title)),
        ("greeting", text(&web.greeting)),
        ("suggestions", some(json!(web.suggestions))),
        ("avatar", avatar.map(|avatar| json!(avatar))),
        ("accent", web.accent.as_ref().map(|accent| json!(accent.as_str()))),
        ("languages", some(json!(web.languages))),
        ("links", some(json!(links))),
        ("privacy", text(&web.privacy)),
    ];
    let config: Map<_, _> =
        said.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
    format!("{:#}\n", Value::Object(config)).into_bytes()
}

/// Addresses that the owner's facts give, each link once.
fn known_links(facts: Option<&Value>) -> Vec<(String, String)> {
    let mut links: Vec<(String, String)> = Vec::new();
    for (key, label) in LINKS {
        let Some(url) = facts.and_then(|facts| facts.get(key)).and_then(Value::as_str).and_then(address)
        else {
            continue;
        };
        if links.iter().all(|(known, _)| known != label) {
            links.push((label.to_owned(), url));
        }
    }
    links
}

/// `ada.example` is written as well as `https://ada.example`.
fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let bare = text.contains('.') && !text.contains([' ', '@', ':']);
    match text {
        _ if text.starts_with("https://") || text.starts_with("http://") => Some(text.to_owned()),
        _ if bare => Some(format!("https://{text}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn web() -> Web {
        Web {
            bundle: PathBuf::new(),
            title: None,
            greeting: None,
            suggestions: vec![],
            accent: None,
            avatar: None,
            links: vec![],
            privacy: None,
            languages: vec![],
            rewrite_api: None,
            frame_ancestors: vec![],
        }
    }

    fn read(web: &Web, avatar: Option<&str>, facts: &Value) -> Value {
        serde_json::from_slice(&page_config(web, avatar, Some(facts))).unwrap()
    }

    #[test]
    fn facts_fill_in_what_the_environment_does_not_say() {
        let facts = json!({
            "full_name": "Ada Example", "current_role": "Cartographer", "linkedin": "linkedin.example/in/ada",
            "github": "https://github.example/ada", "website": 7, "phone": "+1 555 0100", "email": "ada@ada.example",
        });
        assert_eq!(
            read(&web(), None, &facts),
            json!({
                "name": "Ada Example",
                "links": [
                    {"label": "LinkedIn", "url": "https://linkedin.example/in/ada"},
                    {"label": "GitHub", "url": "https://github.example/ada"},
                ],
            })
        );
        let said = Web {
            title: Some("Ada's twin".to_owned()),
            links: vec![("Blog".to_owned(), "https://blog.example".to_owned())],
            languages: vec!["de".parse().unwrap()],
            ..web()
        };
        let config = read(&said, Some("avatar.png"), &facts);
        assert_eq!(config["title"], "Ada's twin");
        assert_eq!(config["avatar"], "avatar.png");
        assert_eq!(config["links"], json!([{"label": "Blog", "url": "https://blog.example"}]));
    }

    #[test]
    fn nothing_said_and_nothing_known_is_an_empty_object() {
        assert_eq!(page_config(&web(), None, None), b"{}\n");
        assert_eq!(read(&web(), None, &json!(["not an object"])), json!({}));
    }
}
