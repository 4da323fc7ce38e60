//! Asks for the certificate, and writes what proves its names.

use aws_sdk_acm::types::{Tag, ValidationMethod};
use aws_smithy_types::error::operation::BuildError;
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
        let tags = self.labels.iter().map(tag).collect::<Result<_, _>>().map_err(untaggable)?;
        let made = request.set_tags(Some(tags)).send().await.fault("acm:RequestCertificate")?;
        memory.arn = made.certificate_arn;
        Ok(())
    }

    async fn push_tags(&self, cloud: &Cloud, there: &CertificateActual) -> Result<(), Fault> {
        let (arn, tags) = (&there.held.arn, &there.held.tags);
        let missing = self.labels.missing(tags);
        if !missing.is_empty() {
            let missing = missing.iter().map(|(key, value)| tag((key, value))).collect::<Result<_, _>>();
            let request = cloud.acm.add_tags_to_certificate().certificate_arn(arn);
            let request = request.set_tags(Some(missing.map_err(untaggable)?));
            request.send().await.fault("acm:AddTagsToCertificate")?;
        }
        let superfluous = self.labels.superfluous(tags);
        if !superfluous.is_empty() {
            let keys = superfluous.into_iter().map(|key| Tag::builder().key(key).build());
            let request = cloud.acm.remove_tags_from_certificate().certificate_arn(arn);
            let request = request.set_tags(Some(keys.collect::<Result<_, _>>().map_err(untaggable)?));
            request.send().await.fault("acm:RemoveTagsFromCertificate")?;
        }
        Ok(())
    }
}

fn tag((key, value): (&str, &str)) -> Result<Tag, BuildError> {
    Tag::builder().key(key).value(value).build()
}

fn untaggable(error: BuildError) -> Fault {
    Fault::new(Class::Refused, error)
}
