//! The previews of pull requests: an environment for each, and one role for all.

use serde_json::{Value, json};

use crate::targets::aws::names::{AssignedIds, Names};

/// Any of the environments, from which the names and permissions of all are derived. GitHub numbers pull requests from 1.
pub(crate) const PREVIEW: &str = "pr-0";

/// Returns a policy that denies changes of the unnamed resources of other environments. Only IDs distinguish them from
/// the resources of previews, whose IDs are not known when `ci setup` runs. Returns `None` without such resources.
pub(crate) fn others(names: &Names, ids: &[AssignedIds]) -> Option<Value> {
    let api = |kind: &str, id: &String| {
        let arn = format!("arn:aws:apigateway:{}::/{kind}/{id}", names.region);
        [format!("{arn}/*"), arn]
    };
    let cloudfront = |kind: &str, id: &String| format!("arn:aws:cloudfront::{}:{kind}/{id}", names.account);
    let of = |ids: &AssignedIds| {
        let apis = ids.api.iter().flat_map(|id| api("apis", id)).collect::<Vec<_>>();
        let streams = ids.stream_api.iter().flat_map(|id| api("restapis", id)).collect();
        let controls = ids.access_control.iter().map(|id| cloudfront("origin-access-control", id)).collect();
        let policies =
            ids.headers_policy.iter().map(|id| cloudfront("response-headers-policy", id)).collect();
        [apis, streams, controls, policies].concat()
    };
    let resources: Vec<_> = ids.iter().flat_map(of).collect();
    let writes = [
        "apigateway:DELETE",
        "apigateway:PATCH",
        "apigateway:POST",
        "apigateway:PUT",
        "cloudfront:DeleteOriginAccessControl",
        "cloudfront:DeleteResponseHeadersPolicy",
        "cloudfront:UpdateOriginAccessControl",
        "cloudfront:UpdateResponseHeadersPolicy",
    ];
    (!resources.is_empty()).then(|| {
        json!({
            "Version": "2012-10-17",
            "Statement": [{ "Sid": "OtherEnvironments", "Effect": "Deny", "Action": writes, "Resource": resources }],
        })
    })
}
