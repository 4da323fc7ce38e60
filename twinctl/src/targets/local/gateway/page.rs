//! The page: the files of the web bundle, with the headers that they get on AWS.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{Either, Full};

use super::{answer::whole, body::Content};
use crate::artifacts::{
    BundleError,
    web::{WebBundle, WebFile},
};

const TEXT: &str = "text/plain; charset=utf-8";
/// Served with its status where a path leads nowhere.
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

    /// Answers a request for the file with this key.
    pub(super) async fn answer(
        &self,
        method: &Method,
        key: Option<&str>,
        asked: &HeaderMap,
    ) -> Response<Content> {
        if method != Method::GET && method != Method::HEAD {
            let mut response = whole(StatusCode::METHOD_NOT_ALLOWED, TEXT, "GET and HEAD only\n");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let Some(file) = key.and_then(|key| self.files.get(key)) else {
            return self.missing().await;
        };
        let etag = format!("\"{}\"", file.md5_hex);
        if knows(asked, &etag) {
            return described(Response::default(), file, StatusCode::NOT_MODIFIED);
        }
        match file.content.read().await {
            Ok(content) => described(Response::new(content.into()), file, StatusCode::OK),
            Err(_) => self.missing().await,
        }
    }

    async fn missing(&self) -> Response<Content> {
        if let Some(file) = self.files.get(NOT_FOUND)
            && let Ok(content) = file.content.read().await
        {
            return described(Response::new(content.into()), file, StatusCode::NOT_FOUND);
        }
        whole(StatusCode::NOT_FOUND, TEXT, "there is nothing at this address\n")
    }
}

/// Whether the visitor has this version already.
fn knows(asked: &HeaderMap, etag: &str) -> bool {
    let tags = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    tags.flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*")
}

fn described(
    response: Response<hyper::body::Bytes>,
    file: &WebFile,
    status: StatusCode,
) -> Response<Content> {
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

    async fn shown(response: Response<Content>) -> String {
        let (head, body) = response.into_parts();
        let mut lines = vec![head.status.as_u16().to_string()];
        lines.extend(head.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())));
        lines.push(String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap());
        lines.join("\n")
    }

    fn asked(etag: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::IF_NONE_MATCH, etag.parse().unwrap())])
    }

    #[tokio::test]
    async fn a_file_comes_with_its_headers_once() {
        let folder = tempfile::tempdir().unwrap();
        let page = page(folder.path(), &[("index.html", "hello")]).await;
        let first = page.answer(&Method::GET, Some("index.html"), &HeaderMap::new()).await;
        insta::assert_snapshot!(shown(first).await, @r#"
        200
        content-type: text/html; charset=utf-8
        cache-control: no-cache
        etag: "5d41402abc4b2a76b9719d911017c592"
        hello
        "#);
        for tag in [r#"W/"x", W/"5d41402abc4b2a76b9719d911017c592""#, "*"] {
            let again = page.answer(&Method::GET, Some("index.html"), &asked(tag)).await;
            assert!(shown(again).await.starts_with("304\n"), "{tag}");
        }
        let changed = page.answer(&Method::GET, Some("index.html"), &asked(r#""old""#)).await;
        assert!(shown(changed).await.starts_with("200\n"));
    }

    #[tokio::test]
    async fn a_file_whose_name_does_not_tell_its_content_is_asked_for_anew() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["index.html", "assets/index-BbHh1234.js", "assets/other-BbHh1234.js"];
        let page = page(folder.path(), &files.map(|file| (file, ""))).await;
        for (key, caches) in
            files.into_iter().zip(["no-cache", "no-cache", "public, max-age=31536000, immutable"])
        {
            let response = page.answer(&Method::GET, Some(key), &HeaderMap::new()).await;
            assert_eq!(response.headers()[header::CACHE_CONTROL], caches, "{key}");
        }
    }

    #[tokio::test]
    async fn nothing_is_found_outside_of_the_page() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret.txt"), "secret").unwrap();
        let page = page(&folder.path().join("page"), &[("index.html", "hello"), ("404.html", "lost")]).await;
        for key in [None, Some("../secret.txt"), Some(""), Some("index.html/")] {
            let response = shown(page.answer(&Method::GET, key, &HeaderMap::new()).await).await;
            assert!(response.starts_with("404\ncontent-type: text/html") && response.ends_with("lost"));
        }
    }

    #[tokio::test]
    async fn a_page_is_only_read() {
        let folder = tempfile::tempdir().unwrap();
        let page = page(folder.path(), &[("index.html", "hello")]).await;
        let response = page.answer(&Method::POST, Some("index.html"), &HeaderMap::new()).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[header::ALLOW], "GET, HEAD");
    }
}
