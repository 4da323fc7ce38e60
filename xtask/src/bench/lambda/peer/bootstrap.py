"""A minimal client of the Lambda Runtime API: fetches events and posts their responses."""

import http.client
import json
import os
import sys

sys.path.insert(0, os.getcwd())

from twin import handler  # noqa: E402

PATH = "/2018-06-01/runtime/invocation/"
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


class Context:
    function_name = "twin"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:twin"


while True:
    connection.request("GET", PATH + "next")
    response = connection.getresponse()
    Context.aws_request_id = response.headers["lambda-runtime-aws-request-id"]
    event = json.loads(response.read())
    body = json.dumps(handler(event, Context))
    connection.request("POST", PATH + Context.aws_request_id + "/response", body)
    connection.getresponse().read()
