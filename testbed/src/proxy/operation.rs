//! The service and operation of a request.

use hyper::body::Bytes;
use hyper::http::request::Parts;

/// Returns the service in the signature: `AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, …`.
pub(super) fn service(request: &Parts) -> String {
    let signature = text(request, "authorization");
    let scope = signature.split("Credential=").nth(1).unwrap_or_default();
    scope.split('/').nth(3).unwrap_or_default().to_owned()
}

/// Returns the time of the signature.
pub(super) fn signed_at(request: &Parts) -> String {
    text(request, "x-amz-date").to_owned()
}

/// Whether twin-lambda sent a call. It signs its calls, but unlike the SDK it sends no user agent.
pub(super) fn is_of_function(request: &Parts) -> bool {
    !service(request).is_empty() && text(request, "user-agent").is_empty()
}

/// Returns the name of the operation, if the protocol has one. Otherwise returns method and path, with `{}` instead
/// of names.
pub(super) fn operation(request: &Parts, body: &Bytes, service: &str) -> String {
    if let Some(target) = text(request, "x-amz-target").rsplit('.').next().filter(|name| !name.is_empty()) {
        return target.to_owned();
    }
    if let Some(action) = form_action(body) {
        return action;
    }
    let path = if service == "s3" { s3_pattern(request) } else { rest_pattern(request.uri.path()) };
    format!("{} {path}", request.method)
}

fn text<'a>(request: &'a Parts, header: &str) -> &'a str {
    request.headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Returns the operation in the query protocol of IAM and STS: `Action=CreateRole&…`.
fn form_action(body: &Bytes) -> Option<String> {
    let action = body.strip_prefix(b"Action=")?;
    let name = action.split(|byte| *byte == b'&').next()?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// Returns `/{bucket}/{key}`, with the parameters that select another operation (`?versioning`).
fn s3_pattern(request: &Parts) -> String {
    let names: &[&str] = match request.uri.path().trim_matches('/').split_once('/') {
        None if request.uri.path() == "/" => &[],
        None => &["/{bucket}"],
        Some(_) => &["/{bucket}", "/{key}"],
    };
    let path = if names.is_empty() { "/".to_owned() } else { names.concat() };
    let query = request.uri.query().unwrap_or_default().split('&');
    let part =
        query.map(|pair| pair.split('=').next().unwrap_or_default()).find(|name| is_sub_resource(name));
    part.map_or_else(|| path.clone(), |name| format!("{path}?{name}"))
}

/// Returns whether a parameter selects an operation. Paging and tracing parameters do not.
fn is_sub_resource(parameter: &str) -> bool {
    const NOT: [&str; 9] = [
        "",
        "x-id",
        "prefix",
        "delimiter",
        "max-keys",
        "marker",
        "continuation-token",
        "start-after",
        "encoding-type",
    ];
    !NOT.contains(&parameter)
}

/// Replaces names in a REST path, which consists of a version, then alternately of collections and names:
/// `/v2/apis/{}/routes/{}`. Paths of the first version of API Gateway have no version: `/restapis/{}/stages/{}`.
fn rest_pattern(path: &str) -> String {
    let path = path.trim_matches('/');
    let has_version = !["restapis", "tags"].iter().any(|collection| path.starts_with(collection));
    let segments = path.split('/').zip(usize::from(!has_version)..);
    let shown = segments.map(|(segment, place)| if place > 0 && place % 2 == 0 { "{}" } else { segment });
    format!("/{}", shown.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn name(request: hyper::http::request::Builder, body: &'static str) -> String {
        let (parts, body) = request.body(Bytes::from_static(body.as_bytes())).unwrap().into_parts();
        let service = service(&parts);
        format!("{service}: {}", operation(&parts, &body, &service))
    }

    fn signed(service: &str, method: &str, path: &str) -> hyper::http::request::Builder {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=1234/20260101/eu-west-1/{service}/aws4_request, SignedHeaders="
        );
        Request::builder().method(method).uri(path).header("Authorization", scope)
    }

    #[test]
    fn calls_of_the_function_are_signed_and_have_no_user_agent() {
        let sent_by_function = |request: hyper::http::request::Builder| {
            is_of_function(&request.body(()).unwrap().into_parts().0)
        };
        assert!(sent_by_function(signed("s3", "GET", "/data")));
        assert!(!sent_by_function(signed("s3", "GET", "/data").header("User-Agent", "aws-sdk-rust/1")));
        assert!(!sent_by_function(Request::get("/api/health")));
    }

    #[test]
    fn operations_are_named_by_protocol() {
        let table = [
            (
                name(
                    signed("dynamodb", "POST", "/").header("X-Amz-Target", "DynamoDB_20120810.PutItem"),
                    "{}",
                ),
                "dynamodb: PutItem",
            ),
            (name(signed("iam", "POST", "/"), "Action=CreateRole&Version=2010-05-08"), "iam: CreateRole"),
            (name(signed("s3", "GET", "/"), ""), "s3: GET /"),
            (name(signed("s3", "PUT", "/pages/"), ""), "s3: PUT /{bucket}"),
            (name(signed("s3", "PUT", "/pages?versioning"), ""), "s3: PUT /{bucket}?versioning"),
            (name(signed("s3", "GET", "/pages?list-type=2&prefix=a"), ""), "s3: GET /{bucket}?list-type"),
            (name(signed("s3", "PUT", "/pages/a/b.css?x-id=PutObject"), ""), "s3: PUT /{bucket}/{key}"),
            (
                name(signed("lambda", "PUT", "/2015-03-31/functions/twin/code"), ""),
                "lambda: PUT /2015-03-31/functions/{}/code",
            ),
            (
                name(signed("apigateway", "POST", "/v2/apis/a1b2/routes"), ""),
                "apigateway: POST /v2/apis/{}/routes",
            ),
            (
                name(signed("apigateway", "DELETE", "/restapis/a1b2/stages/live"), ""),
                "apigateway: DELETE /restapis/{}/stages/{}",
            ),
            (
                name(signed("cloudfront", "GET", "/2020-05-31/distribution"), ""),
                "cloudfront: GET /2020-05-31/distribution",
            ),
            (name(Request::get("/api/chat"), ""), ": GET /api/chat"),
        ];
        for (found, expected) in table {
            assert_eq!(found, expected);
        }
    }
}
