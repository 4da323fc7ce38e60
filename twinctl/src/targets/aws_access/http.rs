//! The HTTP client of the AWS SDK: its cryptography, the log of calls, and the gate that writes pass.

use std::{fmt, sync::Arc};

use aws_config::SdkConfig;
use aws_smithy_http_client::{
    Builder, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    connector_metadata::ConnectorMetadata,
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use tokio::time::Instant;

use super::errors::REQUEST_IDS;
use crate::{system::clock, targets::record::WriteGate, ui::CallLog};

/// Returns an HTTP client like the SDK's default, but with ring for cryptography: the default is aws-lc, whose C code
/// takes minutes to compile. `calls` receives a line for each call.
pub fn http_client(calls: Option<CallLog>) -> SharedHttpClient {
    let client = Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::Ring));
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.proxy_config(ProxyConfig::from_env()).build()
    });
    match calls {
        None => client,
        Some(log) => SharedHttpClient::new(Layered { inner: client, layer: Layer::Log(log) }),
    }
}

/// Returns a configuration whose clients send writes only through the gate.
pub fn gated(config: SdkConfig, gate: &Arc<WriteGate>) -> SdkConfig {
    let Some(inner) = config.http_client() else { return config };
    let client = Layered { inner, layer: Layer::Gate(Arc::clone(gate)) };
    config.into_builder().http_client(SharedHttpClient::new(client)).build()
}

/// The addition to each call: a log line, or a gate that writes must pass.
#[derive(Clone)]
enum Layer {
    Log(CallLog),
    Gate(Arc<WriteGate>),
}

/// An HTTP client, or one of its connectors, with a layer around it.
#[derive(Clone)]
struct Layered<T> {
    inner: T,
    layer: Layer,
}

impl<T> fmt::Debug for Layered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layered").finish_non_exhaustive()
    }
}

impl HttpClient for Layered<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Layered { inner, layer: self.layer.clone() })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

impl HttpConnector for Layered<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { inner, layer } = self.clone();
        HttpConnectorFuture::new(async move {
            match layer {
                Layer::Log(log) => {
                    let (call, begun) = (describe(&request), Instant::now());
                    let response = inner.call(request).await;
                    log(&format!("{call}: {}", outcome(&response, &clock::human_duration(begun.elapsed()))));
                    response
                }
                Layer::Gate(gate) => {
                    if is_write(&request) {
                        gate.pass().await.map_err(|closed| ConnectorError::user(closed.into()))?;
                    }
                    inner.call(request).await
                }
            }
        })
    }
}

/// Returns whether a request may change something: by the name of its operation, or else by its method. If the request
/// names an operation, its method is always POST.
fn is_write(request: &HttpRequest) -> bool {
    const READS: [&str; 9] =
        ["BatchGet", "Describe", "Filter", "Get", "Head", "List", "Query", "Scan", "Simulate"];
    match operation(request) {
        Some(operation) => !READS.iter().any(|verb| operation.starts_with(verb)),
        None => !["GET", "HEAD"].contains(&request.method()),
    }
}

/// Returns the service and the operation. For a REST request, which does not name its operation, returns the service,
/// the method and the URL.
fn describe(request: &HttpRequest) -> String {
    let headers = request.headers();
    let agent = headers.get("x-amz-user-agent").or_else(|| headers.get("user-agent")).unwrap_or_default();
    let service = agent.split_whitespace().find_map(|word| word.strip_prefix("api/")).unwrap_or("aws");
    let service = service.split(['/', '#']).next().unwrap_or(service);
    let operation = operation(request).unwrap_or_else(|| {
        let address = request.uri().trim_start_matches("https://").trim_start_matches("http://");
        format!("{} {address}", request.method())
    });
    format!("{service} {operation}")
}

/// Returns the operation that a header or the body of the request names, if one does.
fn operation(request: &HttpRequest) -> Option<String> {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().map(ToOwned::to_owned);
    }
    // A form, as IAM sends it. An uploaded file can begin the same way.
    if request.method() != "POST" {
        return None;
    }
    let form = request.body().bytes()?.strip_prefix(b"Action=")?;
    let name = form.split(|byte| *byte == b'&').next()?;
    Some(String::from_utf8_lossy(name).into_owned())
}

fn outcome(response: &Result<HttpResponse, ConnectorError>, took: &str) -> String {
    match response {
        Ok(response) => {
            let id = REQUEST_IDS.iter().find_map(|name| response.headers().get(*name));
            let id = id.map(|id| format!(", request ID {id}")).unwrap_or_default();
            format!("{} after {took}{id}", response.status().as_u16())
        }
        Err(error) => format!("no response after {took}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn request(
        method: &str,
        uri: &str,
        headers: &[(&'static str, &'static str)],
        body: &'static str,
    ) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_uri(uri.to_owned()).unwrap();
        request.set_method(method).unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, *value);
        }
        request
    }

    #[test]
    fn calls_are_described_by_operation_or_by_address() {
        let agent = ("x-amz-user-agent", "aws-sdk-rust/1.3 ua/2.1 api/iam/1.133.0 os/linux");
        let form = request("POST", "https://iam.amazonaws.com/", &[agent], "Action=GetRole&RoleName=a");
        assert_eq!(describe(&form), "iam GetRole");
        let target = [("x-amz-target", "DynamoDB_20120810.GetItem"), ("user-agent", "api/dynamodb#1")];
        assert_eq!(describe(&request("POST", "https://dynamodb.aws/", &target, "{}")), "dynamodb GetItem");
        let rest = request("PUT", "https://twin.s3.eu-west-1.amazonaws.com/a?tagging", &[], "");
        assert_eq!(describe(&rest), "aws PUT twin.s3.eu-west-1.amazonaws.com/a?tagging");
    }

    #[test]
    fn writes_are_distinguished_from_reads() {
        let form = |body| request("POST", "https://iam.amazonaws.com/", &[], body);
        let target = |value| request("POST", "https://logs.amazonaws.com/", &[("x-amz-target", value)], "{}");
        let rest = |method| request(method, "https://lambda.amazonaws.com/2015-03-31/functions", &[], "");
        for read in
            [form("Action=ListRoles"), target("Logs_20140328.FilterLogEvents"), rest("GET"), rest("HEAD")]
        {
            assert!(!is_write(&read), "{read:?}");
        }
        for write in
            [form("Action=DeleteRole"), target("Logs_20140328.TagResource"), rest("POST"), rest("DELETE")]
        {
            assert!(is_write(&write), "{write:?}");
        }
        assert!(is_write(&request("PUT", "https://b.s3.aws/notes.txt", &[], "Action=GetUp")));
    }

    #[test]
    fn outcomes_name_status_duration_and_request_id() {
        let mut response = HttpResponse::new(403.try_into().unwrap(), SdkBody::empty());
        response.headers_mut().insert("x-amz-request-id", "A1");
        assert_eq!(outcome(&Ok(response), "34 ms"), "403 after 34 ms, request ID A1");
        let error = ConnectorError::timeout("connection timed out".into());
        assert!(outcome(&Err(error), "5.0 s").starts_with("no response after 5.0 s: "));
    }
}
