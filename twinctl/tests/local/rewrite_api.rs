//! `web.rewrite_api`, for a page that was built to call another API.

use serde_json::Value;
use testbed::http::Response;

use super::twin::{ENVIRONMENT_FILE, Twin, binary, chat_at, get};

const CHUNK: &str = "_next/static/chunks/app/page-4f2a9c1b.js";
/// The format of a Next.js export that was built without an API address.
const SCRIPT: &str = r#"(self.webpackChunk_N_E=self.webpackChunk_N_E||[]).push([[974],{1:(e,t,n)=>{let r=n(9);async function s(e){let t=await fetch("".concat(r.env.NEXT_PUBLIC_API_URL||"http://localhost:8000","/chat"),{method:"POST"});return t.json()}}}]);"#;
const PAYLOAD: &str = r#"self.__next_f.push([1,"4:[\"$\",\"$L5\",null,{\"api\":\"https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com\"}]\n"])"#;

fn twin(rewrite_api: &str) -> Twin {
    let twin = Twin::new();
    let web = format!("web: {{ bundle: web{rewrite_api} }}");
    twin.replace(ENVIRONMENT_FILE, "web: { bundle: web }", &web);
    twin.write(
        "web/index.html",
        format!(
            "<!doctype html><title>Ada</title><script src=\"/{CHUNK}\"></script><script>{PAYLOAD}</script>"
        ),
    );
    twin.write(&format!("web/{CHUNK}"), SCRIPT);
    twin.write("web/map.js.map", SCRIPT);
    twin
}

/// Sends the request that the script would send: to the literal before `/chat`, followed by `/chat`.
fn call_api(url: &str, script: &str) -> Response {
    let (_, base) = script.split_once("NEXT_PUBLIC_API_URL||\"").unwrap();
    let (base, rest) = base.split_once('"').unwrap();
    let path = rest.strip_prefix(",\"").unwrap().split('"').next().unwrap();
    assert_eq!(base, "", "the page calls elsewhere");
    chat_at(url, &format!("{base}{path}"), "What is your email?")
}

#[testbed::test]
fn rewrite_api_true_makes_the_page_call_this_twin() {
    let twin = twin(", rewrite_api: true");
    let first = twin.deploy_with(&["--details"]).exits_with(0);
    first.reports("the page calls this twin instead of http://localhost:8000 (in _next/static/chunks/app/page-4f2a9c1b.js)");
    let url = first.url().to_owned();
    let served = get(&url, &format!("/{CHUNK}"));
    let answer = call_api(&url, &served.body).json();
    assert!(answer["response"].as_str().unwrap().contains("ada@ada.example"), "{answer}");
    assert_eq!(served.header("cache-control"), Some("no-cache"));

    let page = get(&url, "/");
    let (_, script) = page.body.split_once("</script><script>").unwrap();
    let script = script.strip_suffix("</script>").unwrap();
    assert!(script.contains(r#"{\"api\":\"\"}"#), "{script}");
    let allowed = source_expression(script);
    assert!(page.header("content-security-policy").unwrap().contains(&allowed), "{page:?}");
    // The plan shortens long values.
    first.reports(&format!("inline script.{}  {}", &allowed[8..20], &allowed[..30]));
    assert_eq!(get(&url, "/map.js.map").body, SCRIPT);

    twin.deploy().exits_with(0).reports("nothing to change");
}

#[testbed::test]
fn rewrite_api_false_leaves_the_page_unchanged_without_a_warning() {
    let twin = twin(", rewrite_api: false");
    let first = twin.deploy().exits_with(0);
    assert!(
        !first.stderr.contains("localhost:8000") && !first.stderr.contains("warning"),
        "{}",
        first.stderr
    );
    let served = get(first.url(), &format!("/{CHUNK}"));
    assert_eq!(served.body, SCRIPT);
    assert_eq!(served.header("cache-control"), Some("public, max-age=31536000, immutable"));
}

#[testbed::test]
fn without_rewrite_api_a_deploy_warns_about_the_addresses() {
    let twin = twin("");
    let first = twin.deploy().exits_with(0);
    first.reports("warning: the page was built to call http://localhost:8000 (in _next/static/chunks/app/page-4f2a9c1b.js)");
    first.reports("https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com (in index.html)");
    first.reports("`web.rewrite_api: true`");
    assert_eq!(get(first.url(), &format!("/{CHUNK}")).body, SCRIPT);

    let machine = twin.run(&["plan", "local", "--json", "--lambda-binary", binary()]).exits_with(0);
    let objects = machine.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let warning = objects.into_iter().find(|object| object["kind"] == "warning").unwrap();
    assert!(warning["message"].as_str().unwrap().contains("web.rewrite_api"), "{warning}");
}

#[testbed::test]
fn addresses_that_cannot_be_rewritten_are_reported_by_file() {
    let twin = twin(", rewrite_api: true");
    twin.write("web/a.js", "new URL('/chat','http://localhost:8000')");
    twin.write("web/b.js", "fetch('https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/chat')");
    let first = twin.deploy().exits_with(0);
    first.reports("warning: a.js keeps http://localhost:8000: it is used in `new URL(…)`");
    first.reports("warning: b.js keeps https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com: the twin has nothing at `/prod/chat`");
    assert_eq!(get(first.url(), "/a.js").body, "new URL('/chat','http://localhost:8000')");
}

/// Returns the CSP source expression of a script, as a browser computes it.
fn source_expression(script: &str) -> String {
    use sha2::{Digest as _, Sha256};
    format!("'sha256-{}'", aws_smithy_types::base64::encode(Sha256::digest(script)))
}
