//! `names`: physical names that replace the generated ones.

use crate::spec::environment::Names;
use crate::spec::fields::{Fields, Section};

impl Section for Names {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            frontend_bucket: fields.optional("frontend_bucket", "The bucket of the page"),
            memory_bucket: fields.optional("memory_bucket", "The bucket of the conversations"),
            data_bucket: fields.optional("data_bucket", "The bucket of the data files"),
            function: fields.optional("function", "The Lambda function"),
            role: fields.optional("role", "The function's role"),
            api: fields.optional("api", "The HTTP API"),
            log_group: fields.optional("log_group", "The function's log group"),
        })
    }
}
