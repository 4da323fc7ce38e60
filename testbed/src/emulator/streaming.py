"""Adds what the emulator's APIs lack: tags that can be read after a change, and for REST APIs definitions that replace all
methods, HAL for clients that do not accept JSON, and integrations with `responseTransferMode`, which pass on each chunk when the
function sends it."""

import asyncio
import json

from ministack.core import lambda_runtime
from ministack.core.responses import StreamingResponse
from ministack.services import apigateway
from ministack.services import apigateway_v1 as rest

ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
# Separates the JSON with status and headers from the body.
DELIMITER = b"\0" * 8
# The receivers of the streams that functions send, by the request ID in the event.
receivers = {}

handle = rest.handle_request


async def handle_request(method, path, headers, body, query_params):
    parts = path.strip("/").split("/")
    accepted = next((value for name, value in headers.items() if name.lower() == "accept"), "")
    if accepted != "application/json":
        # AWS answers with HAL, whose lists have other names.
        hal = {"_links": {"self": {"href": path}}, "_embedded": {}}
        return 200, {"Content-Type": "application/hal+json"}, json.dumps(hal).encode()
    if method == "PUT" and len(parts) == 2 and parts[0] == "restapis":
        return put_rest_api(parts[1], json.loads(body))
    if method == "DELETE" and len(parts) == 4 and parts[2] == "deployments":
        stages = rest._stages_v1.get(parts[1], {}).values()
        if any(stage["deploymentId"] == parts[3] for stage in stages):
            message = "Active stages pointing to this deployment must be moved or deleted"
            return rest._v1_error("BadRequestException", message, 400)
    return await handle(method, path, headers, body, query_params)


def put_rest_api(api_id, spec):
    api = rest._rest_apis.get(api_id)
    if api is None:
        return rest._v1_error("NotFoundException", "Invalid API identifier specified", 404)
    root = next(resource for resource in rest._resources[api_id].values() if resource["path"] == "/")
    rest._resources[api_id] = {root["id"]: {**root, "resourceMethods": {}}}
    info = spec["info"]
    api["name"], api["description"] = info["title"], info.get("description", "")
    for path, operations in spec["paths"].items():
        rest._import_path_item(api_id, path, {name: value for name, value in operations.items() if name != ANY})
        resource = next(found for found in rest._resources[api_id].values() if found["path"] == path)
        if operation := operations.get(ANY):
            settings = operation[INTEGRATION]
            rest._put_method(api_id, resource["id"], "ANY", {"authorizationType": "NONE"})
            rest._put_integration(api_id, resource["id"], "ANY", {**settings, "type": settings["type"].upper()})
            integration = resource["resourceMethods"]["ANY"]["methodIntegration"]
            integration["responseTransferMode"] = settings.get("responseTransferMode", "BUFFERED")
    return rest._v1_response(rest._rest_api_view(api))


view = rest._rest_api_view


def with_current_tags(api):
    seen = view(api)
    return seen and {**seen, "tags": dict(rest._v1_tags.get(rest._rest_api_arn(seen["id"]), {}))}


rest._rest_api_view = with_current_tags
create_api = apigateway._create_api


def create_api_with_current_tags(settings):
    response = create_api(settings)
    for api_id, api in apigateway._apis.items():
        # Requests that change tags change this object.
        api["tags"] = apigateway._api_tags[apigateway._api_arn(api_id)]
    return response


apigateway._create_api = create_api_with_current_tags
invoke_buffered = rest._invoke_lambda_proxy_v1


async def invoke(integration, api_id, stage_name, stage, resource, path, method, headers, body, query_params,
                 path_params, **context):
    arguments = (api_id, stage_name, stage, resource, path, method, headers, body, query_params, path_params)
    if integration.get("responseTransferMode") != "STREAM":
        return await invoke_buffered(integration, *arguments, **context)
    event = rest._build_lambda_event_v1(*arguments)
    # A REST API sends no version.
    del event["version"]
    function = integration["uri"].split("/functions/")[1].removesuffix("/response-streaming-invocations")
    loop, received = asyncio.get_running_loop(), asyncio.Queue()
    request_id = event["requestContext"]["requestId"]
    receivers[request_id] = lambda chunk: loop.call_soon_threadsafe(received.put_nowait, chunk)
    scope = {"account_id": context["owner_account_id"], "region": context["owner_region"]}
    call = asyncio.ensure_future(rest._call_lambda_raw(function, event, **scope))
    # The end also of an invocation that streams nothing.
    call.add_done_callback(lambda _: (receivers.pop(request_id, None), received.put_nowait(None)))
    start = b""
    while DELIMITER not in start:
        chunk = await received.get()
        if chunk is None:
            error = {"message": "Internal server error"}
            return 502, {"Content-Type": "application/json"}, json.dumps(error).encode()
        start += chunk
    prelude, first = start.split(DELIMITER, 1)
    prelude = json.loads(prelude)

    async def run(send, _receive):
        chunk = first
        while chunk is not None:
            if chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            chunk = await received.get()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    lists = {name: values for name, values in prelude.get("multiValueHeaders", {}).items() if values}
    return prelude.get("statusCode", 200), {**prelude.get("headers", {}), **lists}, StreamingResponse(run)


rest._invoke_lambda_proxy_v1 = invoke
rest.handle_request = handle_request

worker_of_provided = lambda_runtime.ProvidedWorker
build_handler = worker_of_provided._build_handler_class
invoke_worker = worker_of_provided.invoke


def invoke_with_receiver(worker, event, *arguments, **options):
    request = event.get("requestContext", {}) if isinstance(event, dict) else {}
    worker.receiver = receivers.get(request.get("requestId"))
    return invoke_worker(worker, event, *arguments, **options)


def build_streaming_handler(worker, generation, pending):
    class StreamingHandler(build_handler(worker, generation, pending)):
        def do_POST(self):
            mode = self.headers.get("Lambda-Runtime-Function-Response-Mode", "")
            receiver = getattr(worker, "receiver", None)
            if mode != "streaming":
                return super().do_POST()
            received = b""
            while size := int(self.rfile.readline().strip(), 16):
                chunk = self.rfile.read(size)
                received += chunk
                if receiver:
                    receiver(chunk)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass  # the trailers of an error in the middle
            request_id = lambda_runtime._INVOCATION_RESULT_RE.search(self.path).group(1)
            # Without a REST API, the response of the invocation is the whole stream, with its prelude.
            worker._record_result(generation, request_id, "response", "streamed" if receiver else received)
            return self._respond(202)

    return StreamingHandler


worker_of_provided.invoke = invoke_with_receiver
worker_of_provided._build_handler_class = build_streaming_handler
