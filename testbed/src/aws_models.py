"""Answers questions about AWS's own models of its services, which botocore contains. Reads one question as JSON from
standard input: an object with the name of a function below and its argument. Prints its result as JSON."""

import datetime
import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.session
from botocore import xform_name

SESSION = botocore.session.Session()
# The service of a signature, and its models.
MODELS = {
    "acm": ["acm"],
    "apigateway": ["apigatewayv2", "apigateway"],
    "bedrock": ["bedrock", "bedrock-runtime"],
    "budgets": ["budgets"],
    "cloudfront": ["cloudfront"],
    "dynamodb": ["dynamodb"],
    "iam": ["iam"],
    "lambda": ["lambda"],
    "logs": ["logs"],
    "monitoring": ["cloudwatch"],
    "route53": ["route53"],
    "s3": ["s3"],
    "secretsmanager": ["secretsmanager"],
    "sns": ["sns"],
    "sts": ["sts"],
}
# Headers of the signature and of the SDK, which are no members of a shape.
OTHER_HEADERS = re.compile(
    r"x-amz-(date|content-sha256|security-token|user-agent|target|trailer|decoded-content-length"
    r"|sdk-checksum-algorithm|checksum-.*)$"
)


def models(service):
    return [SESSION.get_service_model(name) for name in MODELS[service]]


def errors(names):
    """The error codes of each operation that has one of the names (`create_function` or `CreateFunction`): service, operation,
    code, status."""
    found = []
    for service in MODELS:
        for model in models(service):
            for name in model.operation_names:
                if {name, xform_name(name)} & set(names):
                    for shape in model.operation_model(name).error_shapes:
                        error = shape.metadata.get("error", {})
                        status = error.get("httpStatusCode") or (500 if shape.metadata.get("fault") else 400)
                        found.append([service, name, error.get("code", shape.name), status])
    return found


def serialized(name, shape):
    return shape.serialization.get("name", name)


def limits(shape, value, size, path):
    data = shape.metadata
    if "min" in data and size < data["min"] or "max" in data and size > data["max"]:
        yield f"{path}: {value!r:.60} is not between {data.get('min')} and {data.get('max')}"


def text(shape, value, path):
    if not isinstance(value, str):
        yield f"{path}: {value!r:.60} is no string"
        return
    yield from limits(shape, value, len(value), path)
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"
    try:
        matches = re.search(shape.metadata.get("pattern", ""), value) is not None
    except re.error:
        matches = True  # a pattern of Java that Python does not know
    if not matches:
        yield f"{path}: {value!r:.60} does not match {shape.metadata['pattern']}"


def value(shape, found, path):
    """Compares a value, as JSON has it, with a shape."""
    kind = shape.type_name
    if kind == "structure" and not getattr(shape, "is_document_type", False):
        if not isinstance(found, dict):
            yield f"{path}: {found!r:.60} is no structure"
            return
        body = {serialized(name, member): (name, member) for name, member in shape.members.items()}
        for name in found.keys() - body.keys():
            yield f"{path}.{name}: unknown member"
        for name in shape.required_members:
            if serialized(name, shape.members[name]) not in found:
                yield f"{path}.{name}: missing"
        for name in found.keys() & body.keys():
            if found[name] is not None:
                yield from value(body[name][1], found[name], f"{path}.{name}")
        if getattr(shape, "is_tagged_union", False) and len(found) != 1:
            yield f"{path}: {sorted(found)} are not exactly one member of a union"
    elif kind == "list":
        yield from limits(shape, found, len(found), path)
        for place, item in enumerate(found):
            yield from value(shape.member, item, f"{path}[{place}]")
    elif kind == "map":
        for key, item in found.items():
            yield from text(shape.key, key, f"{path} key")
            yield from value(shape.value, item, f"{path}.{key}")
    elif kind == "string":
        yield from text(shape, found, path)
    elif kind in ("integer", "long", "float", "double"):
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            yield f"{path}: {found!r:.60} is no number"
        else:
            yield from limits(shape, found, found, path)
    elif kind == "boolean" and not isinstance(found, bool):
        yield f"{path}: {found!r:.60} is no boolean"


def scalar(shape, found):
    """The value of a text in a URL, a header, a form or XML."""
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(found, found)
    if shape.type_name in ("integer", "long", "float", "double"):
        try:
            return float(found)
        except ValueError:
            return found
    return found


def from_xml(shape, element):
    kind = shape.type_name
    if kind == "structure":
        found = {}
        for name, member in shape.members.items():
            if member.serialization.get("xmlAttribute"):
                continue
            tag = serialized(name, member)
            children = [child for child in element if local(child) == tag]
            if children and member.type_name == "list" and member.serialization.get("flattened"):
                found[tag] = [from_xml(member.member, child) for child in children]
            elif children:
                found[tag] = from_xml(member, children[0])
        known = {serialized(name, member) for name, member in shape.members.items()}
        unknown = {local(child) for child in element} - known
        return {**found, **{tag: None for tag in unknown}}
    if kind == "list":
        return [from_xml(shape.member, child) for child in element]
    return scalar(shape, element.text or "")


def local(element):
    return element.tag.rpartition("}")[2]


def from_form(shape, prefix, form, used):
    """The value in a form of the query protocol, `None` if it is absent."""
    kind = shape.type_name
    if kind == "structure":
        found = {}
        for name, member in shape.members.items():
            tag = serialized(name, member)
            item = from_form(member, f"{prefix}.{tag}" if prefix else tag, form, used)
            if item is not None:
                found[tag] = item
        return found if found or not prefix else None
    if kind == "list":
        step = prefix if shape.serialization.get("flattened") else f"{prefix}.member"
        items = []
        while (item := from_form(shape.member, f"{step}.{len(items) + 1}", form, used)) is not None:
            items.append(item)
        return items or None
    if kind == "map":
        step = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
        entries, number = {}, 1
        while (key := from_form(shape.key, f"{step}.{number}.key", form, used)) is not None:
            entries[key] = from_form(shape.value, f"{step}.{number}.value", form, used)
            number += 1
        return entries or None
    if prefix in form:
        used.add(prefix)
        return scalar(shape, form[prefix])
    return None


def operation(service, request):
    """The operation of a REST request, and the parameters in its path."""
    query = dict(urllib.parse.parse_qsl(request["query"], keep_blank_values=True))
    path = request["path"].rstrip("/") or "/"
    best = None
    for model in models(service):
        for name in model.operation_names:
            found = model.operation_model(name)
            uri, _, fixed = found.http["requestUri"].partition("?")
            fixed = dict(urllib.parse.parse_qsl(fixed, keep_blank_values=True))
            if found.http["method"] != request["method"] or not fixed.items() <= query.items():
                continue
            if found.deprecated or query.get("x-id", name) != name:
                continue
            labels = re.findall(r"\{([\w-]+)\+?\}", uri)
            parts = re.split(r"(\{[^}]+\})", uri.rstrip("/") or "/")
            forms = ["(.+)" if part.endswith("+}") else "([^/]+)" if "{" in part else re.escape(part) for part in parts]
            match = re.fullmatch("".join(forms), path)
            required = {
                serialized(key, member)
                for key, member in (found.input_shape.members if found.input_shape else {}).items()
                if member.serialization.get("location") == "querystring"
                and key in found.input_shape.required_members
            }
            if match and required <= query.keys():
                rank = (len(fixed), len(required), -len(labels))
                if best is None or rank > best[0]:
                    values = dict(zip(labels, map(urllib.parse.unquote, match.groups())))
                    rest = {key: text for key, text in query.items() if key not in fixed and key != "x-id"}
                    best = (rank, found, values, rest)
    return best[1:] if best else (None, {}, {})


def rest(service, request, body):
    found, labels, query = operation(service, request)
    if found is None:
        yield f"{service} {request['method']} {request['path']}?{request['query']}: no operation"
        return
    shape, at = found.input_shape, f"{service} {found.name}"
    members = shape.members if shape else {}
    places = {"uri": labels, "querystring": query, "header": request["headers"]}
    in_body = {}
    headers = set()
    for name, member in members.items():
        place, tag = member.serialization.get("location"), serialized(name, member)
        if place == "headers":
            headers.update(header for header in request["headers"] if header.startswith(tag.lower()))
            continue
        if place is None:
            in_body[name] = member
            continue
        key = tag.lower() if place == "header" else tag
        headers.add(key)
        if key in places[place]:
            yield from value(member, scalar(member, places[place][key]), f"{at}.{name}")
        elif name in shape.required_members:
            yield f"{at}.{name}: missing"
    known = {serialized(name, member) for name, member in members.items()}
    yield from (f"{at}: unknown parameter {key}" for key in query.keys() - known)
    for header in request["headers"]:
        if header.startswith("x-amz-") and header not in headers and not OTHER_HEADERS.match(header):
            yield f"{at}: unknown header {header}"
    payload = shape.serialization.get("payload") if shape else None
    if payload and members[payload].type_name in ("blob", "string"):
        return
    if not body:
        yield from (f"{at}.{name}: missing" for name in in_body if name in shape.required_members)
        return
    target = members[payload] if payload else shape
    if found.service_model.metadata["protocol"] == "rest-xml":
        root = ElementTree.fromstring(body)
        if payload and local(root) != serialized(payload, target):
            yield f"{at}: the body is a {local(root)}"
        content = from_xml(target, root)
    else:
        content = json.loads(body)
    outside = {serialized(name, member) for name, member in members.items() if name not in in_body}
    if not payload:
        # The members outside the body were checked above.
        repeated = outside & content.keys() - {serialized(name, member) for name, member in in_body.items()}
        yield from (f"{at}.{name}: in the body" for name in repeated)
        content |= {name: None for name in outside}
    yield from value(target, content, at)


def findings(request):
    service = request["service"]
    body = request["body"]
    model = models(service)[0]
    protocol = model.metadata["protocol"]
    if protocol == "json" or "json" in model.metadata.get("protocols", []):
        name = request["headers"]["x-amz-target"].rpartition(".")[2]
        yield from value(model.operation_model(name).input_shape, json.loads(body), f"{service} {name}")
    elif protocol == "query":
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        name, used = form["Action"], {"Action", "Version"}
        shape = model.operation_model(name).input_shape
        if shape:
            yield from value(shape, from_form(shape, "", form, used), f"{service} {name}")
        yield from (f"{service} {name}: unknown parameter {key}" for key in form.keys() - used)
    else:
        yield from rest(service, request, body)


def requests(captured):
    """What contradicts the models in captured requests."""
    return sorted({finding for request in captured for finding in findings(request)})


def converse(bodies):
    """What contradicts the shape of Converse in bodies, by their names."""
    [_, runtime] = models("bedrock")
    shapes = {name: runtime.operation_model(name).input_shape for name in ("Converse", "ConverseStream")}
    return sorted(
        finding
        for name, body in bodies.items()
        for operation, shape in shapes.items()
        for finding in value(shape, {**body, "modelId": "m"}, f"{name} {operation}")
    )


def signatures(cases):
    """The URL that botocore calls for each case, and its signature."""
    return [signature(case) for case in cases]


def signature(case):
    credentials = botocore.credentials.Credentials("AKIDEXAMPLE", "secret", case.get("token"))
    client = SESSION.create_client(
        case["client"], region_name=case["region"], aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret"
    )
    seen = []

    def stop(request, **_):
        seen.append(request.url)
        raise StopIteration

    client.meta.events.register("before-send", stop)
    try:
        getattr(client, xform_name(case["operation"]))(**case["parameters"])
    except StopIteration:
        pass
    request = botocore.awsrequest.AWSRequest(
        method=case["method"], url=seen[0], headers=case["headers"], data=case["body"].encode()
    )
    moment = datetime.datetime.fromisoformat(case["time"]).replace(tzinfo=datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda *_, **__: moment.replace(tzinfo=None)
    auth = botocore.auth.S3SigV4Auth if case["client"] == "s3" else botocore.auth.SigV4Auth
    name = "bedrock" if case["client"] == "bedrock-runtime" else case["client"]
    auth(credentials, name, case["region"]).add_auth(request)
    return {"url": request.url, "authorization": request.headers["Authorization"]}


question, argument = json.load(sys.stdin).popitem()
json.dump(
    {"errors": errors, "requests": requests, "converse": converse, "signatures": signatures}[question](argument),
    sys.stdout,
)
