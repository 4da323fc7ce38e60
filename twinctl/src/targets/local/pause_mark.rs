//! The mark that pauses a local twin: a file in the data folder.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use contract::{api, pause};
use reconcile::{Class, Fault};
use serde_json::Value;

use super::{
    gateway::{Secrets, TwinFolder},
    gateway_process::url,
    machine::Machine,
};
use crate::{
    system::files,
    twin::{
        endpoint::Endpoint,
        pause::{Pause, PauseMark},
    },
};

const LARGEST_HEALTH: usize = 64 << 10;

#[derive(Debug)]
pub(crate) struct FilePauseMark {
    pub(crate) folder: TwinFolder,
    /// The data folder.
    pub(crate) data: PathBuf,
}

#[async_trait(?Send)]
impl PauseMark for FilePauseMark {
    async fn write(&self, pause: &Pause) -> Result<bool, Fault> {
        if !self.data.is_dir() {
            return Ok(false);
        }
        files::write_json_in(&self.data, pause::MARK.as_ref(), pause).map(|()| true)
    }

    async fn remove(&self) -> Result<bool, Fault> {
        files::remove(&self.data.join(pause::MARK)).map(|()| self.data.is_dir())
    }

    async fn health(&self) -> Result<Option<Value>, Fault> {
        let machine = Machine::new(self.folder.clone(), Secrets::default(), Arc::default());
        let Some(gateway) = machine.status().await? else { return Ok(None) };
        let read = async {
            Endpoint::of_api(&url(gateway.address), None).get(api::HEALTH).await?.text(LARGEST_HEALTH).await
        };
        let health = read.await.map_err(|error| Fault::new(Class::Unavailable, error.to_string()))?;
        Ok(serde_json::from_str(&health).ok())
    }
}
