//! What differs between a distribution with its parts and what it should be.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::FunctionRuntime;
use reconcile::{Change, Changes};

use super::{
    Distribution, DistributionActual, DistributionDesired, OriginSecret,
    actual::ThereActual,
    config::{API, Blueprint},
    facts::{self, Facts, Known},
    headers, paths,
};

/// How the access control signs.
pub(super) const SIGNING: &str = "s3, always, sigv4";
/// Stands for the id of a part that is yet to be made.
const TO_BE_MADE: &str = "to be made";

impl Distribution {
    pub(super) fn blueprint<'a>(
        &self,
        desired: &'a DistributionDesired,
        account: &str,
        access_id: Option<&str>,
        headers_id: Option<&str>,
    ) -> Blueprint<'a> {
        Blueprint {
            desired,
            comment: self.comment(),
            reference: format!("{}-{}", self.marker, desired.birth),
            access_id: access_id.unwrap_or(TO_BE_MADE).to_owned(),
            headers_id: headers_id.unwrap_or(TO_BE_MADE).to_owned(),
            function_arn: format!("arn:aws:cloudfront::{account}:function/{}", self.function_name()),
        }
    }

    /// What the distribution should amount to, and what it does.
    pub(super) fn both_facts(
        &self,
        desired: &DistributionDesired,
        actual: &DistributionActual,
    ) -> (Facts, Facts) {
        let access_id = actual.access.as_ref().map_or(TO_BE_MADE, |access| &access.id);
        let headers_id = actual.headers.as_ref().map_or(TO_BE_MADE, |headers| &headers.id);
        let known = Known { marker: &self.marker, access_id: Some(access_id), headers_id: Some(headers_id) };
        // The account is in an ARN only, of which nothing but the name is compared.
        let blueprint = self.blueprint(desired, "", Some(access_id), Some(headers_id));
        let wanted = facts::facts(&blueprint.fresh(), &known);
        let there = actual.there.as_ref().map(|there| facts::facts(&there.config, &known));
        (wanted, there.unwrap_or_default())
    }

    pub(super) fn same(&self, desired: &DistributionDesired, actual: &DistributionActual) -> bool {
        let mut changes = Changes::new();
        self.compare_distribution(&mut changes, desired, actual);
        changes.into_vec().is_empty()
    }

    pub(super) fn compare_distribution(
        &self,
        changes: &mut Changes,
        desired: &DistributionDesired,
        actual: &DistributionActual,
    ) {
        let (wanted, there) = self.both_facts(desired, actual);
        for name in wanted.keys().chain(there.keys().filter(|name| !wanted.contains_key(*name))) {
            changes.optional(name, wanted.get(name), there.get(name));
        }
        let OriginSecret(secret) = &desired.origin_secret;
        let known = actual.there.as_ref().and_then(|there| secret_of(there));
        changes.secret(&format!("origin.{API}.secret"), Some(&secret.as_str()), known.as_ref());
    }

    pub(super) fn compare_parts(
        &self,
        changes: &mut Changes,
        desired: &DistributionDesired,
        actual: &DistributionActual,
    ) {
        let comment = self.comment();
        let access = actual.access.as_ref();
        let (wanted, signing) = (SIGNING.to_owned(), access.map(|access| &access.signing));
        changes.value("access_control", &wanted, signing);
        let function = actual.function.as_ref();
        let runtime = FunctionRuntime::CloudfrontJs20.to_string();
        changes.value("function.runtime", &runtime, function.map(|function| &function.runtime));
        let (code, live) =
            (paths::code(&desired.paths), function.and_then(|function| function.live.as_ref()));
        if live != Some(&code) {
            changes.push(Change::new("function.code", live.map(|live| size(live)), Some(size(&code))));
        }
        let policy = headers::policy(&self.marker, &comment, desired);
        let none = BTreeMap::new();
        let there = actual.headers.as_ref().map_or(&none, |headers| &headers.headers);
        changes.map("headers", &headers::facts(&policy), there);
        let comments = [
            ("access_control.comment", access.map(|part| &part.comment)),
            ("function.comment", function.map(|part| &part.comment)),
            ("headers.comment", actual.headers.as_ref().map(|part| &part.comment)),
        ];
        for (field, is) in comments {
            if is.is_some() {
                changes.value(field, &comment, is);
            }
        }
    }
}

fn secret_of(there: &ThereActual) -> Option<&str> {
    facts::secret(&there.config, API)
}

fn size(code: &str) -> String {
    format!("{} bytes", code.len())
}
