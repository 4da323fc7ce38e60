//! Requests of twin-lambda, which are golden files of its own tests, compared with botocore.

use std::{fs, path::PathBuf};

use serde_json::Value;
use testbed::{aws_models::ask, workspace};

fn source(path: &str) -> PathBuf {
    workspace::root().join("twin-lambda/src").join(path)
}

#[testbed::test(emulator)]
fn botocore_signs_the_same_requests_in_the_same_way() {
    let text = fs::read_to_string(source("testing/signatures.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 8);
    let signed: Vec<Value> = ask("signatures", &cases).unwrap();
    for (case, signed) in cases.iter().zip(signed) {
        assert_eq!((&case["url"], &case["authorization"]), (&signed["url"], &signed["authorization"]));
    }
}

#[testbed::test(emulator)]
fn request_bodies_of_each_model_family_have_the_shape_of_converse() {
    let name = "twin_lambda__model__bedrock__tests__request_bodies_by_model_family.snap";
    let snapshot = fs::read_to_string(source("model/bedrock/snapshots").join(name)).unwrap();
    let bodies: Value = serde_json::from_str(snapshot.rsplit("---\n").next().unwrap()).unwrap();
    let findings: Vec<String> = ask("converse", &bodies).unwrap();
    assert_eq!(findings, [""; 0]);

    let wrong =
        serde_json::json!({ "wrong": { "messages": [{ "role": "robot", "content": [] }], "top": 1 } });
    let findings: Vec<String> = ask("converse", wrong).unwrap();
    assert!(findings.iter().any(|finding| finding.contains("top: unknown member")), "{findings:?}");
    assert!(findings.iter().any(|finding| finding.contains("'robot' is none of")), "{findings:?}");
}
