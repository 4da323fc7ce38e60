"""Checks IAM policies, by their names in JSON on standard input, against the service authorization reference of
policy_sentry and with parliament. Prints one finding a line."""

import json
import re
import sys

from parliament import analyze_policy_string
from policy_sentry.querying.actions import get_action_data

# Findings of parliament about actions, resources and keys. The reference of policy_sentry is newer, and does not want a
# resource of every type that an action takes.
IN_THE_REFERENCE = {"MISMATCHED_TYPE_BUT_USABLE", "RESOURCE_MISMATCH", "UNKNOWN_ACTION", "UNKNOWN_CONDITION_FOR_ACTION"}


def listed(value):
    return [value] if isinstance(value, str) else value


def of_action(action):
    service, name = action.split(":")
    data = get_action_data(service, name)
    return data[service] if data else []


def meet(one, other):
    """Whether any text matches both patterns, in which `*` is any text."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return meet(one[1:], other) or meet(one, other[1:])
    if other[0] == "*":
        return meet(other, one)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and meet(one[1:], other[1:])


def takes(form, resource):
    """Whether a form of ARNs, with `${Name}` for its parts, fits a resource of a policy."""
    if resource == "*" or form == "*":
        return resource == "*"
    forms = re.sub(r"\$\{[A-Za-z]+\}", "*", form).split(":", 5)
    resources = resource.replace("${*}", "*").split(":", 5)
    return len(resources) == len(forms) and all(map(meet, forms, resources))


def findings(statement):
    actions, resources = listed(statement["Action"]), listed(statement["Resource"])
    used = set()
    for action in actions:
        rows = of_action(action)
        forms = [row["resource_arn_format"] for row in rows]
        fitting = [resource for resource in resources if any(takes(form, resource) for form in forms)]
        used.update(fitting)
        if not rows:
            yield f"{action}: unknown"
        elif not fitting:
            yield f"{action}: takes none of the resources"
        known = {key.split("/")[0] for row in rows for key in row["condition_keys"]}
        for keys in statement.get("Condition", {}).values():
            yield from (f"{action}: ignores {key}" for key in keys if key.split("/")[0] not in known)
    yield from (f"{resource}: no action takes it" for resource in resources if resource not in used)


def all_findings(policy):
    for statement in policy["Statement"]:
        yield from (f"{statement['Sid']} {finding}" for finding in findings(statement))
    for finding in analyze_policy_string(json.dumps(policy)).findings:
        if finding.issue not in IN_THE_REFERENCE:
            yield f"{finding.issue} {finding.detail}"


for name, policy in json.load(sys.stdin).items():
    for finding in sorted(set(all_findings(policy))):
        print(name, finding)
