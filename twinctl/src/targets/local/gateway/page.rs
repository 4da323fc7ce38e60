//! The chat page: the files of the web bundle, with the headers that they have on AWS.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{Either, Full};

use super::{error_response::complete_response, request_record::ResponseBody};
use crate::artifacts::{
    BundleError,
    web::{WebBundle, WebFile},
};

const TEXT: &str = "text/plain; charset=utf-8";
/// Served with status 404 if no file has the requested path.
const NOT_FOUND: &str = "404.html";

#[derive(Debug)]
pub(super) struct Page {
    files: HashMap<String, WebFile>,
}

impl Page {
    pub(super) async fn load(folder: &Path, revalidated: &BTreeSet<String>) -> Result<Self, BundleError> {
        let bundle = WebBundle::load(folder).await?;
        let mut files: HashMap<_, _> =
            bundle.files().iter().map(|file| (file.key.clone(), file.clone())).collect();
        for key in revalidated {
            files.entry(key.clone()).and_modify(WebFile::revalidate);
        }
        Ok(Self { files })
    }

    /// Responds to a request for the file with this key.
    pub(super) async fn respond(
        &self,
        method: &Method,
        key: Option<&str>,
        headers: &HeaderMap,
    ) -> Response<ResponseBody> {
        if method != Method::GET && method != Method::HEAD {
            let mut response = complete_response(StatusCode::METHOD_NOT_ALLOWED, TEXT, "GET and HEAD only\n");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let Some(file) = key.and_then(|key| self.files.get(key)) else {
            return self.not_found().await;
        };
        let etag = format!("\"{}\"", file.md5_hex);
        if is_cached(headers, &etag) {
            return file_response(Response::default(), file, StatusCode::NOT_MODIFIED);
        }
        match file.content.read().await {
            Ok(content) => file_response(Response::new(content.into()), file, StatusCode::OK),
            Err(_) => self.not_found().await,
        }
    }

    async fn not_found(&self) -> Response<ResponseBody> {
        if let Some(file) = self.files.get(NOT_FOUND)
            && let Ok(content) = file.content.read().await
        {
            return file_response(Response::new(content.into()), file, StatusCode::NOT_FOUND);
        }
        complete_response(StatusCode::NOT_FOUND, TEXT, "not found\n")
    }
}

/// Returns whether the client has this version in its cache.
fn is_cached(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    tags.flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*")
}

fn file_response(
    response: Response<hyper::body::Bytes>,
    file: &WebFile,
    status: StatusCode,
) -> Response<ResponseBody> {
    let mut response = response.map(|content| Either::Left(Full::new(content)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let values = [
        (header::CONTENT_TYPE, file.content_type.clone()),
        (header::CACHE_CONTROL, file.cache_control.clone()),
        (header::ETAG, format!("\"{}\"", file.md5_hex)),
    ];
    headers.extend(values.into_iter().filter_map(|(name, value)| Some((name, value.try_into().ok()?))));
    response
}

#[cfg(test)]
mod tests {
    use std::fs;

    use http_body_util::BodyExt as _;

    use super::*;

    async fn page(folder: &Path, files: &[(&str, &str)]) -> Page {
        for (key, content) in files {
            fs::create_dir_all(folder.join(key).parent().unwrap()).unwrap();
            fs::write(folder.join(key), content).unwrap();
        }
        Page::load(folder, &["assets/index-BbHh1234.js".to_owned()].into()).await.unwrap()
    }

    async fn rendered(response: Response<ResponseBody>) -> String {
        let (head, body) = response.into_parts();
        let mut lines = vec![head.status.as_u16().to_string()];
        lines.extend(head.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())));
        lines.push(String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap());
        lines.join("\n")
    }

    fn if_none_match(etag: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::IF_NONE_MATCH, etag.parse().unwrap())])
    }

    #[tokio::test]
    async fn a_cached_file_is_not_sent_again() {
        let folder = tempfile::tempdir().unwrap();
        let page = page(folder.path(), &[("index.html", "hello")]).await;
        let first = page.respond(&Method::GET, Some("index.html"), &HeaderMap::new()).await;
        insta::assert_snapshot!(rendered(first).await, @r#"
        200
        content-type: text/html; charset=utf-8
        cache-control: no-cache
        etag: "5d41402abc4b2a76b9719d911017c592"
        hello
        "#);
        for tag in [r#"W/"x", W/"5d41402abc4b2a76b9719d911017c592""#, "*"] {
            let again = page.respond(&Method::GET, Some("index.html"), &if_none_match(tag)).await;
            assert!(rendered(again).await.starts_with("304\n"), "{tag}");
        }
        let changed = page.respond(&Method::GET, Some("index.html"), &if_none_match(r#""old""#)).await;
        assert!(rendered(changed).await.starts_with("200\n"));
    }

    #[tokio::test]
    async fn browsers_revalidate_files_without_a_content_hash() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["index.html", "assets/index-BbHh1234.js", "assets/other-BbHh1234.js"];
        let page = page(folder.path(), &files.map(|file| (file, ""))).await;
        for (key, cache_control) in
            files.into_iter().zip(["no-cache", "no-cache", "public, max-age=31536000, immutable"])
        {
            let response = page.respond(&Method::GET, Some(key), &HeaderMap::new()).await;
            assert_eq!(response.headers()[header::CACHE_CONTROL], cache_control, "{key}");
        }
    }

    #[tokio::test]
    async fn files_outside_of_the_page_are_not_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret.txt"), "secret").unwrap();
        let page = page(&folder.path().join("page"), &[("index.html", "hello"), ("404.html", "lost")]).await;
        for key in [None, Some("../secret.txt"), Some(""), Some("index.html/")] {
            let response = rendered(page.respond(&Method::GET, key, &HeaderMap::new()).await).await;
            assert!(response.starts_with("404\ncontent-type: text/html") && response.ends_with("lost"));
        }
    }

    #[tokio::test]
    async fn other_methods_than_get_are_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let page = page(folder.path(), &[("index.html", "hello")]).await;
        let response = page.respond(&Method::POST, Some("index.html"), &HeaderMap::new()).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[header::ALLOW], "GET, HEAD");
    }
}
