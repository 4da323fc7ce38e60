//! Pretty paths: `/about` is the file `about.html`, without an error page for everything.

use std::collections::{BTreeMap, BTreeSet};

/// The code of the function that runs in front of the bucket. It cannot look which files there are, so it goes by a rule,
/// which holds for every file of a static export, and by a list of what the rule would get wrong.
pub(super) fn code(exceptions: &BTreeMap<String, String>, redirect: Option<&Redirect>) -> String {
    let exceptions = serde_json::json!(exceptions);
    let (leading, lead_on) = redirect.map(leading_on).unwrap_or_default();
    format!(
        "const exceptions = {exceptions};
{leading}
function handler(event) {{
  const request = event.request;
  const uri = request.uri;
{lead_on}  if (exceptions[uri]) {{
    request.uri = exceptions[uri];
  }} else if (uri.endsWith('/')) {{
    request.uri = uri + 'index.html';
  }} else if (uri.lastIndexOf('.') < uri.lastIndexOf('/')) {{
    request.uri = uri + '.html';
  }}
  return request;
}}
"
    )
}

/// A name that only leads to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    pub from: String,
    pub to: String,
}

const QUERY: &str = "
function query(parameters) {
  const pairs = [];
  for (const name in parameters) {
    const given = parameters[name];
    for (const each of given.multiValue || [given]) {
      pairs.push(each.value === '' ? name : name + '=' + each.value);
    }
  }
  return pairs.length > 0 ? '?' + pairs.join('&') : '';
}
";

/// Path and query stay as they are: CloudFront hands them over encoded.
fn leading_on(Redirect { from, to }: &Redirect) -> (String, String) {
    let lead_on = format!(
        "  if (request.headers.host && request.headers.host.value === '{from}') {{
    const location = 'https://{to}' + uri + query(request.querystring);
    return {{ statusCode: 301, statusDescription: 'Moved Permanently', headers: {{ location: {{ value: location }} }} }};
  }}
"
    );
    (QUERY.to_owned(), lead_on)
}

/// What the rule gets wrong for these files (keys without a leading slash): a folder's page that is asked for without the
/// slash at the end, and a file whose name has no ending.
pub fn exceptions<'a>(files: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let files: BTreeSet<&str> = files.into_iter().collect();
    let mut exceptions = BTreeMap::new();
    for file in &files {
        if let Some(folder) = file.strip_suffix("/index.html") {
            if !files.contains(format!("{folder}.html").as_str()) && !files.contains(folder) {
                exceptions.insert(format!("/{folder}"), format!("/{file}"));
            }
        } else if !file.rsplit('/').next().unwrap_or(file).contains('.') {
            exceptions.insert(format!("/{file}"), format!("/{file}"));
        }
    }
    exceptions
}

#[cfg(test)]
mod tests {
    use super::exceptions;

    #[test]
    fn only_what_the_rule_gets_wrong() {
        let files =
            ["index.html", "about.html", "docs/index.html", "both.html", "both/index.html", "LICENSE"];
        let found: Vec<_> = exceptions(files).into_iter().collect();
        let expected = [("/LICENSE", "/LICENSE"), ("/docs", "/docs/index.html")];
        assert_eq!(found, expected.map(|(path, file)| (path.to_owned(), file.to_owned())));
    }
}
