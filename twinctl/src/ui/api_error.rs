//! A failed AWS call, as diagnostics show it.

use std::{error::Error, fmt};

use reconcile::Class;

/// An AWS error response, or no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// Service and operation as IAM names them: `lambda:CreateFunction`.
    pub action: &'static str,
    /// The error code of AWS, or our own text if there was no response.
    pub code: String,
    pub message: String,
    pub request_id: Option<String>,
    pub class: Class,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.action, self.code)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        self.request_id.as_ref().map_or(Ok(()), |id| write!(f, " (request {id})"))
    }
}

impl Error for ApiError {}
