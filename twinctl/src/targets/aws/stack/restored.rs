//! The graph of a rollback.

use std::sync::Arc;

use reconcile::{After, Handle};

use super::{
    DELIVERY, FUNCTION, LIVE_ALIAS, StackBuilder,
    setup::{Restored, redirect},
    streaming::{STREAM_API, divided},
    usage::Usage,
};
use crate::{
    artifacts::data::{DesiredFiles, StoredFiles},
    spec::Throttle,
    targets::{
        aws::resources::{
            DATA_FILES, DataFiles, DataFilesDesired, Delivery, DeliveryDesired, HttpApi, HttpApiDesired,
            LimitOwner, Live, LiveDesired, RestoredSite, RestoredSiteDesired, RestoredVersion, StreamApi,
            StreamApiDesired, StreamPermission,
        },
        rollback::Rollback,
    },
};

impl StackBuilder<'_> {
    /// Adds the nodes that releases differ in. A failed deploy may have changed any of them, so each one is compared with its
    /// actual state. The page is switched before the function: the current version can answer an older page, as it does for
    /// open tabs after a deploy, but an older version may not know what the current page sends.
    pub(super) fn restored(&mut self, restored: &Restored) -> Option<Handle<Arc<StoredFiles>>> {
        let Rollback { to, from, data } = &restored.rollback;
        let files = data.clone().map(|set| self.restored_files(set));
        let role = self.role_with(None, restored.access());
        let usage = restored.to.budget.then(|| self.usage_with(true, role)).map(Usage::after).unzip();
        let delivery = self.restored_delivery(restored);
        self.restored_limits(restored);
        let names = self.context.names.clone();
        let version = RestoredVersion {
            function: names.function.clone(),
            arn: names.function_arn(),
            version: to.version.clone(),
            code_sha256: to.code_sha256.clone(),
            current: from.version.clone(),
            origin: self.context.origin.clone(),
            client: restored.client.clone(),
        };
        let version = self.graph.add(FUNCTION, version, (), |()| ());
        let page = to.parts.as_ref().map(|parts| parts.page.clone()).unwrap_or_default();
        let site = RestoredSite::new(names.web_bucket.clone(), page);
        let distribution_id = from.found.distribution.clone().unwrap_or_default();
        let release = self.context.release.clone();
        let inputs = (version.after(), role.after(), delivery, usage.0, usage.1);
        let site = self.graph.add("site", site, inputs, move |((), ..)| RestoredSiteDesired {
            distribution_id: distribution_id.clone(),
            release: release.clone(),
        });
        let live = Live::new(names.function.clone(), names.live_arn()).found_before(true);
        let api = names.api_execution_arn(&from.found.api.clone().unwrap_or_default());
        let inputs = (version, site.after_early());
        self.graph.add(LIVE_ALIAS, live, inputs, move |(version, ())| LiveDesired {
            version,
            api_execution_arn: api.clone(),
            stream: StreamPermission::Keep,
            ask: false,
            is_checked: true,
        });
        files
    }

    fn restored_files(&mut self, set: String) -> Handle<Arc<StoredFiles>> {
        let release = self.context.release.clone();
        let files = DataFiles::new(self.context.names.data_bucket.clone());
        self.graph.add(DATA_FILES, files, (), move |()| DataFilesDesired {
            wanted: DesiredFiles::Set(set.clone()),
            set: release.clone(),
        })
    }

    /// Adds the headers and paths of the page.
    fn restored_delivery(&mut self, restored: &Restored) -> After {
        let (page, ancestors) = (&restored.rollback.to.page, &restored.to.frame_ancestors);
        let unrestored = restored.setup().unrestored;
        let desired = DeliveryDesired {
            script_hashes: page.script_hashes.clone(),
            sources: page.sources.clone(),
            frame_ancestors: ancestors.clone(),
            paths: page.paths.clone(),
            redirect: unrestored.map_or_else(|| redirect(self.environment), |unrestored| unrestored.redirect),
        };
        let delivery = Delivery::new(self.context.names.marker.clone());
        self.graph.add(DELIVERY, delivery, (), move |()| desired.clone()).after()
    }

    /// Adds the APIs, with their limits of requests.
    fn restored_limits(&mut self, restored: &Restored) {
        let to = &restored.to;
        let (names, found) = (self.context.names.clone(), &restored.rollback.from.found);
        let limit = Throttle { burst: to.burst, rate: to.rate };
        let (http, stream) = divided(limit, found.stream_api.is_some());
        if let Some(id) = &found.stream_api {
            let api = StreamApi::new(names.stream_api.clone(), names.function.clone(), self.labels.clone());
            let (api, uri) = (api.found_before(Some(id.as_str())), names.stream_uri());
            self.graph.add(STREAM_API, api, (), move |()| StreamApiDesired {
                uri: uri.clone(),
                burst: stream.burst,
                rate: stream.rate,
            });
        }
        let api = HttpApi::new(names.api.clone(), self.labels.clone()).found_before(found.api.as_deref());
        self.graph.add("api", api, (), move |()| HttpApiDesired {
            target_arn: names.live_arn(),
            burst: http.burst,
            rate: http.rate,
            limit_owner: LimitOwner::Api,
            log_group_arn: names.arn_of_log_group(&names.access_log_group()),
            former_log_group: names.log_group.clone(),
        });
    }
}
