//! Starts the twin as a Lambda function or as a plain HTTP server.

use std::collections::BTreeMap;
use std::process::ExitCode;

use twin_lambda::start;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    start::run(&arguments, environment)
}
