//! Implements `converge`: makes at most one call that Lambda processes asynchronously, so that the next call finds
//! the function ready.

use aws_sdk_lambda::{
    primitives::Blob,
    types::{
        Architecture, DeadLetterConfig, Environment, EphemeralStorage, FunctionCode, LogFormat,
        LoggingConfig, TracingConfig, TracingMode, VpcConfig,
    },
};
use reconcile::{Class, Fault, Status};

use super::{
    Function, FunctionActual, FunctionDesired,
    content::{Code, Content, Version},
    settings::{HANDLER, RUNTIME, STORAGE_MB, Settings, Unmanaged},
    status,
};
use crate::{
    artifacts::lambda::LambdaZip,
    targets::aws::{Cloud, SdkResult},
};

impl Function {
    pub(super) async fn create(
        &self,
        cloud: &Cloud,
        desired: &FunctionDesired,
    ) -> Result<FunctionActual, Fault> {
        let Some(zip) = &desired.code else {
            return Err(Fault::new(Class::Refused, "creating the function requires its code"));
        };
        let code = FunctionCode::builder().zip_file(Blob::new(zip.bytes.clone())).build();
        let create = cloud.lambda.create_function().function_name(&self.name).code(code).publish(true);
        let create = create.runtime(RUNTIME).handler(HANDLER).role(&desired.role_arn);
        let create = create.memory_size(desired.memory_mb.into()).timeout(desired.timeout_s.into());
        let create = create.environment(environment(desired)).logging_config(logging(desired));
        let create = create.architectures(architecture(zip)).set_tags(Some(self.labels.to_map()));
        let response = create.send().await.fault("lambda:CreateFunction")?;
        let content = Content { settings: Settings::wanted(desired), code: Code::of(zip) };
        Ok(FunctionActual {
            versions: version(response.version, &content).into_iter().collect(),
            latest: content,
            tags: self.labels.to_map(),
            reserved_concurrency: None,
            status: status(
                response.state.as_ref(),
                response.last_update_status.as_ref(),
                response.state_reason,
            ),
            failed_update: None,
        })
    }

    /// Writes the settings that differ, up to the first call that Lambda processes asynchronously.
    pub(super) async fn update(
        &self,
        cloud: &Cloud,
        desired: &FunctionDesired,
        actual: &FunctionActual,
    ) -> Result<FunctionActual, Fault> {
        self.update_tags(cloud, actual).await?;
        if actual.reserved_concurrency != desired.reserved_concurrency {
            self.reserve(cloud, desired.reserved_concurrency).await?;
        }
        let mut now = FunctionActual {
            tags: self.labels.to_map(),
            reserved_concurrency: desired.reserved_concurrency,
            ..actual.clone()
        };
        if actual.latest.settings != Settings::wanted(desired) || actual.failed_update.is_some() {
            now.status = self.configure(cloud, desired, actual).await?;
            now.latest.settings = Settings::wanted(desired);
            now.failed_update = None;
        } else if let Some(zip) = desired.code.as_ref().filter(|zip| Code::of(zip) != actual.latest.code) {
            now.latest.code = Code::of(zip);
            self.upload(cloud, zip, &mut now).await?;
        } else if actual.published().is_none() {
            let publish = cloud.lambda.publish_version().function_name(&self.name);
            let response = publish.send().await.fault("lambda:PublishVersion")?;
            now.versions.extend(version(response.version, &now.latest));
        }
        Ok(now)
    }

    async fn configure(
        &self,
        cloud: &Cloud,
        desired: &FunctionDesired,
        actual: &FunctionActual,
    ) -> Result<Status, Fault> {
        let update = cloud.lambda.update_function_configuration().function_name(&self.name);
        let update = update.runtime(RUNTIME).handler(HANDLER).role(&desired.role_arn);
        let update = update.memory_size(desired.memory_mb.into()).timeout(desired.timeout_s.into());
        let mut update = update.environment(environment(desired)).logging_config(logging(desired));
        for setting in actual.latest.settings.unmanaged.keys() {
            // An update keeps settings that it does not mention, so each is reset to AWS's default.
            update = match setting {
                Unmanaged::DeadLetters => {
                    update.dead_letter_config(DeadLetterConfig::builder().target_arn("").build())
                }
                Unmanaged::Description => update.description(""),
                Unmanaged::FileSystems => update.set_file_system_configs(Some(vec![])),
                Unmanaged::Key => update.kms_key_arn(""),
                Unmanaged::Layers => update.set_layers(Some(vec![])),
                Unmanaged::Storage => {
                    update.set_ephemeral_storage(EphemeralStorage::builder().size(STORAGE_MB).build().ok())
                }
                Unmanaged::Tracing => {
                    update.tracing_config(TracingConfig::builder().mode(TracingMode::PassThrough).build())
                }
                Unmanaged::Vpc => update.vpc_config(
                    VpcConfig::builder()
                        .set_subnet_ids(Some(vec![]))
                        .set_security_group_ids(Some(vec![]))
                        .build(),
                ),
            };
        }
        let response = update.send().await.fault("lambda:UpdateFunctionConfiguration")?;
        Ok(status(response.state.as_ref(), response.last_update_status.as_ref(), response.state_reason))
    }

    /// Uploads the code and publishes a version in the same call.
    async fn upload(&self, cloud: &Cloud, zip: &LambdaZip, now: &mut FunctionActual) -> Result<(), Fault> {
        let update = cloud.lambda.update_function_code().function_name(&self.name).publish(true);
        let update = update.zip_file(Blob::new(zip.bytes.clone())).architectures(architecture(zip));
        let response = update.send().await.fault("lambda:UpdateFunctionCode")?;
        now.versions.extend(version(response.version, &now.latest));
        now.status =
            status(response.state.as_ref(), response.last_update_status.as_ref(), response.state_reason);
        Ok(())
    }

    async fn reserve(&self, cloud: &Cloud, reserved: Option<u16>) -> Result<(), Fault> {
        if let Some(reserved) = reserved {
            let put = cloud.lambda.put_function_concurrency().function_name(&self.name);
            let put = put.reserved_concurrent_executions(reserved.into()).send().await;
            put.fault("lambda:PutFunctionConcurrency").map(drop)
        } else {
            let delete = cloud.lambda.delete_function_concurrency().function_name(&self.name).send().await;
            delete.fault("lambda:DeleteFunctionConcurrency").map(drop)
        }
    }

    async fn update_tags(&self, cloud: &Cloud, actual: &FunctionActual) -> Result<(), Fault> {
        let tag = async |tags| {
            let tag = cloud.lambda.tag_resource().resource(&self.arn).set_tags(Some(tags));
            tag.send().await.fault("lambda:TagResource")
        };
        let untag = async |keys| {
            let untag = cloud.lambda.untag_resource().resource(&self.arn).set_tag_keys(Some(keys));
            untag.send().await.fault("lambda:UntagResource")
        };
        self.labels.write(&actual.tags, tag, untag).await
    }
}

fn version(number: Option<String>, content: &Content) -> Option<Version> {
    let number = number?.parse().ok()?;
    Some(Version { number, content: content.clone() })
}

fn environment(desired: &FunctionDesired) -> Environment {
    let variables = desired.environment.clone().into_iter().collect();
    Environment::builder().set_variables(Some(variables)).build()
}

fn logging(desired: &FunctionDesired) -> LoggingConfig {
    LoggingConfig::builder().log_format(LogFormat::Text).log_group(&desired.log_group).build()
}

fn architecture(zip: &LambdaZip) -> Architecture {
    zip.architecture.to_string().as_str().into()
}
