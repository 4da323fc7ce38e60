//! Resources of another tool: reads what `unadopt` restores, and restores it.
//!
//! Restored are tags, policies, public access, and the hostnames of the distribution. The other tool restores the rest, such as
//! the code of the function: its next run finds that difference. Every step can be repeated.

mod bucket;
mod distribution;
mod function;
mod principals;
mod role;
mod settings;

use reconcile::Fault;

use super::Aws;
use crate::targets::{
    Adoption,
    aws::{
        names::Names,
        resources::DATA_FILES,
        stack::{
            DATA_BUCKET, DISTRIBUTION, DOMAIN_NODES, FUNCTION, LIVE_ALIAS, LOG_GROUP, MEMORY_BUCKET, ROLE,
            WEB_BUCKET,
        },
    },
    record::{Adopted, Former, Record},
};

impl Adoption for Aws {
    const RELEASED_NODES: &'static [&'static str] = &[MEMORY_BUCKET, DATA_BUCKET, WEB_BUCKET];

    /// Without the alias, the API that uses it would not answer.
    const PARTS: &'static [(&'static str, &'static [&'static str])] = &[
        (DATA_BUCKET, &[DATA_FILES]),
        (WEB_BUCKET, &["web access", "site"]),
        // An untagged log group counts as ours.
        (FUNCTION, &[LIVE_ALIAS, LOG_GROUP]),
        ("api", &["api limit"]),
        (DISTRIBUTION, &DOMAIN_NODES),
    ];

    async fn former(&self, nodes: &[&'static str]) -> Result<Adopted, Fault> {
        let cloud = self.cloud.as_ref();
        // The log group of a function has no tags if Lambda created it, and is taken over with the function.
        let with_logs = nodes.contains(&FUNCTION) && !nodes.contains(&LOG_GROUP);
        let mut adopted = Adopted::new();
        for node in nodes.iter().copied().chain(with_logs.then_some(LOG_GROUP)) {
            let former = match node {
                MEMORY_BUCKET | DATA_BUCKET | WEB_BUCKET => {
                    bucket::read(cloud, bucket_of(&self.names, node)).await?
                }
                ROLE => role::read(cloud, &self.names.role).await?,
                FUNCTION => function::read(cloud, &self.names).await?,
                LOG_GROUP => function::read_log_group(cloud, &self.names).await?,
                "api" => function::read_api(cloud, &self.names.api).await?,
                DISTRIBUTION => distribution::read(cloud, &self.names).await?,
                _ => None,
            };
            adopted.extend(former.map(|former| (node.to_owned(), former)));
        }
        Ok(adopted)
    }

    async fn give_back(&self, node: &str, former: &Former, is_online: bool) -> Result<Vec<String>, Fault> {
        let cloud = self.cloud.as_ref();
        match node {
            MEMORY_BUCKET | DATA_BUCKET | WEB_BUCKET => {
                return bucket::restore(cloud, former, is_online).await;
            }
            FUNCTION => return function::restore(cloud, &self.names, former).await,
            ROLE => role::restore(cloud, former).await,
            LOG_GROUP => function::restore_log_group(cloud, &self.names, former).await,
            "api" => function::restore_api(cloud, &self.names, former).await,
            DISTRIBUTION => distribution::restore(cloud, former).await,
            _ => Ok(()),
        }?;
        Ok(Vec::new())
    }
}

impl Aws {
    /// Returns the version to which the alias pointed before the function was taken over.
    pub(super) fn former_version(record: &Record) -> Option<u64> {
        record.adopted.get(FUNCTION).and_then(function::former_version)
    }
}

fn bucket_of<'n>(names: &'n Names, node: &str) -> &'n str {
    match node {
        MEMORY_BUCKET => &names.memory_bucket,
        DATA_BUCKET => &names.data_bucket,
        _ => &names.web_bucket,
    }
}
