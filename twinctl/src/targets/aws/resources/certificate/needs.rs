//! The permissions for certificates and their validation records.

use super::{Certificate, OldCertificate};
use crate::targets::aws::{Needs, Right, names::Names, resources::route53};

impl Needs for Certificate {
    fn needs(&self, names: &Names) -> Vec<Right> {
        needs(names)
    }
}

impl Needs for OldCertificate {
    fn needs(&self, names: &Names) -> Vec<Right> {
        needs(names)
    }
}

fn needs(names: &Names) -> Vec<Right> {
    let all = || [names.certificate_arn("*")];
    let look = &["acm:DescribeCertificate", "acm:ListTagsForCertificate"];
    let change = &["acm:DeleteCertificate", "acm:RemoveTagsFromCertificate"];
    let mut needs = vec![
        Right::look("ListCertificates", &["acm:ListCertificates"], ["*".to_owned()]),
        Right::look("LookAtCertificates", look, all()),
        Right::change("AskForCertificate", &["acm:RequestCertificate"], ["*".to_owned()])
            .with_our_tags(names),
        Right::change("TagCertificate", &["acm:AddTagsToCertificate"], all()).with_our_tags(names),
        Right::change("ChangeCertificate", change, all()).on_ours(names),
    ];
    needs.extend(route53::needs());
    needs
}
