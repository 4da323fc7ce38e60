//! The rules of AWS for regions, accounts, models, names and tags.

use super::super::nearest::nearest;
use super::{Verdict, check, consists_of, is_slug, slug_of, with_help};

/// Known regions, for "did you mean" only. New regions of the same form are accepted.
pub(in crate::spec) const REGIONS: &str = "\
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 \
    ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 \
    ap-southeast-7 ca-central-1 ca-west-1 cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 \
    eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 \
    me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 \
    us-west-2";

pub(in crate::spec) fn region(text: &str) -> Verdict {
    let expected = "a region such as `us-east-1` or `eu-west-1`";
    let verdict = check(is_region(text), text, "AWS region", expected);
    with_help(verdict, || {
        let known = nearest(text, REGIONS.split_whitespace())?;
        Some(format!("did you mean `{known}`?"))
    })
}

/// Whether the text has the form of a region: area, optional partition, direction, number. For example `eu-west-1` or
/// `us-gov-east-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let ([area, "gov" | "iso" | "isob" | "isoe" | "isof", direction, number] | [area, direction, number]) =
        parts[..]
    else {
        return false;
    };
    area.len() == 2
        && area.bytes().all(|b| b.is_ascii_lowercase())
        && is_direction(direction)
        && matches!(number.as_bytes(), [b'1'..=b'9'])
}

/// Whether the text is a direction, like `east` or `northeast`.
fn is_direction(text: &str) -> bool {
    let rest = text.strip_prefix("north").or(text.strip_prefix("south")).unwrap_or(text);
    matches!(rest, "" | "east" | "west" | "central")
}

pub(in crate::spec) fn account(text: &str) -> Verdict {
    let verdict = check(is_account(text), text, "AWS account", "exactly 12 digits");
    with_help(verdict, || {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let only_hyphens = text.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ' ');
        (only_hyphens && is_account(&digits)).then(|| format!("write `{digits}`"))
    })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

pub(in crate::spec) fn role_arn(text: &str) -> Verdict {
    check(
        is_role_arn(text),
        text,
        "role ARN",
        "the ARN of a role, like `arn:aws:iam::123456789012:role/deployer`",
    )
}

pub(in crate::spec) fn web_acl_arn(text: &str) -> Verdict {
    check(
        is_web_acl_arn(text),
        text,
        "web ACL",
        "the ARN of a web ACL for CloudFront, like `arn:aws:wafv2:us-east-1:123456789012:global/webacl/twin/ID`",
    )
}

fn is_web_acl_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "wafv2", "us-east-1", account, resource] = parts[..] else {
        return false;
    };
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| is_slug(c) || c.is_ascii_uppercase() || c == '_')
    };
    let path: Vec<&str> = resource.split('/').collect();
    partition.starts_with("aws")
        && partition.chars().all(is_slug)
        && is_account(account)
        && matches!(path[..], ["global", "webacl", name, id] if is_word(name) && is_word(id))
}

fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts[..] else {
        return false;
    };
    let Some(path) = resource.strip_prefix("role/") else {
        return false;
    };
    let name = path.rsplit('/').next().unwrap_or_default();
    partition.starts_with("aws")
        && partition.chars().all(is_slug)
        && is_account(account)
        && path.len() <= 576
        && path.chars().all(|c| c.is_ascii_graphic())
        && role(name).is_ok()
}

pub(in crate::spec) fn model_id(text: &str) -> Verdict {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:/".contains(c);
    let verdict = check(
        consists_of(text, 2048, allowed) && text.contains(['.', '/']),
        text,
        "Bedrock model",
        "a model's id or an inference profile, like `amazon.nova-lite-v1:0`",
    );
    with_help(verdict, || {
        let short = text.strip_prefix("nova-")?;
        let size = nearest(short, ["micro", "lite", "pro", "premier"])?;
        Some(format!("write `amazon.nova-{size}-v1:0`; the region's prefix is added"))
    })
}

/// Checks the rules for general purpose buckets. Dots are rejected, because they break TLS to the bucket's hostname.
pub(in crate::spec) fn bucket(text: &str) -> Verdict {
    let expected = "3 to 63 lowercase letters, digits and hyphens, no hyphen at either end";
    with_help(check(is_bucket(text), text, "bucket name", expected), || {
        let slug = slug_of(text);
        is_bucket(&slug).then(|| format!("write `{slug}`"))
    })?;
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|start| text.starts_with(start))
        || ["-s3alias", "--ol-s3", "--x-s3", "--table-s3"].iter().any(|end| text.ends_with(end));
    check(!reserved, text, "bucket name", "S3 reserves this prefix or suffix")
}

fn is_bucket(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() >= 3 && consists_of(text, 63, is_slug) && text.starts_with(edge) && text.ends_with(edge)
}

pub(in crate::spec) fn function(text: &str) -> Verdict {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let expected = "1 to 64 letters, digits, hyphens and underscores";
    check(consists_of(text, 64, allowed), text, "function name", expected)
}

pub(in crate::spec) fn role(text: &str) -> Verdict {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let expected = "1 to 64 letters, digits and `+=,.@_-`";
    check(consists_of(text, 64, allowed), text, "role name", expected)
}

pub(in crate::spec) fn api(text: &str) -> Verdict {
    let valid = (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    check(valid, text, "API name", "1 to 128 characters")
}

pub(in crate::spec) fn log_group(text: &str) -> Verdict {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/#".contains(c);
    let valid = consists_of(text, 512, allowed) && !text.starts_with("aws/");
    let expected = "1 to 512 letters, digits and `._-/#`, not starting with `aws/`";
    check(valid, text, "log group name", expected)
}

/// Checks the key of an additional tag. `twinctl:` is reserved for the tags that identify our resources.
pub(in crate::spec) fn tag_key(text: &str) -> Verdict {
    let lower = text.to_lowercase();
    let reserved = lower.starts_with("aws:") || lower.starts_with("twinctl:");
    check(!reserved, text, "tag key", "`aws:` and `twinctl:` are reserved")?;
    check(is_tag_text(text, 1, 128), text, "tag key", "1 to 128 letters, digits, spaces and `_.:/=+-@`")
}

pub(in crate::spec) fn tag_value(text: &str) -> Verdict {
    let expected = "at most 256 letters, digits, spaces and `_.:/=+-@`";
    check(is_tag_text(text, 0, 256), text, "tag value", expected)
}

fn is_tag_text(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.chars().count())
        && text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
}
