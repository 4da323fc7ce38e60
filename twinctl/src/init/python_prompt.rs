//! The system prompt in the Python code of an existing twin, converted to a template with our placeholders.

use std::path::{Path, PathBuf};

use super::terraform;

/// Files that may contain the prompt. The first one with a prompt is used.
const PLACES: [&str; 10] = [
    "backend/context.py",
    "context.py",
    "backend/prompt.py",
    "backend/prompts.py",
    "backend/lambda_handler.py",
    "backend/server.py",
    "backend/main.py",
    "backend/app.py",
    "app.py",
    "main.py",
];
/// The length from which a text is a prompt.
const SHORTEST: usize = 200;
/// The expressions of existing twins, and our placeholders.
const EXPRESSIONS: [(&str, &[&str]); 6] = [
    ("full_name", &["full_name", "self.full_name", "self.name", "facts[full_name]"]),
    ("name", &["name", "facts[name]"]),
    (
        "facts",
        &["facts", "formatted_facts", "self.facts", "json.dumps(facts)", "json.dumps(facts, indent=2)"],
    ),
    ("summary", &["summary", "self.summary", "me"]),
    ("linkedin", &["linkedin", "self.linkedin", "resume", "self.resume", "cv"]),
    ("style", &["style", "self.style", "communication_style"]),
];

/// A prompt that was found in code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PythonPrompt {
    pub file: PathBuf,
    /// The template, or the reason why it could not be converted.
    pub template: Result<String, String>,
}

impl PythonPrompt {
    pub(super) fn find(root: &Path) -> Option<Self> {
        PLACES.iter().find_map(|place| {
            let template = convert(&terraform::text(&root.join(place))?)?;
            Some(Self { file: PathBuf::from(place), template })
        })
    }
}

/// Converts the prompt of a Python file. Returns `None` if the file has none.
fn convert(code: &str) -> Option<Result<String, String>> {
    let code = code.replace("\r\n", "\n");
    let longest = literals(&code).into_iter().filter(is_prompt).max_by_key(|literal| literal.text.len());
    let Some(literal) = longest else {
        let is_built = code.lines().any(assigns_prompt);
        return is_built.then(|| Err("it is put together by code".to_owned()));
    };
    let text = if literal.is_formatted { template(literal.text) } else { Ok(literal.text.to_owned()) };
    let text = text.and_then(|text| match tool(&text) {
        Some(tool) => Err(format!("it tells the model to call {tool}, but the twin has no such tools")),
        None => Ok(text),
    });
    Some(text.map(|text| format!("{}\n", text.trim())))
}

fn assigns_prompt(line: &str) -> bool {
    let (name, behind) = line.trim_start().split_once(['=', '+']).unwrap_or_default();
    name.trim() == "system_prompt" && behind.contains(['"', '\''])
}

/// Returns the files that seem to contain a prompt.
pub(super) fn files_with_prompts(python: &[(PathBuf, String)]) -> Vec<PathBuf> {
    let found = python.iter().filter(|(_, code)| seems_to_contain_prompt(code));
    found.map(|(path, _)| path.clone()).collect()
}

fn seems_to_contain_prompt(code: &str) -> bool {
    let is_long = |literal: &Literal<'_>| {
        literal.text.len() >= SHORTEST
            && ["You are ", "digital twin"].iter().any(|words| literal.text.contains(words))
    };
    // A text in single quotes.
    let begins = |line: &str| {
        let is_comment = line.trim_start().starts_with('#');
        let is_quoted = |before: &str| {
            ["\"", "'"].iter().any(|quote| before.ends_with(*quote) && !before.ends_with(&quote.repeat(2)))
        };
        !is_comment && line.match_indices("You are ").any(|(at, _)| is_quoted(&line[..at]))
    };
    literals(code).iter().any(is_long) || code.lines().any(|line| assigns_prompt(line) || begins(line))
}

/// Returns the tool that a prompt tells the model to call, if there is one.
fn tool(text: &str) -> Option<String> {
    let names = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut names = names.filter(|name| name.trim_matches('_').contains('_'));
    let is_called = |name: &&str| {
        let forms =
            [format!("{name}("), format!("`{name}`"), format!("{name} tool"), format!("{name} function")];
        forms.iter().any(|form| text.contains(form))
    };
    let tool = names.find(is_called).map(|name| format!("`{name}`"));
    tool.or_else(|| text.contains("following tools").then(|| "tools".to_owned()))
}

struct Literal<'c> {
    text: &'c str,
    is_formatted: bool,
}

/// Returns the texts in triple quotes.
fn literals(code: &str) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some((quote, at)) = ["\"\"\"", "'''"]
        .iter()
        .filter_map(|quote| Some((*quote, rest.find(quote)?)))
        .min_by_key(|(_, at)| *at)
    {
        let before = rest[..at].trim_end_matches(['r', 'R']);
        let behind = &rest[at + quote.len()..];
        let Some(end) = behind.find(quote) else { break };
        found.push(Literal { text: &behind[..end], is_formatted: before.ends_with(['f', 'F']) });
        rest = &behind[end + quote.len()..];
    }
    found
}

fn is_prompt(literal: &Literal<'_>) -> bool {
    let words =
        ["{name}", "{full_name}", "{summary}", "{linkedin}", "{facts}", "twin", "persona", "self.name"];
    literal.text.len() >= SHORTEST && words.iter().any(|word| literal.text.contains(word))
}

/// Replaces the expressions of an f-string by our placeholders. Fails with an expression that has none.
fn template(text: &str) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            filled.push_str(&rest[..1]);
            rest = behind;
            continue;
        }
        let end = rest.find('}').filter(|_| rest.starts_with('{')).ok_or("its braces are not balanced")?;
        let expression = &rest[1..end];
        let placeholder = placeholder(expression);
        let placeholder =
            placeholder.ok_or_else(|| format!("`{{{}}}` has no equivalent", expression.trim()))?;
        filled.extend(["{", placeholder, "}"]);
        rest = &rest[end + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

fn placeholder(expression: &str) -> Option<&'static str> {
    let expression = expression.trim().replace(['"', '\''], "");
    if expression.starts_with("datetime")
        || ["current_datetime", "now", "today"].contains(&expression.as_str())
    {
        return Some("current_datetime");
    }
    let known = EXPRESSIONS.iter().find(|(_, expressions)| expressions.contains(&expression.as_str()));
    known.map(|(placeholder, _)| *placeholder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(prompt: &str) -> String {
        let padding = "You stay polite, and you never invent anything about them. ".repeat(4);
        format!(
            "\"\"\"The context of the twin.\"\"\"\nfrom resources import facts\n\ndef prompt():\n    return f\"\"\"\n{prompt}\n{padding}\n\"\"\"\n"
        )
    }

    #[test]
    fn a_formatted_prompt_becomes_a_template() {
        let written = code(
            "You are the twin of {full_name}, called {name}.\n{facts}\n{summary}\n{linkedin}\n{style}\n\
             It is {datetime.now().strftime(\"%Y-%m-%d\")}. JSON has {{braces}}.",
        );
        let template = convert(&written).unwrap().unwrap();
        let expected = "You are the twin of {full_name}, called {name}.\n{facts}\n{summary}\n{linkedin}\n{style}\n\
                        It is {current_datetime}. JSON has {braces}.\n";
        assert!(template.starts_with(expected), "{template}");
        assert!(template.ends_with("about them.\n"));
    }

    #[test]
    fn a_prompt_with_unknown_expressions_is_not_converted() {
        assert_eq!(
            convert(&code("The twin of {name} knows {load_projects()}.")),
            Some(Err("`{load_projects()}` has no equivalent".to_owned()))
        );
        assert_eq!(
            convert(&code("The twin of {name} } x")),
            Some(Err("its braces are not balanced".to_owned()))
        );
        let concatenated =
            "system_prompt = f\"You are {self.name}.\"\nsystem_prompt += f\"{self.summary}\"\n";
        assert_eq!(convert(concatenated), Some(Err("it is put together by code".to_owned())));
    }

    #[test]
    fn a_prompt_that_calls_tools_is_not_converted() {
        for (words, tool) in [
            ("Use the `rag_search` tool.", "`rag_search`"),
            ("Call record_user_details(email=x).", "`record_user_details`"),
            ("Use your record_unknown_question tool.", "`record_unknown_question`"),
            ("You have access to the following tools: search.", "tools"),
        ] {
            let reason = format!("it tells the model to call {tool}, but the twin has no such tools");
            assert_eq!(convert(&code(&format!("The twin of {{name}}. {words}"))), Some(Err(reason)));
        }
        let harmless = code("The twin of {full_name} knows many tools and writes snake_case names.");
        assert!(convert(&harmless).unwrap().is_ok());
    }

    #[test]
    fn prompts_are_found_in_any_file() {
        let long = format!("\"\"\"You are Ada's avatar. {}\"\"\"\n", "You stay polite. ".repeat(20));
        for code in [
            long.as_str(),
            "x = f\"You are acting as {name}\"",
            "system_prompt = 'Tu es'",
            "  system_prompt += \"x\"",
        ] {
            assert!(seems_to_contain_prompt(code), "{code}");
        }
        for code in [
            "",
            "\"\"\"You are reading a docstring.\"\"\"",
            "# \"You are a comment\"",
            "x = 'Are you there?'",
        ] {
            assert!(!seems_to_contain_prompt(code), "{code}");
        }
    }

    #[test]
    fn other_code_has_no_prompt() {
        for other in [
            "",
            "x = 1\n",
            "\"\"\"A docstring about a twin.\"\"\"\n",
            "sql = '''SELECT 1'''",
            "f\"\"\"unbalanced",
        ] {
            assert_eq!(convert(other), None, "{other}");
        }
    }
}
