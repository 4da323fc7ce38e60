//! Generates the page's `config.json` from the environment file and the facts of the data files.

use serde_json::{Map, Value, json};

use super::WebBundle;
use crate::spec::Web;

const KEY: &str = "config.json";

const NAMES: [&str; 2] = ["name", "full_name"];
/// Facts that contain URLs, with the labels of their links.
const LINKS: [(&str, &str); 6] = [
    ("website", "Website"),
    ("homepage", "Website"),
    ("linkedin", "LinkedIn"),
    ("linkedin_url", "LinkedIn"),
    ("github", "GitHub"),
    ("github_url", "GitHub"),
];

/// Adds `config.json` and the avatar to the page, unless it already has these files.
pub fn with_page_config(bundle: &WebBundle, web: &Web, facts: Option<&Value>) -> WebBundle {
    let avatar_file = web.avatar.as_ref().and_then(|path| {
        let extension = path.extension()?.to_str()?.to_lowercase();
        Some((format!("avatar.{extension}"), std::fs::read(path).ok()?))
    });
    let avatar = avatar_file.as_ref().map(|(key, _)| key.as_str());
    let configured = bundle.clone().with(KEY, page_config(web, avatar, facts));
    match avatar_file {
        Some((key, bytes)) => configured.with(&key, bytes),
        None => configured,
    }
}

/// Returns the content of `config.json`. The environment file overrides the facts.
fn page_config(web: &Web, avatar: Option<&str>, facts: Option<&Value>) -> Vec<u8> {
    let fact = |keys: &[&str]| keys.iter().find_map(|key| facts?.get(key)?.as_str()).map(str::to_owned);
    let links = if web.links.is_empty() { links_from_facts(facts) } else { web.links.clone() };
    let links: Vec<_> = links.into_iter().map(|(label, url)| json!({ "label": label, "url": url })).collect();
    let text = |text: &Option<String>| text.clone().map(Value::String);
    let some = |value: Value| value.as_array().is_some_and(|list| !list.is_empty()).then_some(value);
    let fields = [
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
        fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
    format!("{:#}\n", Value::Object(config)).into_bytes()
}

/// Returns the links in the facts, at most one for each label.
fn links_from_facts(facts: Option<&Value>) -> Vec<(String, String)> {
    let mut links: Vec<(String, String)> = Vec::new();
    for (key, label) in LINKS {
        let Some(url) = facts.and_then(|facts| facts.get(key)).and_then(Value::as_str).and_then(url) else {
            continue;
        };
        if links.iter().all(|(known, _)| known != label) {
            links.push((label.to_owned(), url));
        }
    }
    links
}

/// Returns the text as a URL. Accepts URLs without a scheme, such as `ada.example`.
fn url(text: &str) -> Option<String> {
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
            csp: vec![],
        }
    }

    fn read(web: &Web, avatar: Option<&str>, facts: &Value) -> Value {
        serde_json::from_slice(&page_config(web, avatar, Some(facts))).unwrap()
    }

    #[test]
    fn the_environment_file_overrides_facts() {
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
        let configured = Web {
            title: Some("Ada's twin".to_owned()),
            links: vec![("Blog".to_owned(), "https://blog.example".to_owned())],
            languages: vec!["de".parse().unwrap()],
            ..web()
        };
        let config = read(&configured, Some("avatar.png"), &facts);
        assert_eq!(config["title"], "Ada's twin");
        assert_eq!(config["avatar"], "avatar.png");
        assert_eq!(config["links"], json!([{"label": "Blog", "url": "https://blog.example"}]));
    }

    #[test]
    fn without_settings_and_facts_the_config_is_an_empty_object() {
        assert_eq!(page_config(&web(), None, None), b"{}\n");
        assert_eq!(read(&web(), None, &json!(["not an object"])), json!({}));
    }
}
