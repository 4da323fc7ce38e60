"""Refuses to refer to what was deleted, as AWS does: a bucket policy to a user or a role, an alias to a version."""

import json

from ministack.services import iam, lambda_svc, s3

put_any_bucket_policy = s3._put_bucket_policy
update_any_alias = lambda_svc._update_alias


def listed(value):
    return value if isinstance(value, list) else [value]


def exists(principal):
    for kind, known in ((":role/", iam._roles), (":user/", iam._users)):
        account, _, path = str(principal).partition(kind)
        if path and s3.get_account_id() in account:
            return path.rsplit("/", 1)[-1] in known
    return True


def put_bucket_policy(name, body):
    for statement in listed(json.loads(body).get("Statement", [])):
        principal = statement.get("Principal")
        named = listed(principal.get("AWS", [])) if isinstance(principal, dict) else []
        if not all(map(exists, named)):
            return s3._error("MalformedPolicy", "Invalid principal in policy", 400, f"/{name}")
    return put_any_bucket_policy(name, body)


def update_alias(name, alias, data):
    version, function = data.get("FunctionVersion"), lambda_svc._functions.get(name)
    if function and version not in (None, "$LATEST") and version not in function["versions"]:
        return lambda_svc._function_qualifier_not_found(name, version)
    return update_any_alias(name, alias, data)


s3._put_bucket_policy = put_bucket_policy
lambda_svc._update_alias = update_alias
