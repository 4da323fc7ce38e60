//! The two programs: the front door that cargo built for these tests, and the backend, built once.

use std::path::Path;

pub(crate) use xtask::backend::twin_lambda;

pub(crate) fn twinctl() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_twinctl"))
}
