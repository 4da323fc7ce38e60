"""Sends invocations of an alias with routing weights to several versions, in turn, so that tests can count them."""

from ministack.services import lambda_svc

# The share that each version has not received yet, by alias and version.
owed = {}


def version_for(function, qualifier):
    """Returns the version for the next invocation of an alias, or None if it has no weights."""
    alias = (function or {}).get("aliases", {}).get(qualifier)
    weights = (alias or {}).get("RoutingConfig", {}).get("AdditionalVersionWeights")
    if not weights:
        return None
    chosen = alias["FunctionVersion"]
    for version, weight in weights.items():
        key = (alias["AliasArn"], version)
        owed[key] = owed.get(key, 0.0) + weight
        if owed[key] > 0.999:
            owed[key] -= 1.0
            chosen = version
    return chosen


record_for_ref = lambda_svc._get_func_record_for_ref


def weighted_record_for_ref(ref):
    name, qualifier = lambda_svc._resolve_name_and_qualifier(ref)
    version = version_for(lambda_svc._functions.get(name), qualifier)
    return record_for_ref(ref if version is None else ref.removesuffix(qualifier) + version)


invoke_unweighted = lambda_svc._invoke


async def invoke_weighted(name, event, headers, path_qualifier=None, query_params=None):
    qualifier = lambda_svc._qualifier_from_path_or_query(path_qualifier, query_params)
    version = version_for(lambda_svc._functions.get(name), qualifier)
    return await invoke_unweighted(name, event, headers, version or path_qualifier, query_params)


lambda_svc._get_func_record_for_ref = weighted_record_for_ref
lambda_svc._invoke = invoke_weighted
