//! The permissions for certificates and their validation records.

use super::{Certificate, OldCertificate};
use crate::targets::aws::{
    Permission, RequiredPermissions, names::Names, permissions::NEW, resources::route53,
};

impl RequiredPermissions for Certificate {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let mut permissions = required_permissions(names, &self.names);
        let request = Permission::write("AskForCertificate", &["acm:RequestCertificate"], ["*".to_owned()]);
        let request = request.with_our_tags(names);
        let key = "acm:DomainNames";
        let request = request.when_any("ForAllValues:StringEquals", key, self.names.clone());
        // `ForAllValues` is also true for a request without values, so this requires at least one.
        permissions.push(request.when("Null", key, "false"));
        permissions
    }
}

impl RequiredPermissions for OldCertificate {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        required_permissions(names, &self.wanted.iter().cloned().collect::<Vec<_>>())
    }
}

fn required_permissions(names: &Names, hostnames: &[String]) -> Vec<Permission> {
    let all = || [names.certificate_arn("*")];
    let look = &["acm:DescribeCertificate", "acm:ListTagsForCertificate"];
    let change = &["acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:RemoveTagsFromCertificate"];
    let mut permissions = vec![
        Permission::read("ListCertificates", &["acm:ListCertificates"], ["*".to_owned()]),
        Permission::read("LookAtCertificates", look, all()),
        Permission::write("TagNewCertificate", &["acm:AddTagsToCertificate"], [names.certificate_arn(NEW)])
            .with_our_tags(names),
        Permission::write("ChangeCertificate", change, all()).on_our_resources(names),
    ];
    permissions.extend(route53::required_permissions(hostnames));
    permissions
}
