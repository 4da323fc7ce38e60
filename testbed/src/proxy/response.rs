//! Responses of the proxy, and errors in the format of each service.

use anyhow::Result;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::Response;
use hyper::body::Bytes;

pub(super) type Answer = Response<BoxBody<Bytes, hyper::Error>>;

pub(super) fn whole(body: Bytes) -> BoxBody<Bytes, hyper::Error> {
    Full::new(body).map_err(|never| match never {}).boxed()
}

/// Returns the response of `service` for the error `code`.
pub(super) fn refusal(service: &str, status: u16, code: &str) -> Result<Answer> {
    let message = "refused by the proxy";
    let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let (kind, body) = match service {
        "s3" => ("application/xml", error),
        "iam" | "sts" | "sns" | "cloudfront" => {
            ("text/xml", format!("<ErrorResponse>{error}<RequestId>proxy</RequestId></ErrorResponse>"))
        }
        _ => ("application/json", format!(r#"{{"__type":"{code}","message":"{message}"}}"#)),
    };
    let answer =
        Response::builder().status(status).header("content-type", kind).header("x-amzn-errortype", code);
    Ok(answer.body(whole(Bytes::from(body)))?)
}
