//! Function zips that the emulator can run.

use std::{io::Write, sync::Arc};

use sha2::{Digest, Sha256};
use twinctl::artifacts::{Architecture, lambda::LambdaZip};
use zip::{ZipWriter, write::SimpleFileOptions};

/// Returns the zip of a function that returns `response` for every event.
pub(crate) fn returning(response: &str) -> Arc<LambdaZip> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    writer.write_all(bootstrap(response).as_bytes()).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let sha256_base64 = aws_smithy_types::base64::encode(Sha256::digest(&bytes));
    Arc::new(LambdaZip { bytes, sha256_base64, architecture: Architecture::X86_64, glibc: None })
}

fn bootstrap(response: &str) -> String {
    format!(
        r#"#!/usr/bin/env python3
import os, urllib.request
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(base + "next") as call:
        request = call.headers["Lambda-Runtime-Aws-Request-Id"]
    urllib.request.urlopen(base + request + "/response", data=rb"""{response}""").close()
"#
    )
}
