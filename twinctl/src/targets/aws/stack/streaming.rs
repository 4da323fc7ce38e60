//! The node of the stream API, and how it shares the limit of requests with the HTTP API.

use reconcile::Handle;

use super::{context::StackContext, graph_builder::GraphBuilder};
use crate::{
    spec::{Environment, Throttle},
    targets::{
        Aim,
        aws::{
            Labels,
            names::Names,
            resources::{
                ApiLimit, ApiLimitDesired, Distribution, DistributionOutput, HttpApi, HttpApiOutput,
                LimitOwner, StreamApi, StreamApiDesired, StreamApiOutput, StreamPermission,
            },
        },
        record::Feature,
    },
};

pub(super) const STREAM_API: &str = "stream api";
const API_LIMIT: &str = "api limit";
/// The HTTP API gets the limit divided by this number, because the page sends its requests to the stream API.
const PARTS: u16 = 5;

type Node = Handle<Option<StreamApiOutput>>;

/// Whether the environment streams.
#[derive(Debug, Clone, Copy)]
pub(super) enum Streaming {
    On(Node),
    /// It streamed before, so a stream API may exist.
    WasOn(Node),
    Off,
}

impl Streaming {
    /// Adds the node, unless the environment does not and did not stream.
    pub(super) fn add(
        graph: &mut GraphBuilder,
        environment: &Environment,
        context: &StackContext,
        labels: &Labels,
    ) -> Self {
        if !environment.streaming && !context.had(Feature::Streaming) {
            return Self::Off;
        }
        let (names, found) = (&context.names, context.found());
        let api = StreamApi::new(names.stream_api.clone(), names.function.clone(), labels.clone());
        let mut api = api.found_before(found.stream_api.as_deref());
        if context.aim != Aim::Remove {
            let distribution = Distribution::new(names.marker.clone(), labels.clone());
            api = api.used_by(distribution.found_before(found.distribution.as_deref()));
        }
        let (uri, limit) = (names.stream_uri(), throttles(environment).1);
        let desired = move |()| StreamApiDesired { uri: uri.clone(), burst: limit.burst, rate: limit.rate };
        let node = graph.add_if(environment.streaming, STREAM_API, api, (), desired);
        if environment.streaming { Self::On(node) } else { Self::WasOn(node) }
    }

    pub(super) fn is_on(self) -> bool {
        matches!(self, Self::On(_))
    }

    pub(super) fn node(self) -> Option<Node> {
        match self {
            Self::On(node) | Self::WasOn(node) => Some(node),
            Self::Off => None,
        }
    }

    /// Returns the permission of the stream API. It may invoke the alias until it is deleted.
    pub(super) fn permission(self, output: Option<StreamApiOutput>, names: &Names) -> StreamPermission {
        match (self, output) {
            (Self::On(_), Some(api)) => StreamPermission::For(names.stream_execution_arn(&api.id)),
            (Self::WasOn(_), _) => StreamPermission::Keep,
            _ => StreamPermission::None,
        }
    }
}

/// Returns the limits of the HTTP API and of the stream API when visitors use the latter. Together, they are the limit of the
/// environment.
fn throttles(environment: &Environment) -> (Throttle, Throttle) {
    divided(environment.api.throttle, environment.streaming)
}

/// Divides a limit between both APIs, if the environment streams.
pub(super) fn divided(whole: Throttle, streams: bool) -> (Throttle, Throttle) {
    if !streams {
        return (whole, whole);
    }
    let part = |limit: u16| (limit / PARTS).max(1);
    let http = Throttle { burst: part(whole.burst), rate: part(whole.rate) };
    (http, Throttle { burst: whole.burst - http.burst, rate: whole.rate - http.rate })
}

/// Whether visitors may have to move from the HTTP API to the stream API. The first deployment has no visitors yet.
fn has_visitors(environment: &Environment, context: &StackContext) -> bool {
    environment.streaming && context.last_release.is_some() && context.aim != Aim::Remove
}

/// Returns the limit with which the HTTP API is created, and which node owns it later.
pub(super) fn limit_of_http_api(environment: &Environment, context: &StackContext) -> (Throttle, LimitOwner) {
    if has_visitors(environment, context) {
        (environment.api.throttle, LimitOwner::ApiLimit)
    } else {
        (throttles(environment).0, LimitOwner::Api)
    }
}

/// Adds the node that lowers the limit of the HTTP API when all visitors use the stream API.
pub(super) fn add_limit(
    graph: &mut GraphBuilder,
    environment: &Environment,
    context: &StackContext,
    labels: &Labels,
    api: Handle<HttpApiOutput>,
    distribution: Handle<DistributionOutput>,
) {
    if !has_visitors(environment, context) {
        return;
    }
    let (names, found) = (&context.names, context.found());
    let http = HttpApi::new(names.api.clone(), labels.clone()).found_before(found.api.as_deref());
    let existing = Distribution::new(names.marker.clone(), labels.clone());
    let existing = existing.found_before(found.distribution.as_deref());
    let limit = ApiLimit { api: http, distribution: existing, limit: throttles(environment).0 };
    graph.add(API_LIMIT, limit, (api, distribution.after()), |(api, ())| ApiLimitDesired { api_id: api.id });
}

/// Returns the URL of the stream API, without its stage. API Gateway reports only that of the HTTP API, from which it differs by
/// the id.
pub(crate) fn endpoint(api: &HttpApiOutput, stream: &StreamApiOutput) -> String {
    api.endpoint.replacen(&api.id, &stream.id, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{self, Overrides};

    fn environment(text: &str) -> Environment {
        let folder = tempfile::TempDir::with_prefix("twinctl-test-").unwrap();
        let text = format!("project: ada\nenvironment: dev\nregion: eu-central-1\n{text}");
        std::fs::write(folder.path().join("dev.yaml"), text).unwrap();
        spec::load(folder.path(), "dev", &Overrides::default()).unwrap()
    }

    #[test]
    fn both_limits_together_are_the_limit_of_the_file() {
        for (burst, rate, expected) in [(10, 5, [(2, 1), (8, 4)]), (2, 2, [(1, 1), (1, 1)])] {
            let throttle = format!("api: {{ throttle: {{ burst: {burst}, rate: {rate} }} }}\n");
            let (http, stream) = throttles(&environment(&format!("{throttle}streaming: true\n")));
            assert_eq!([http, stream].map(|limit| (limit.burst, limit.rate)), expected);
            assert_eq!(throttles(&environment(&throttle)).0.burst, burst);
        }
    }

    #[test]
    fn the_stream_api_has_the_address_of_the_http_api_with_its_own_id() {
        let stream = StreamApiOutput { id: "rest".to_owned() };
        for (http, expected) in [
            (
                "https://abc.execute-api.eu-central-1.amazonaws.com",
                "https://rest.execute-api.eu-central-1.amazonaws.com",
            ),
            ("http://abc.execute-api.localhost:4566", "http://rest.execute-api.localhost:4566"),
        ] {
            let api = HttpApiOutput { id: "abc".to_owned(), endpoint: http.to_owned() };
            assert_eq!(endpoint(&api, &stream), expected);
        }
    }
}
