//! The places of a course twin's resources.

use super::{super::read, *};

/// A state as the Terraform files of existing twins leave it.
const COURSE: &str = include_str!("../course.tfstate.json");

#[test]
fn each_resource_of_a_course_twin_has_a_place() {
    let mapping = Mapping::of(&read(COURSE).unwrap(), None);
    insta::assert_snapshot!(mapping.lines().join("\n"));
    assert_eq!(mapping.region.as_deref(), Some("eu-west-1"));
    assert_eq!(mapping.account.as_deref(), Some("123456789012"));
    let settings: Vec<_> =
        mapping.settings().into_iter().map(|(field, name)| format!("{field}: {name}")).collect();
    insta::assert_snapshot!(settings.join("\n"));
}

#[test]
fn a_bucket_whose_name_is_not_valid_stays_outside() {
    let text = COURSE.replace("twin-dev-memory-123456789012", "twin.memory");
    let mapping = Mapping::of(&read(&text).unwrap(), None);
    let lines = mapping.lines().join("\n");
    assert!(
        lines.contains("aws_s3_bucket.memory: not taken over: twinctl cannot use the name `twin.memory`"),
        "{lines}"
    );
    assert_eq!(mapping.names.memory_bucket, None);
}

/// Without them, `terraform destroy` would remove the records of the live page.
#[test]
fn records_of_the_page_are_forgotten_with_the_distribution() {
    let mut state: Value = serde_json::from_str(COURSE).unwrap();
    let list = state["resources"].as_array_mut().unwrap();
    let page = list.iter_mut().find(|each| each["type"] == "aws_cloudfront_distribution").unwrap();
    page["instances"][0]["attributes"]["aliases"] = json!(["ada.example", "www.ada.example"]);
    for (name, host, value) in [
        ("apex", "ada.example", json!([])),
        ("proof", "_1.www.ada.example.", json!(["_2.acm-validations.aws."])),
        ("mail", "mail.ada.example", json!(["10.0.0.1"])),
        ("other", "_1.mail.ada.example", json!(["_3.acm-validations.aws."])),
    ] {
        let attributes = json!({ "name": host, "records": value });
        list.push(json!({
            "mode": "managed", "type": "aws_route53_record", "name": name,
            "instances": [{ "attributes": attributes }],
        }));
    }
    let mapping = Mapping::of(&read(&state.to_string()).unwrap(), None);
    let records: Vec<_> = mapping.retired().filter(|address| address.contains("route53")).collect();
    let expected =
        ["module.dns.aws_route53_record.www", "aws_route53_record.apex", "aws_route53_record.proof"];
    assert_eq!(records, expected);
}
