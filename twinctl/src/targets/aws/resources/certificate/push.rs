//! Implements `converge`: requests the certificate, then writes its validation records.

use aws_sdk_acm::types::{Tag, ValidationMethod};
use reconcile::{Class, Fault};

use super::{Certificate, CertificateActual, CertificateMemory, validation};
use crate::targets::aws::{Cloud, SdkResult};

impl Certificate {
    pub(super) async fn push(
        &self,
        cloud: &Cloud,
        memory: &mut CertificateMemory,
        actual: Option<&CertificateActual>,
    ) -> Result<(), Fault> {
        let Some(actual) = actual else { return self.request(cloud, memory).await };
        self.push_tags(cloud, actual).await?;
        validation::write(cloud, &self.dns, &actual.records).await
    }

    async fn request(&self, cloud: &Cloud, memory: &mut CertificateMemory) -> Result<(), Fault> {
        let [first, others @ ..] = self.names.as_slice() else {
            return Err(Fault::new(Class::Refused, "a certificate needs a name"));
        };
        let others = (!others.is_empty()).then(|| others.to_vec());
        let request =
            cloud.acm.request_certificate().domain_name(first).set_subject_alternative_names(others);
        let request =
            request.validation_method(ValidationMethod::Dns).idempotency_token(self.token(&memory.unusable));
        let created =
            request.set_tags(Some(tags(self.labels.iter()))).send().await.fault("acm:RequestCertificate")?;
        memory.arn = created.certificate_arn;
        Ok(())
    }

    async fn push_tags(&self, cloud: &Cloud, actual: &CertificateActual) -> Result<(), Fault> {
        let (arn, actual) = (&actual.certificate.arn, &actual.certificate.tags);
        let tag = async |missing: Vec<(String, String)>| {
            let tag = cloud.acm.add_tags_to_certificate().certificate_arn(arn);
            tag.set_tags(Some(tags(missing))).send().await.fault("acm:AddTagsToCertificate")
        };
        let untag = async |keys: Vec<String>| {
            let tags = keys.into_iter().flat_map(|key| Tag::builder().key(key).build()).collect();
            let untag = cloud.acm.remove_tags_from_certificate().certificate_arn(arn);
            untag.set_tags(Some(tags)).send().await.fault("acm:RemoveTagsFromCertificate")
        };
        self.labels.write(actual, tag, untag).await
    }
}

fn tags<T: Into<String>>(tags: impl IntoIterator<Item = (T, T)>) -> Vec<Tag> {
    // Building a tag only fails without a key.
    tags.into_iter().flat_map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
