//! Pretty paths: `/about` is the file `about.html`, without an error page for everything.

use std::collections::BTreeMap;

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
