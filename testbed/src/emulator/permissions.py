"""Adds what the emulator's IAM lacks: TLS, tags of distributions and APIs, permissions boundaries, `iam:PassRole`, and the
condition keys `lambda:Principal` and `dynamodb:LeadingKeys`."""

import json
from contextvars import ContextVar
from urllib.parse import unquote
from xml.etree import ElementTree

from ministack.core import iam_actions, iam_evaluator
from ministack.services import tagging

current_request = ContextVar("current_request", default=None)


def plain(params, name):
    value = params.get(name, "")
    return value[0] if isinstance(value, list) else value


def document(body):
    try:
        return json.loads(body) if body[:1] == b"{" else {}
    except ValueError:
        return {}


def boundary(action, params):
    """Returns the permissions boundary that the request sets, else that of its role."""
    from ministack.services import iam

    if action in ("iam:CreateRole", "iam:PutRolePermissionsBoundary"):
        return plain(params, "PermissionsBoundary")
    return (iam._roles.get(plain(params, "RoleName")) or {}).get("PermissionsBoundary")


def elements(body, name):
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return []
    return [element for element in root.iter() if element.tag.rsplit("}", 1)[-1] == name]


def tags_in_xml(body):
    pairs = [[part.text or "" for part in tag] for tag in elements(body, "Tag")]
    return {key: value for key, value in pairs}


def of_records(body):
    """What Route 53 says of a batch of changes."""
    def texts(wanted):
        return [element.text.lower().rstrip(".") if wanted == "Name" else element.text
                for change in elements(body, "Change") for element in change.iter()
                if element.tag.rsplit("}", 1)[-1] == wanted]
    keys = {"NormalizedRecordNames": "Name", "RecordTypes": "Type", "Actions": "Action"}
    return {f"route53:ChangeResourceRecordSets{key}": texts(wanted) for key, wanted in keys.items()}


def more(service, action, body, params):
    if action == "route53:ChangeResourceRecordSets":
        return of_records(body)
    if action == "acm:RequestCertificate":
        request = document(body)
        return {"acm:DomainNames": [request.get("DomainName"), *request.get("SubjectAlternativeNames", [])]}
    if service == "iam" and (arn := boundary(action, params)):
        return {"iam:PermissionsBoundary": arn}
    if service == "lambda" and action == "lambda:AddPermission":
        return {"lambda:Principal": document(body).get("Principal", "")}
    if service == "dynamodb":
        return {"dynamodb:LeadingKeys": [str(value) for part in document(body).get("Key", {}).values()
                                         for value in part.values()]}
    if service == "cloudfront":
        return {f"aws:RequestTag/{key}": value for key, value in tags_in_xml(body).items()}
    if service == "apigateway":
        return {f"aws:RequestTag/{key}": value for key, value in document(body).get("tags", {}).items()}
    return {}


tags_of_request = iam_actions.request_tag_context


def context(service, action, body, params):
    current_request.set((action, body))
    return {**tags_of_request(service, action, body, params), **more(service, action, body, params)}


iam_actions.request_tag_context = context
arn_of_request = iam_actions.extract_resource_arn


def arn_of_monitoring(headers, request, region, account):
    """AWS authorizes a list of alarms or dashboards for all of them."""
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
    if resource := request.get("ResourceARN"):
        return resource
    dashboards = [request.get("DashboardName"), *request.get("DashboardNames", [])]
    if "Dashboard" in target:
        return f"arn:aws:cloudwatch::{account}:dashboard/{next(filter(None, dashboards), '*')}"
    alarms = [request.get("AlarmName"), *request.get("AlarmNames", [])]
    alarm = "*" if target.endswith("DescribeAlarms") else next(filter(None, alarms))
    return f"arn:aws:cloudwatch:{region}:{account}:alarm:{alarm}"


def arn(service, method, path, headers, body, params, region, account):
    found = arn_of_request(service, method, path, headers, body, params, region, account)
    if service == "logs" and found == "*":
        return f"arn:aws:logs:{region}:{account}:log-group::log-stream:"
    if service == "logs" and found.count(":") == 6:
        # Only requests about tags are authorized by the ARN of the group itself.
        target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
        return found if "Tag" in target else f"{found}:*"
    if service == "lambda" and found == "*":
        return f"arn:aws:lambda:{region}:{account}:function:{document(body).get('FunctionName', '*')}"
    if service == "dynamodb" and found == "*":
        return document(body).get("ResourceArn", found)
    if service == "monitoring":
        return arn_of_monitoring(headers, document(body), region, account)
    if service == "budgets":
        request = document(body)
        budget = request.get("Budget") or request.get("NewBudget") or request
        return request.get("ResourceARN") or f"arn:aws:budgets::{account}:budget/{budget.get('BudgetName', '*')}"
    if service == "sns" and (resource := plain(params, "ResourceArn")):
        return unquote(resource)
    if service != "cloudfront" or found != "*":
        return found
    if resource := plain(params, "Resource"):
        return unquote(resource)
    kind, *rest = path.strip("/").split("/")[1:]
    if method == "GET" and not rest:
        return found
    if kind == "function" and not rest:
        rest = [name.text for name in elements(body, "Name")]
    return f"arn:aws:cloudfront::{account}:{kind}/{rest[0] if rest else '*'}"


iam_actions.extract_resource_arn = arn
action_of_request = iam_actions.extract_iam_action


def action(service, method, path, headers, body, params):
    found = action_of_request(service, method, path, headers, body, params)
    if service == "lambda" and "/aliases/" in path:
        # A single alias, not the list of aliases.
        return {"GET": "lambda:GetAlias", "PUT": "lambda:UpdateAlias", "DELETE": "lambda:DeleteAlias"}.get(method, found)
    if found == "cloudfront:CreateDistributionWithTags":
        return "cloudfront:CreateDistribution"
    if service == "budgets" and found and not found.endswith("Resource"):
        return "budgets:ViewBudget" if ":Describe" in found else "budgets:ModifyBudget"
    return found


iam_actions.extract_iam_action = action
matches = iam_evaluator.fnmatch_iam_cs


def matches_asterisks(value, pattern):
    """With `${*}`, which is an asterisk and no wildcard."""
    if "${*}" in pattern:
        value, pattern = value.replace("*", "\0"), pattern.replace("${*}", "\0")
    return matches(value, pattern)


iam_evaluator.fnmatch_iam_cs = matches_asterisks
enforce = iam_evaluator.enforce


def enforce_all(access_key, action, service, region, resource_arn="*", service_context=None):
    denied = enforce(access_key, action, service, region, resource_arn, service_context)
    request, body = current_request.get() or (None, b"")
    if not denied and action == "cloudfront:CreateDistribution":
        return enforce(access_key, "cloudfront:TagResource", service, region, resource_arn, service_context)
    role = document(body).get("Role") if service == "lambda" and request == action else None
    if denied or not role:
        return denied
    passed = {"iam:PassedToService": "lambda.amazonaws.com"}
    return enforce(access_key, "iam:PassRole", "iam", region, role, passed)


iam_evaluator.enforce = enforce_all
origin = iam_evaluator.pin_request_origin
iam_evaluator.pin_request_origin = lambda address, _: origin(address, True)


def distributions():
    from ministack.services import cloudfront

    yield from cloudfront._tags.items()


def apis():
    from ministack.services import apigateway, apigateway_v1

    for arn, tags in [*apigateway._api_tags.items(), *apigateway_v1._v1_tags.items()]:
        yield arn, [{"Key": key, "Value": value} for key, value in tags.items()]


tagging._RESOURCE_TAG_COLLECTORS["cloudfront"] = distributions
tagging._RESOURCE_TAG_COLLECTORS["apigateway"] = apis
