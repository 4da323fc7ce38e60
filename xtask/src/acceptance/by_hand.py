"""Makes calls to AWS, and requests to web pages, without twinctl. Reads one JSON object per line and answers with one."""

import json
import signal
import sys
import urllib.request

import botocore.exceptions
import botocore.session

# Ctrl-C stops the steps of the run, not the calls that clean up.
signal.signal(signal.SIGINT, signal.SIG_IGN)
session = botocore.session.get_session()
clients = {}


def client(request):
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    keys = dict(zip(names, request.get("keys") or ()))
    key = (request["service"], request["region"], *keys.values())
    if key not in clients:
        clients[key] = session.create_client(request["service"], region_name=request["region"], **keys)
    return clients[key]


def call(request):
    caller, operation, parameters = client(request), request["operation"], request["parameters"]
    if caller.can_paginate(operation):
        return caller.get_paginator(operation).paginate(**parameters).build_full_result()
    answer = getattr(caller, operation)(**parameters)
    answer.pop("ResponseMetadata", None)
    return answer


def visit(request):
    visited = urllib.request.Request(request["visit"], headers=request["headers"])
    with urllib.request.urlopen(visited, timeout=30) as page:
        return {"body": page.read().decode(errors="replace")}


def plain(value):
    return value.read().decode() if hasattr(value, "read") else str(value)


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"answer": visit(request) if "visit" in request else call(request)}
    except botocore.exceptions.ClientError as error:
        answer = {"code": error.response["Error"]["Code"], "message": str(error)}
    except Exception as error:
        answer = {"code": type(error).__name__, "message": str(error)}
    print(json.dumps(answer, default=plain), flush=True)
