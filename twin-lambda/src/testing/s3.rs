//! A stub of S3 with conditional writes, which can fail on request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};

use super::serve::serve;
use crate::body::Body;

#[derive(Clone, Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
    /// The number of requests that are answered with 503 before others succeed.
    pub(crate) failures: Arc<Mutex<u32>>,
    /// The method and path of each request, and the tags of the object that it writes.
    pub(crate) calls: Arc<Mutex<Vec<String>>>,
    /// The status and code of the next response, instead of the real one.
    pub(crate) refusal: Arc<Mutex<Option<(u16, &'static str)>>>,
    /// Whether requests with tags are answered with 403.
    pub(crate) forbids_tags: Arc<Mutex<bool>>,
}

/// Starts a stub and returns its URL. The first segment of each path is the bucket's name.
pub(crate) async fn bucket() -> (String, Bucket) {
    let bucket = Bucket::default();
    let served = bucket.clone();
    let url = serve(move |request| {
        let response = served.answer(&request);
        async move { response }
    })
    .await;
    (url, bucket)
}

/// Returns the settings of a twin that uses the stub at `url` for conversations and data files.
pub(crate) fn settings(url: &str) -> [(&str, &str); 6] {
    [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("MEMORY_BUCKET", "memory"),
        ("PERSONAL_DATA_BUCKET", "data"),
        ("TURNS_PER_MINUTE", "0"),
    ]
}

impl Bucket {
    pub(crate) fn insert(&self, path: &str, body: &str) {
        self.objects.lock().unwrap().insert(path.to_owned(), Bytes::from(body.to_owned()));
    }

    pub(crate) fn fail(&self, times: u32) {
        *self.failures.lock().unwrap() = times;
    }

    /// Answers the next request with this error.
    pub(crate) fn refuse(&self, status: u16, code: &'static str) {
        *self.refusal.lock().unwrap() = Some((status, code));
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Body> {
        let path = request.uri().path().trim_start_matches('/').to_owned();
        let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let tags = header("x-amz-tagging");
        let call = [Some(request.method().to_string()), Some(path.clone()), tags.clone()];
        self.calls.lock().unwrap().push(call.into_iter().flatten().collect::<Vec<_>>().join(" "));
        let signature = header("authorization").unwrap_or_default();
        assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=test/"), "{request:?}");
        assert!(request.headers().contains_key("x-amz-content-sha256"), "{request:?}");
        assert_eq!(signature.contains("x-amz-tagging"), tags.is_some(), "tags are signed");
        if tags.is_some() && *self.forbids_tags.lock().unwrap() {
            return status(403);
        }
        if let Some((status, code)) = self.refusal.lock().unwrap().take() {
            return error(status, code);
        }
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return status(503);
        }
        let mut objects = self.objects.lock().unwrap();
        let found = objects.get(&path).cloned();
        match *request.method() {
            Method::GET if request.uri().query().is_some_and(|query| query.contains("list-type=2")) => {
                list(&objects, path.trim_end_matches('/'))
            }
            Method::GET => found.map_or_else(|| status(404), |body| object(&body)),
            Method::PUT => {
                let unchanged = match (header("if-match"), header("if-none-match"), &found) {
                    (Some(_), _, None) => return status(404),
                    (Some(tag), _, Some(found)) => tag == etag(found),
                    (None, Some(_), found) => found.is_none(),
                    // Only a deletion may replace what it has not read.
                    (None, None, _) => request.body().iter().all(|byte| b"[ \t\r\n]".contains(byte)),
                };
                if !unchanged {
                    return status(412);
                }
                objects.insert(path, request.body().clone());
                status(200)
            }
            Method::DELETE => {
                objects.remove(&path);
                status(204)
            }
            _ => status(405),
        }
    }
}

fn etag(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&<sha2::Sha256 as sha2::Digest>::digest(body)[..16]))
}

fn object(body: &Bytes) -> Response<Body> {
    Response::builder().header("etag", etag(body)).body(Body::Full(body.clone())).unwrap()
}

fn list(objects: &BTreeMap<String, Bytes>, bucket: &str) -> Response<Body> {
    let inside =
        objects.iter().filter_map(|(path, body)| Some((path.strip_prefix(bucket)?.strip_prefix('/')?, body)));
    let contents =
        inside.map(|(key, body)| format!("<Contents><Key>{key}</Key><ETag>{}</ETag></Contents>", etag(body)));
    let xml = format!("<ListBucketResult>{}</ListBucketResult>", contents.collect::<String>());
    Response::new(Body::Full(xml.into()))
}

fn status(code: u16) -> Response<Body> {
    if code < 300 {
        return Response::builder().status(code).body(Body::empty()).unwrap();
    }
    error(code, "Scripted")
}

fn error(status: u16, code: &str) -> Response<Body> {
    let xml = format!("<Error><Code>{code}</Code></Error>");
    Response::builder().status(status).body(Body::Full(xml.into())).unwrap()
}
