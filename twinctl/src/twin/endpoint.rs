//! The front of a twin: where visitors reach page and API, and how to ask there.

use http::header;

use crate::system::exchange::{self, Answer, Silence};

/// Where a twin is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Front {
    /// As people open it, without a slash at its end.
    pub(crate) url: String,
    /// Its host, with the port where one is needed.
    pub(crate) domain: String,
    /// Where we ask: a name of the owner's own may not have reached every name server yet.
    pub(crate) origin: String,
    /// Where everything is reached instead of at AWS, if not at AWS.
    pub(crate) endpoint: Option<String>,
}

impl Front {
    /// At AWS, or where that is emulated.
    pub(crate) fn at_domain(domain: String, name: Option<String>, endpoint: Option<String>) -> Self {
        let origin = format!("https://{domain}");
        Self {
            url: name.map_or_else(|| origin.clone(), |name| format!("https://{name}")),
            domain,
            origin,
            endpoint,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Silence> {
        exchange::send(self.request(path), Vec::new()).await
    }

    /// Posts JSON. `accept` says in which form the answer is welcome.
    pub(crate) async fn post(
        &self,
        path: &str,
        accept: &str,
        json: &serde_json::Value,
    ) -> Result<Answer, Silence> {
        let request = self.request(path).method(http::Method::POST);
        let request = request.header(header::CONTENT_TYPE, "application/json").header(header::ACCEPT, accept);
        exchange::send(request, json.to_string().into_bytes()).await
    }

    fn base(&self) -> &str {
        self.endpoint.as_deref().unwrap_or(&self.origin).trim_end_matches('/')
    }

    /// Where everything is reached at another address than AWS's, the front is too: it knows its domain by the Host
    /// header, and that this stands for a visit by TLS.
    fn request(&self, path: &str) -> http::request::Builder {
        let request = http::Request::builder().uri(format!("{}{path}", self.base()));
        match self.endpoint {
            Some(_) => request.header(header::HOST, &self.domain).header("x-forwarded-proto", "https"),
            None => request,
        }
    }
}
