//! The setup and page that are served. A reload replaces them as a whole.

use std::{net::IpAddr, sync::Arc};

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{
    allowed_hosts::AllowedHosts,
    backend::Backend,
    cross_site,
    error_response::{self, ErrorResponse},
    headers::SecurityHeaders,
    page::Page,
    protocol::{GatewayError, GatewaySetup},
    proxy::{self, Forwarded},
    request_record::{RecordedBody, RequestRecord, ResponseBody},
    route::{Route, route},
    throttle::TokenBucket,
    twin_folder::TwinFolder,
};

/// A setup that is loaded and ready to respond to requests.
#[derive(Debug)]
pub(super) struct ActiveSetup {
    pub(super) setup: GatewaySetup,
    page: Arc<Page>,
    security: SecurityHeaders,
    allowed_hosts: AllowedHosts,
    bucket: Arc<TokenBucket>,
}

impl ActiveSetup {
    /// Loads a setup. Unchanged parts of the previous one are reused: a reload must not refill the token bucket.
    pub(super) async fn load(
        folder: &TwinFolder,
        setup: GatewaySetup,
        previous: Option<&Self>,
    ) -> Result<Self, GatewayError> {
        let page = match previous.filter(|previous| previous.setup.page == setup.page) {
            Some(previous) => Arc::clone(&previous.page),
            None => Arc::new(load_page(folder, &setup).await?),
        };
        let bucket = previous.map(|previous| &previous.bucket);
        let bucket = bucket.filter(|bucket| bucket.throttle() == setup.throttle).map(Arc::clone);
        Ok(Self {
            page,
            security: SecurityHeaders::new(&setup.script_hashes, &setup.frame_ancestors),
            allowed_hosts: AllowedHosts::new(setup.host, &setup.allowed_hosts),
            bucket: bucket.unwrap_or_else(|| Arc::new(TokenBucket::new(setup.throttle, Instant::now()))),
            setup,
        })
    }

    pub(super) async fn respond(
        &self,
        backend: &Backend,
        request: Request<Incoming>,
        visitor: IpAddr,
        mut record: RequestRecord,
    ) -> Response<RecordedBody> {
        let (mut response, upstream) = self.route(backend, request, visitor, &mut record).await;
        self.security.add_to(response.headers_mut());
        let status = response.status();
        response.map(|content| record.answered(status, content, upstream))
    }

    async fn route(
        &self,
        backend: &Backend,
        request: Request<Incoming>,
        visitor: IpAddr,
        record: &mut RequestRecord,
    ) -> (Response<ResponseBody>, Option<Arc<super::backend::Upstream>>) {
        let correlation_id = error_response::correlation_id(request.headers());
        if !self.allowed_hosts.contain_host(request.uri(), request.headers()) {
            return (ErrorResponse::WrongHost.response(&correlation_id), None);
        }
        if let Route::Page(key) = route(request.uri().path(), &self.setup.paths) {
            return (self.page.respond(request.method(), key.as_deref(), request.headers()).await, None);
        }
        let allowed_origins = &self.setup.allowed_origins;
        if let Err(error) = cross_site::check(request.method(), request.headers(), allowed_origins) {
            return (error.response(&correlation_id), None);
        }
        let forwarded: Result<Forwarded, ErrorResponse> = match self.bucket.take(Instant::now()) {
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
    Page::load(&folder.page(&setup.page), &setup.revalidated).await.map_err(|error| {
        let causes = std::iter::successors(std::error::Error::source(&error), |error| error.source());
        let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
        GatewayError::new(text)
    })
}
