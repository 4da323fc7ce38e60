//! What AWS and we allow as a name, an address or a colour, and the sentence for what is not.

use super::nearest::nearest;

/// Why a text cannot be what it is meant to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: {expected}")]
pub struct Refusal {
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// What would be right, short enough to stand beside the underlined text.
    pub expected: String,
    pub help: Option<String>,
}

type Verdict = Result<(), Refusal>;

/// `noun` names the kind of word, article included.
fn allow(fine: bool, text: &str, noun: &str, expected: &str) -> Verdict {
    if fine {
        return Ok(());
    }
    let message = if text.is_empty() {
        format!("{noun} cannot be empty")
    } else {
        format!("`{text}` cannot be {noun}")
    };
    Err(Refusal { message, expected: expected.to_owned(), help: None })
}

fn advise(verdict: Verdict, help: impl FnOnce() -> Option<String>) -> Verdict {
    verdict.map_err(|refusal| Refusal { help: help(), ..refusal })
}

/// All characters from `allowed`, and `min..=max` of them.
fn spelled(text: &str, max: usize, allowed: impl Fn(char) -> bool) -> bool {
    (1..=max).contains(&text.len()) && text.chars().all(allowed)
}

fn is_slug(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

fn is_slug_word(text: &str, max: usize) -> bool {
    spelled(text, max, is_slug) && text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.ends_with('-')
}

pub(super) fn project(text: &str) -> Verdict {
    let verdict = allow(
        is_slug_word(text, 31),
        text,
        "a project name",
        "1 to 31 lowercase letters, digits and hyphens, a letter first",
    );
    advise(verdict, || slug_of(text))
}

pub(super) fn environment(text: &str) -> Verdict {
    allow(
        is_slug_word(text, 20),
        text,
        "an environment name",
        "1 to 20 lowercase letters, digits and hyphens, a letter first",
    )
}

/// `My Twin` → `my-twin`, when that helps.
fn slug_of(text: &str) -> Option<String> {
    let slug = text.to_lowercase().replace([' ', '_', '.'], "-");
    is_slug_word(&slug, 31).then(|| format!("write `{slug}`"))
}

/// For "did you mean" only: a new region of the right form is accepted.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// The words between a region's continent and its number.
const QUARTERS: &[&str] =
    &["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];

pub(super) fn region(text: &str) -> Verdict {
    let expected = "a region such as `us-east-1` or `eu-west-1`";
    let verdict = allow(is_region(text), text, "an AWS region", expected);
    advise(verdict, || {
        let known = nearest(text, REGIONS.iter().copied())?;
        Some(format!("did you mean `{known}`?"))
    })
}

/// `eu-west-1`, `us-gov-east-1`: a continent, perhaps a partition, a quarter and a number.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let (continent, quarter, number) = match parts[..] {
        [continent, quarter, number] => (continent, quarter, number),
        [continent, "gov" | "iso" | "isob" | "isoe" | "isof", quarter, number] => {
            (continent, quarter, number)
        }
        _ => return false,
    };
    continent.len() == 2
        && continent.bytes().all(|b| b.is_ascii_lowercase())
        && QUARTERS.contains(&quarter)
        && matches!(number.as_bytes(), [b'1'..=b'9'])
}

pub(super) fn profile(text: &str) -> Verdict {
    allow(
        !text.trim().is_empty() && !text.chars().any(char::is_control),
        text,
        "a profile",
        "the name of a profile in ~/.aws/config",
    )
}

pub(super) fn account(text: &str) -> Verdict {
    let verdict = allow(is_account(text), text, "an AWS account", "exactly 12 digits");
    advise(verdict, || {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let only_hyphens = text.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ' ');
        (only_hyphens && is_account(&digits)).then(|| format!("write `{digits}`"))
    })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn role_arn(text: &str) -> Verdict {
    allow(
        is_role_arn(text),
        text,
        "a role to assume",
        "the ARN of a role, like `arn:aws:iam::123456789012:role/deployer`",
    )
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

pub(super) fn model_id(text: &str) -> Verdict {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:/".contains(c);
    let verdict = allow(
        spelled(text, 2048, allowed) && text.contains(['.', '/']),
        text,
        "a Bedrock model",
        "a model's id or an inference profile, like `amazon.nova-lite-v1:0`",
    );
    advise(verdict, || {
        let short = text.strip_prefix("nova-")?;
        let size = nearest(short, ["micro", "lite", "pro", "premier"])?;
        Some(format!("write `amazon.nova-{size}-v1:0`; the region's prefix is added"))
    })
}

/// The rules of S3's general purpose buckets; a dot would break TLS to the bucket's host name.
pub(super) fn bucket(text: &str) -> Verdict {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fine =
        text.len() >= 3 && spelled(text, 63, is_slug) && text.starts_with(edge) && text.ends_with(edge);
    let expected = "3 to 63 lowercase letters, digits and hyphens, no hyphen at either end";
    allow(fine, text, "a bucket name", expected)?;
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|start| text.starts_with(start))
        || ["-s3alias", "--ol-s3", "--x-s3", "--table-s3"].iter().any(|end| text.ends_with(end));
    allow(!reserved, text, "a bucket name", "S3 keeps this beginning or ending for itself")
}

pub(super) fn function(text: &str) -> Verdict {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let expected = "1 to 64 letters, digits, hyphens and underscores";
    allow(spelled(text, 64, allowed), text, "a function name", expected)
}

pub(super) fn role(text: &str) -> Verdict {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let expected = "1 to 64 letters, digits and `+=,.@_-`";
    allow(spelled(text, 64, allowed), text, "a role name", expected)
}

pub(super) fn api(text: &str) -> Verdict {
    let fine = (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    allow(fine, text, "an API name", "1 to 128 characters")
}

pub(super) fn log_group(text: &str) -> Verdict {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/#".contains(c);
    let fine = spelled(text, 512, allowed) && !text.starts_with("aws/");
    let expected = "1 to 512 letters, digits and `._-/#`, not beginning with `aws/`";
    allow(fine, text, "a log group name", expected)
}

pub(super) fn colour(text: &str) -> Verdict {
    let is_hex =
        |digits: &str| matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let fine = text.strip_prefix('#').is_some_and(is_hex);
    let verdict = allow(fine, text, "a colour", "a colour like `\"#3366cc\"`");
    advise(verdict, || is_hex(text).then(|| format!("write `\"#{text}\"`")))
}

pub(super) fn origin(text: &str) -> Verdict {
    let verdict = allow(
        ["https://", "http://"].iter().any(|scheme| is_host_after(text, scheme)),
        text,
        "an origin",
        "scheme, host and perhaps a port, like `https://example.com`",
    );
    advise(verdict, || match text {
        "*" => Some("name each page that may call the API; `*` would be every page".to_owned()),
        _ => origin_in(text),
    })
}

pub(super) fn https_origin(text: &str) -> Verdict {
    let verdict = allow(
        is_host_after(text, "https://"),
        text,
        "a site",
        "`https://` and a host, like `https://example.com`",
    );
    advise(verdict, || origin_in(&text.replacen("http://", "https://", 1)))
}

/// What is left of an address when its path is cut off.
fn origin_in(text: &str) -> Option<String> {
    let address = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.to_lowercase();
    let short = format!("{scheme}://{host}");
    (host.contains(['.', ':']) && short != text && origin(&short).is_ok()).then(|| format!("write `{short}`"))
}

fn is_host_after(text: &str, scheme: &str) -> bool {
    let Some(authority) = text.strip_prefix(scheme) else {
        return false;
    };
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let labels = host
        .split('.')
        .all(|label| spelled(label, 63, is_slug) && !label.starts_with('-') && !label.ends_with('-'));
    host.len() <= 253 && labels && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|p| p > 0))
}

/// One of the owner's tags; `twinctl:` is how we know what is ours.
pub(super) fn tag_key(text: &str) -> Verdict {
    let lower = text.to_lowercase();
    let reserved = lower.starts_with("aws:") || lower.starts_with("twinctl:");
    allow(!reserved, text, "a tag", "`aws:` and `twinctl:` are reserved")?;
    allow(is_tag_text(text, 1, 128), text, "a tag", "1 to 128 letters, digits, spaces and `_.:/=+-@`")
}

pub(super) fn tag_value(text: &str) -> Verdict {
    let expected = "at most 256 letters, digits, spaces and `_.:/=+-@`";
    allow(is_tag_text(text, 0, 256), text, "a tag's value", expected)
}

fn is_tag_text(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.chars().count())
        && text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
}

/// A path below the project's folder, the same on every system.
pub(super) fn path(text: &str) -> Verdict {
    let fine = !text.trim().is_empty() && !text.contains('\\') && !text.chars().any(char::is_control);
    allow(fine, text, "a path", "a path with `/` between folders")
}

pub(super) fn image(text: &str) -> Verdict {
    path(text)?;
    let lower = text.to_lowercase();
    let known = [".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".svg"];
    let fine = known.iter().any(|ending| lower.ends_with(ending));
    allow(fine, text, "an avatar", "an image file: png, jpg, webp, avif, gif or svg")
}
