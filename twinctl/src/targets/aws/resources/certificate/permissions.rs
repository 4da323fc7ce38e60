//! The permissions for certificates and their validation records.

use super::{Certificate, OldCertificate};
use crate::targets::aws::{Permission, RequiredPermissions, names::Names, resources::route53};

impl RequiredPermissions for Certificate {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        required_permissions(names)
    }
}

impl RequiredPermissions for OldCertificate {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        required_permissions(names)
    }
}

fn required_permissions(names: &Names) -> Vec<Permission> {
    let all = || [names.certificate_arn("*")];
    let look = &["acm:DescribeCertificate", "acm:ListTagsForCertificate"];
    let change = &["acm:DeleteCertificate", "acm:RemoveTagsFromCertificate"];
    let mut permissions = vec![
        Permission::read("ListCertificates", &["acm:ListCertificates"], ["*".to_owned()]),
        Permission::read("LookAtCertificates", look, all()),
        Permission::write("AskForCertificate", &["acm:RequestCertificate"], ["*".to_owned()])
            .with_our_tags(names),
        Permission::write("TagCertificate", &["acm:AddTagsToCertificate"], all()).with_our_tags(names),
        Permission::write("ChangeCertificate", change, all()).on_our_resources(names),
    ];
    permissions.extend(route53::required_permissions());
    permissions
}
