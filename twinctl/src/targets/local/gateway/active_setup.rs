//! The active setup of the gateway, with its page. A reload replaces it as a whole.

use std::{net::IpAddr, sync::Arc, time::Duration};

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{
    allowed_hosts::AllowedHosts,
    backend::Backend,
    connections::MAX_CONNECTIONS,
    cross_site,
    error_response::{self, ErrorResponse},
    headers::SecurityHeaders,
    page::Page,
    places::{Place, Places},
    protocol::{GatewayError, GatewaySetup},
    proxy::{self, Forwarded},
    request_record::{RecordedBody, RequestRecord, ResponseBody},
    route::{Route, route},
    throttle::RequestThrottle,
    twin_folder::TwinFolder,
    visitor,
};

/// A setup that is loaded and ready to respond to requests.
#[derive(Debug)]
pub(super) struct ActiveSetup {
    pub(super) setup: GatewaySetup,
    page: Arc<Page>,
    security: SecurityHeaders,
    allowed_hosts: AllowedHosts,
    throttle: Arc<RequestThrottle>,
    places: Arc<Places>,
}

/// Maximum number of connections and requests of one visitor; see [`Places`].
const PLACES_OF_ONE_VISITOR: u32 = MAX_CONNECTIONS / 4;
/// Time after which a visitor with too many requests may try again.
const PLACE_RETRY: Duration = Duration::from_secs(1);

impl ActiveSetup {
    /// Loads a setup. Parts of the previous one are reused, because a reload must neither refill the token buckets nor
    /// reset the counts of connections.
    pub(super) async fn load(
        folder: &TwinFolder,
        setup: GatewaySetup,
        previous: Option<&Self>,
    ) -> Result<Self, GatewayError> {
        let page = match previous.filter(|previous| previous.setup.page.name == setup.page.name) {
            Some(previous) => Arc::clone(&previous.page),
            None => Arc::new(load_page(folder, &setup).await?),
        };
        let throttle = previous.map(|previous| &previous.throttle);
        let throttle = throttle.filter(|throttle| throttle.throttle() == setup.throttle).map(Arc::clone);
        let places = previous.map(|previous| Arc::clone(&previous.places));
        let settings = &setup.page.settings;
        Ok(Self {
            page,
            security: SecurityHeaders::new(
                &settings.script_hashes,
                &settings.sources,
                &setup.frame_ancestors,
            ),
            allowed_hosts: AllowedHosts::new(setup.host, &setup.allowed_hosts),
            throttle: throttle
                .unwrap_or_else(|| Arc::new(RequestThrottle::new(setup.throttle, Instant::now()))),
            places: places.unwrap_or_else(|| Arc::new(Places::new(PLACES_OF_ONE_VISITOR))),
            setup,
        })
    }

    /// Takes a place for a connection, unless the visitor has too many. Connections of a trusted proxy are not counted,
    /// because many visitors share them. The requests in them are counted instead.
    pub(super) fn place_for_connection(&self, client: IpAddr) -> Option<Place> {
        if visitor::is_trusted(client, &self.setup.trusted_proxies) {
            return Some(Place::uncounted());
        }
        self.places.take(client)
    }

    fn place_for_request(&self, client: IpAddr, visitor: IpAddr) -> Option<Place> {
        if visitor == client.to_canonical() {
            return Some(Place::uncounted());
        }
        self.places.take(visitor)
    }

    pub(super) async fn respond(
        &self,
        backend: &Backend,
        request: Request<Incoming>,
        client: IpAddr,
        mut record: RequestRecord,
    ) -> Response<RecordedBody> {
        let (mut response, upstream) = self.route(backend, request, client, &mut record).await;
        self.security.add_to(response.headers_mut());
        let status = response.status();
        response.map(|content| record.answered(status, content, upstream))
    }

    async fn route(
        &self,
        backend: &Backend,
        request: Request<Incoming>,
        client: IpAddr,
        record: &mut RequestRecord,
    ) -> (Response<ResponseBody>, Option<Arc<super::backend::Upstream>>) {
        let correlation_id = error_response::correlation_id(request.headers());
        if !self.allowed_hosts.contain_host(request.uri(), request.headers()) {
            return (ErrorResponse::WrongHost.response(&correlation_id), None);
        }
        let visitor = visitor::address(client, &self.setup.trusted_proxies, request.headers());
        let Some(place) = self.place_for_request(client, visitor) else {
            record.throttled();
            return (ErrorResponse::Throttled(PLACE_RETRY).response(&correlation_id), None);
        };
        record.hold(place);
        if let Route::Page(key) = route(request.uri().path(), &self.setup.page.settings.paths) {
            return (self.page.respond(request.method(), key.as_deref(), request.headers()).await, None);
        }
        let allowed_origins = &self.setup.allowed_origins;
        if let Err(error) = cross_site::check(request.method(), request.headers(), allowed_origins) {
            return (error.response(&correlation_id), None);
        }
        let forwarded: Result<Forwarded, ErrorResponse> = match self.throttle.take(visitor, Instant::now()) {
            Ok(()) => proxy::forward(backend, request, visitor, &correlation_id).await,
            Err(wait) => {
                record.throttled();
                Err(ErrorResponse::Throttled(wait))
            }
        };
        match forwarded {
            Ok((response, upstream)) => (response, Some(upstream)),
            Err(error) => (error.response(&correlation_id), None),
        }
    }
}

async fn load_page(folder: &TwinFolder, setup: &GatewaySetup) -> Result<Page, GatewayError> {
    Page::load(&folder.page(&setup.page.name), &setup.page.revalidated).await.map_err(|error| {
        let causes = std::iter::successors(std::error::Error::source(&error), |error| error.source());
        let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
        GatewayError::new(text)
    })
}
