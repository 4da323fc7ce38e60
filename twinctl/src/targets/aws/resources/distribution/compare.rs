//! Implements `diff`.

use aws_sdk_cloudfront::types::DistributionConfig;
use reconcile::Changes;

use super::{
    Distribution, DistributionActual, DistributionDesired,
    behavior::{API, STREAM},
    config::Blueprint,
    summary::{Known, origin_secret, summarize},
};

impl Distribution {
    pub(super) fn blueprint<'a>(&'a self, desired: &'a DistributionDesired, account: &str) -> Blueprint<'a> {
        Blueprint {
            desired,
            comment: self.comment(),
            reference: format!("{}-{}", self.marker, desired.birth),
            web_acl: self.web_acl.as_ref(),
            function_arn: format!("arn:aws:cloudfront::{account}:function/{}", desired.delivery.function),
        }
    }

    pub(super) fn is_up_to_date(&self, desired: &DistributionDesired, actual: &DistributionActual) -> bool {
        let mut changes = Changes::new();
        self.compare(&mut changes, desired, Some(actual));
        changes.into_vec().is_empty()
    }

    pub(super) fn compare(
        &self,
        changes: &mut Changes,
        desired: &DistributionDesired,
        actual: Option<&DistributionActual>,
    ) {
        let known = Known { marker: &self.marker, delivery: &desired.delivery };
        // The account is only part of an ARN, of which only the name is compared.
        let summarize = |config: &DistributionConfig| summarize(config, &known, desired.alias_owner);
        let new = self.blueprint(desired, "").new_config();
        let wanted = summarize(&new);
        let existing = actual.map(|actual| summarize(&actual.config)).unwrap_or_default();
        for name in wanted.keys().chain(existing.keys().filter(|name| !wanted.contains_key(*name))) {
            changes.optional(name, wanted.get(name), existing.get(name));
        }
        if let Some(web_acl) = &self.web_acl {
            changes.optional("web_acl", Some(web_acl), actual.and_then(DistributionActual::web_acl));
        }
        let sent = |origin| actual.and_then(|actual| origin_secret(&actual.config, origin));
        let secret = desired.origin_secret(sent(API));
        for origin in [Some(API), desired.stream_endpoint.as_ref().map(|_| STREAM)].into_iter().flatten() {
            changes.secret(&format!("origin.{origin}.secret"), Some(&secret), sent(origin).as_ref());
        }
    }
}
