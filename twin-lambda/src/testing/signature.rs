//! Requests that botocore signed, in `signatures.json`. `twinctl/tests/aws/deploy/conformance/twin_lambda.rs` asks botocore for them again.

use http::Request;
use serde_json::Value;

use crate::aws::{Aws, AwsRequest};
use crate::client::HttpClient;
use crate::config::Config;

/// Returns the requests of a client of botocore (`s3`, `bedrock-runtime`).
pub(crate) fn cases(client: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(include_str!("signatures.json")).unwrap();
    all.into_iter().filter(|case| case["client"] == client).collect()
}

/// Returns a client in the region and with the credentials of a case.
pub(crate) fn aws(case: &Value) -> Aws {
    let mut environment = vec![
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", case["region"].as_str().unwrap()),
    ];
    environment.extend(case["token"].as_str().map(|token| ("AWS_SESSION_TOKEN", token)));
    let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Aws::new(HttpClient::new(None).unwrap(), Config::read(&environment.collect()).unwrap().aws)
}

/// Signs a request at the time of the case, and compares URL and signature with botocore's.
pub(crate) fn check(case: &Value, aws: &Aws, request: AwsRequest) {
    let time: jiff::Timestamp = format!("{}Z", case["time"].as_str().unwrap()).parse().unwrap();
    let signed: Request<_> = aws.sign(request, time.into()).unwrap();
    let authorization = signed.headers()["authorization"].to_str().unwrap();
    assert_eq!(signed.uri().to_string(), case["url"].as_str().unwrap());
    assert_eq!(authorization, case["authorization"].as_str().unwrap(), "{case}");
}
