//! The public endpoint of a twin, which serves page and API.

use http::header;

use crate::system::exchange::{self, ExchangeError, Response};

/// The address of a twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The public URL, without a slash at the end.
    pub(crate) url: String,
    /// The host, with a port if it is not the default.
    pub(crate) domain: String,
    /// The origin for our requests. It is not a custom domain, because that may not have reached every name server yet.
    pub(crate) origin: String,
    /// Custom endpoint for requests; `None` means AWS.
    pub(crate) override_url: Option<String>,
}

impl Endpoint {
    /// Returns the endpoint of a CloudFront distribution, which may have a custom hostname.
    pub(crate) fn of_distribution(
        domain: String,
        hostname: Option<String>,
        override_url: Option<String>,
    ) -> Self {
        let origin = format!("https://{domain}");
        Self {
            url: hostname.map_or_else(|| origin.clone(), |hostname| format!("https://{hostname}")),
            domain,
            origin,
            override_url,
        }
    }

    /// Returns the endpoint of an API at its own address.
    pub(crate) fn of_api(url: &str, override_url: Option<String>) -> Self {
        let domain = url.split_once("://").map_or(url, |(_, domain)| domain).to_owned();
        Self { url: url.to_owned(), domain, origin: url.to_owned(), override_url }
    }

    /// Sends a header with the request.
    pub(crate) async fn get_with(
        &self,
        path: &str,
        (name, value): (&str, &str),
    ) -> Result<Response, ExchangeError> {
        exchange::send(self.request(path).header(name, value), Vec::new()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Response, ExchangeError> {
        exchange::send(self.request(path), Vec::new()).await
    }

    /// Posts JSON. `accept` is the value of the `Accept` header.
    pub(crate) async fn post(
        &self,
        path: &str,
        accept: &str,
        json: &serde_json::Value,
    ) -> Result<Response, ExchangeError> {
        let request = self.request(path).method(http::Method::POST);
        let request = request.header(header::CONTENT_TYPE, "application/json").header(header::ACCEPT, accept);
        exchange::send(request, json.to_string().into_bytes()).await
    }

    fn base(&self) -> &str {
        self.override_url.as_deref().unwrap_or(&self.origin).trim_end_matches('/')
    }

    /// A custom endpoint gets the domain in the `Host` header, and `X-Forwarded-Proto: https`, because it emulates a
    /// distribution that is reached over TLS.
    fn request(&self, path: &str) -> http::request::Builder {
        let request = http::Request::builder().uri(format!("{}{path}", self.base()));
        match self.override_url {
            Some(_) => request.header(header::HOST, &self.domain).header("x-forwarded-proto", "https"),
            None => request,
        }
    }
}
