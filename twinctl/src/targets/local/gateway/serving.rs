//! What is served right now: one picture of setup and page, exchanged as a whole.

use std::{net::IpAddr, sync::Arc};

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{
    answer::{self, Trouble},
    backend::Backend,
    body::{Content, Record, Recorded},
    headers::Security,
    page::Page,
    place::Place,
    protocol::{DoorSetup, Refusal},
    proxy::{self, Passed},
    route::{Route, route},
    throttle::Bucket,
    visitor::Names,
};

#[derive(Debug)]
pub(super) struct Serving {
    pub(super) setup: DoorSetup,
    page: Arc<Page>,
    security: Security,
    names: Names,
    bucket: Arc<Bucket>,
}

impl Serving {
    /// What did not change is kept: above all the bucket, which a reload must not fill.
    pub(super) async fn load(
        place: &Place,
        setup: DoorSetup,
        before: Option<&Self>,
    ) -> Result<Self, Refusal> {
        let known = before.filter(|before| before.setup.page == setup.page);
        let page = match known {
            Some(before) => Arc::clone(&before.page),
            None => Arc::new(load_page(place, &setup).await?),
        };
        let bucket = before.filter(|before| before.bucket.throttle() == setup.throttle);
        let bucket = bucket.map(|before| Arc::clone(&before.bucket));
        Ok(Self {
            page,
            security: Security::new(&setup.script_hashes, &setup.frame_ancestors),
            names: Names::new(setup.host, &setup.allowed_hosts),
            bucket: bucket.unwrap_or_else(|| Arc::new(Bucket::new(setup.throttle, Instant::now()))),
            setup,
        })
    }

    pub(super) async fn answer(
        &self,
        backend: &Backend,
        request: Request<Incoming>,
        visitor: IpAddr,
        mut record: Record,
    ) -> Response<Recorded> {
        let (mut response, speaker) = self.respond(backend, request, visitor, &mut record).await;
        self.security.add_to(response.headers_mut());
        let status = response.status();
        response.map(|content| record.answered(status, content, speaker))
    }

    async fn respond(
        &self,
        backend: &Backend,
        request: Request<Incoming>,
        visitor: IpAddr,
        record: &mut Record,
    ) -> (Response<Content>, Option<Arc<super::backend::Upstream>>) {
        let correlation = answer::correlation(request.headers());
        if !self.names.accept(request.uri(), request.headers()) {
            return (Trouble::Misdirected.answer(&correlation), None);
        }
        if let Route::Page(key) = route(request.uri().path(), &self.setup.paths) {
            return (self.page.answer(request.method(), key.as_deref(), request.headers()).await, None);
        }
        let passed: Result<Passed, Trouble> = match self.bucket.take(Instant::now()) {
            Ok(()) => proxy::pass(backend, request, visitor, &correlation).await,
            Err(wait) => {
                record.throttled();
                Err(Trouble::Throttled(wait))
            }
        };
        match passed {
            Ok((response, upstream)) => (response, Some(upstream)),
            Err(trouble) => (trouble.answer(&correlation), None),
        }
    }
}

async fn load_page(place: &Place, setup: &DoorSetup) -> Result<Page, Refusal> {
    Page::load(&place.page(&setup.page), &setup.revalidated).await.map_err(|error| {
        let causes = std::iter::successors(std::error::Error::source(&error), |error| error.source());
        let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
        Refusal::new(text)
    })
}
