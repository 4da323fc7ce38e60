//! The paths function: serves the file `about.html` for the path `/about`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Returns the code of the function that maps paths to files. The function cannot check which files exist, so it uses a
/// rule that holds for static exports, and a list of exceptions.
pub(super) fn code(exceptions: &BTreeMap<String, String>, redirect: Option<&Redirect>) -> String {
    let exceptions = serde_json::json!(exceptions);
    let (query, redirect) = redirect.map(redirect_code).unwrap_or_default();
    format!(
        "const exceptions = {exceptions};
{query}
function handler(event) {{
  const request = event.request;
  const uri = request.uri;
{redirect}  if (exceptions[uri]) {{
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

/// A hostname that redirects to another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// Returns the helper function and the statement for a redirect. Path and query are not encoded again, because CloudFront
/// passes them encoded.
fn redirect_code(Redirect { from, to }: &Redirect) -> (String, String) {
    let statement = format!(
        "  if (request.headers.host && request.headers.host.value === '{from}') {{
    const location = 'https://{to}' + uri + query(request.querystring);
    return {{ statusCode: 301, statusDescription: 'Moved Permanently', headers: {{ location: {{ value: location }} }} }};
  }}
"
    );
    (QUERY.to_owned(), statement)
}
