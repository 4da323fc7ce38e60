//! Terraform's language: resources with their import blocks, formatted as `terraform fmt` does.

use std::collections::BTreeMap;

use serde_json::Value;

const LONGEST_LINE: usize = 100;

/// The expressions for values of other resources. A value that several resources have is `None`.
pub(super) type References = BTreeMap<String, Option<String>>;

/// The content of a block.
#[derive(Debug, Default)]
pub(super) struct Body(Vec<(&'static str, Entry)>);

#[derive(Debug)]
enum Entry {
    Value(Value),
    /// A JSON document, which the provider expects as text.
    Document(Value),
    Expression(String),
    Block(Body),
}

impl Body {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn with(mut self, name: &'static str, entry: Entry) -> Self {
        self.0.push((name, entry));
        self
    }

    pub(super) fn set(self, name: &'static str, value: impl Into<Value>) -> Self {
        self.with(name, Entry::Value(value.into()))
    }

    /// Sets an attribute unless it is absent or empty.
    pub(super) fn set_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value.map(Into::into) {
            None | Some(Value::Null) => self,
            Some(Value::String(text)) if text.is_empty() => self,
            Some(value) => self.set(name, value),
        }
    }

    /// Sets a JSON document.
    pub(super) fn document(self, name: &'static str, document: Value) -> Self {
        self.with(name, Entry::Document(document))
    }

    pub(super) fn expression(self, name: &'static str, expression: impl Into<String>) -> Self {
        self.with(name, Entry::Expression(expression.into()))
    }

    pub(super) fn block(self, name: &'static str, body: Self) -> Self {
        self.with(name, Entry::Block(body))
    }

    pub(super) fn blocks(self, name: &'static str, bodies: impl IntoIterator<Item = Self>) -> Self {
        bodies.into_iter().fold(self, |body, each| body.block(name, each))
    }

    /// Renders the attributes, and after them the blocks.
    pub(super) fn render(&self, own_address: &str, references: &References) -> String {
        let writer = Writer { own_address, references };
        let attribute = |(name, entry): &(&'static str, Entry)| {
            let value = match entry {
                Entry::Value(value) => writer.value(value),
                Entry::Document(document) => format!("jsonencode({})", writer.value(document)),
                Entry::Expression(expression) => expression.clone(),
                Entry::Block(_) => return None,
            };
            Some(((*name).to_owned(), value))
        };
        let attributes: Vec<_> = self.0.iter().filter_map(attribute).collect();
        let block = |(name, entry): &(&'static str, Entry)| match entry {
            Entry::Block(body) => Some(block(name, &body.render(own_address, references))),
            _ => None,
        };
        let attributes = Some(aligned(&attributes)).filter(|text| !text.is_empty());
        attributes.into_iter().chain(self.0.iter().filter_map(block)).collect::<Vec<_>>().join("\n\n")
    }
}

/// A resource that exists, as Terraform describes it.
#[derive(Debug)]
pub(crate) struct Resource {
    kind: &'static str,
    name: String,
    /// The ID by which Terraform imports it.
    pub(crate) id: String,
    body: Body,
    /// Values that other resources may refer to, by their attributes.
    provided: Vec<(&'static str, String)>,
    /// Settings that the provider cannot read, so that an import does not set them.
    unread: &'static [&'static str],
}

impl Resource {
    pub(super) fn new(
        kind: &'static str,
        name: impl Into<String>,
        id: impl Into<String>,
        body: Body,
    ) -> Self {
        let (name, id) = (name.into(), id.into());
        Self { kind, name, id, body, provided: Vec::new(), unread: &[] }
    }

    /// Lets other resources refer to this value.
    pub(super) fn provides(mut self, attribute: &'static str, value: impl Into<String>) -> Self {
        self.provided.push((attribute, value.into()));
        self
    }

    pub(super) fn unread(self, unread: &'static [&'static str]) -> Self {
        Self { unread, ..self }
    }

    pub(crate) fn address(&self) -> String {
        format!("{}.{}", self.kind, self.name)
    }

    pub(super) fn import(&self) -> String {
        let attributes = [("to".to_owned(), self.address()), ("id".to_owned(), text(&self.id))];
        block("import", &aligned(&attributes))
    }

    pub(super) fn render(&self, references: &References) -> String {
        let mut body = self.body.render(&self.address(), references);
        if !self.unread.is_empty() {
            let unread = format!("ignore_changes = [{}]", self.unread.join(", "));
            let comment = "# The provider cannot read these settings, so an import does not set them.";
            body = format!("{body}\n\n{comment}\n{}", block("lifecycle", &unread));
        }
        block(&format!("resource {} {}", text(self.kind), text(&self.name)), &body)
    }
}

/// Returns the expressions by which resources can refer to each other.
pub(super) fn references<'r>(resources: impl IntoIterator<Item = &'r Resource>) -> References {
    let mut references = References::new();
    for resource in resources {
        for (attribute, value) in &resource.provided {
            let expression = format!("{}.{attribute}", resource.address());
            let unique = references.entry(value.clone()).or_insert_with(|| Some(expression.clone()));
            if unique.as_ref() != Some(&expression) {
                *unique = None;
            }
        }
    }
    references
}

/// Renders a block with its body.
pub(super) fn block(head: &str, body: &str) -> String {
    if body.is_empty() { format!("{head} {{}}") } else { format!("{head} {{\n{}\n}}", indented(body)) }
}

struct Writer<'w> {
    own_address: &'w str,
    references: &'w References,
}

impl Writer<'_> {
    fn value(&self, value: &Value) -> String {
        match value {
            Value::String(value) => self.reference(value).unwrap_or_else(|| text(value)),
            Value::Number(number) => number_text(number),
            Value::Array(items) => self.list(items),
            Value::Object(members) if members.is_empty() => "{}".to_owned(),
            Value::Object(members) => {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| (key(name), self.value(value))).collect();
                format!("{{\n{}\n}}", indented(&aligned(&members)))
            }
            Value::Null | Value::Bool(_) => value.to_string(),
        }
    }

    fn list(&self, items: &[Value]) -> String {
        let items: Vec<_> = items.iter().map(|item| self.value(item)).collect();
        let line = format!("[{}]", items.join(", "));
        if line.len() <= LONGEST_LINE && !line.contains('\n') {
            return line;
        }
        format!(
            "[\n{}\n]",
            indented(&items.iter().map(|item| format!("{item},")).collect::<Vec<_>>().join("\n"))
        )
    }

    /// Returns the expression for a value of another resource.
    fn reference(&self, value: &str) -> Option<String> {
        let expression = self.references.get(value)?.as_ref()?;
        let is_own = expression.strip_prefix(self.own_address).is_some_and(|rest| rest.starts_with('.'));
        (!is_own).then(|| expression.clone())
    }
}

fn number_text(number: &serde_json::Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or_else(|| text.clone(), ToOwned::to_owned)
}

fn key(name: &str) -> String {
    let is_identifier = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_identifier && !name.is_empty() { name.to_owned() } else { text(name) }
}

/// Returns a string literal, without interpolation.
pub(super) fn text(value: &str) -> String {
    let mut literal = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            _ => literal.push(c),
        }
    }
    literal.push('"');
    literal.replace("${", "$${").replace("%{", "%%{")
}

/// Renders attributes. The values of adjacent lines are aligned.
pub(super) fn aligned(attributes: &[(String, String)]) -> String {
    let is_long = |attribute: &(String, String)| attribute.1.contains('\n');
    let mut lines = Vec::new();
    for run in attributes.chunk_by(|one, next| is_long(one) == is_long(next)) {
        let widest = run.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        let width = if run.first().is_some_and(is_long) { 0 } else { widest };
        lines.extend(run.iter().map(|(name, value)| format!("{name:width$} = {value}")));
    }
    lines.join("\n")
}

fn indented(text: &str) -> String {
    let indent = |line: &str| if line.is_empty() { String::new() } else { format!("  {line}") };
    text.lines().map(indent).collect::<Vec<_>>().join("\n")
}

/// Parses a document that AWS returns as text.
pub(super) fn parsed(document: &str) -> Value {
    serde_json::from_str(document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn role() -> Resource {
        let trust = json!({ "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole" }] });
        let body = Body::new().set("name", "ada").document("assume_role_policy", trust);
        let body = body.set("tags", json!({ "twinctl:project": "ada", "note": "${x} \"y\"\n" }));
        Resource::new("aws_iam_role", "function", "ada", body)
            .provides("arn", "arn:role")
            .provides("name", "ada")
    }

    #[test]
    fn a_resource_refers_to_others_and_not_to_itself() {
        let environment = Body::new().set("variables", json!({ "RATE": 5.0, "ROLE": "arn:role" }));
        let body = Body::new().set("role", "arn:role").set("memory_size", 512).set("names", json!(["ada"]));
        let function =
            Resource::new("aws_lambda_function", "function", "f", body.block("environment", environment))
                .unread(&["filename", "publish"]);
        let resources = [role(), function];
        let references = references(&resources);
        let rendered = resources.iter().map(|resource| resource.render(&references));
        let imports = resources.iter().map(Resource::import);
        insta::assert_snapshot!(rendered.chain(imports).collect::<Vec<_>>().join("\n\n"));
    }

    #[test]
    fn a_value_of_two_resources_is_no_reference() {
        let twice =
            [role(), Resource::new("aws_apigatewayv2_api", "api", "x", Body::new()).provides("name", "ada")];
        assert_eq!(references(&twice).get("ada"), Some(&None));
    }
}
