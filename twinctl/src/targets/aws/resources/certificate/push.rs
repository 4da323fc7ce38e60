//! Asks for the certificate, and writes what proves its names.

use aws_sdk_acm::types::{Tag, ValidationMethod};
use reconcile::{Class, Fault};

use super::{Certificate, CertificateActual, CertificateMemory, proof};
use crate::targets::aws::{Answer, Cloud};

impl Certificate {
    pub(super) async fn push(
        &self,
        cloud: &Cloud,
        memory: &mut CertificateMemory,
        actual: Option<&CertificateActual>,
    ) -> Result<(), Fault> {
        let Some(there) = actual else { return self.request(cloud, memory).await };
        self.push_tags(cloud, there).await?;
        proof::write(cloud, &self.records, &there.placed).await
    }

    async fn request(&self, cloud: &Cloud, memory: &mut CertificateMemory) -> Result<(), Fault> {
        let [first, others @ ..] = self.names.as_slice() else {
            return Err(Fault::new(Class::Refused, "a certificate needs a name"));
        };
        let others = (!others.is_empty()).then(|| others.to_vec());
        let request =
            cloud.acm.request_certificate().domain_name(first).set_subject_alternative_names(others);
        let request =
            request.validation_method(ValidationMethod::Dns).idempotency_token(self.token(&memory.dead));
        let made =
            request.set_tags(Some(tags(self.labels.iter()))).send().await.fault("acm:RequestCertificate")?;
        memory.arn = made.certificate_arn;
        Ok(())
    }

    async fn push_tags(&self, cloud: &Cloud, there: &CertificateActual) -> Result<(), Fault> {
        let (arn, actual) = (&there.held.arn, &there.held.tags);
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
