//! The rights that records need. Their zone is not known beforehand, and records have no tags.

use crate::targets::aws::Right;

pub(crate) fn needs() -> Vec<Right> {
    let zones = ["arn:aws:route53:::hostedzone/*".to_owned()];
    let look = &["route53:GetHostedZone", "route53:ListResourceRecordSets"];
    vec![
        Right::look("ListZones", &["route53:ListHostedZones"], ["*".to_owned()]),
        Right::look("LookAtRecords", look, zones.clone()),
        Right::change("WriteRecords", &["route53:ChangeResourceRecordSets"], zones),
        Right::change("WaitForRecords", &["route53:GetChange"], ["arn:aws:route53:::change/*".to_owned()]),
    ]
}
