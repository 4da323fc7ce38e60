"""Adds what the emulator's alarms and topics lack: alarms with several metrics, all settings of alarms in the Query protocol, and
subscriptions by e-mail that the receiver has to confirm, with the token `confirm`."""

import json
from xml.sax.saxutils import escape

from ministack.services import cloudwatch, sns

put_alarm = cloudwatch._put_metric_alarm
SINGLE = ["Dimensions", "ExtendedStatistic", "MetricName", "Namespace", "Period", "Statistic", "Unit"]


def put_metric_alarm(params, request, is_cbor, is_json=False):
    response = put_alarm(params, request, is_cbor, is_json)
    if response[0] == 200 and request.get("Metrics"):
        alarm = cloudwatch._alarms[request["AlarmName"]]
        for member in SINGLE:
            alarm.pop(member, None)
        alarm["Metrics"] = request["Metrics"]
    return response


cloudwatch._put_metric_alarm = put_metric_alarm
evaluate = cloudwatch._evaluate_alarm
cloudwatch._evaluate_alarm = lambda alarm: None if alarm.get("Metrics") else evaluate(alarm)
describe = cloudwatch._describe_alarms


def xml(value):
    if isinstance(value, dict):
        return "".join(f"<{name}>{xml(member)}</{name}>" for name, member in value.items() if member is not None)
    if isinstance(value, list):
        return "".join(f"<member>{xml(item)}</member>" for item in value)
    return str(value).lower() if isinstance(value, bool) else escape(str(value))


def describe_alarms(params, request, is_cbor, is_json=False):
    if is_cbor or is_json:
        return describe(params, request, is_cbor, is_json)
    name = cloudwatch._p(params, "AlarmNames.member.1")
    found = json.loads(describe(params, {"AlarmNames": [name]}, False, True)[2])["MetricAlarms"]
    alarms = [{key: value for key, value in alarm.items() if not key.endswith("Timestamp")} for alarm in found]
    return cloudwatch._xml(200, "DescribeAlarmsResponse", xml({"DescribeAlarmsResult": {"MetricAlarms": alarms}}))


cloudwatch._describe_alarms = describe_alarms
subscribe_at_once = sns._subscribe
list_by_topic = sns._list_subscriptions_by_topic


def subscriptions(params):
    return (sns._topics.get(sns._p(params, "TopicArn")) or {}).get("subscriptions", [])


def pending(params):
    return [each for each in subscriptions(params) if not each["confirmed"]]


def subscribe(params):
    known = {each["arn"] for each in subscriptions(params)}
    response = subscribe_at_once(params)
    for each in subscriptions(params):
        if each["arn"] not in known and each["protocol"] == "email":
            each.update(confirmed=False, token="confirm")
    return response


def list_subscriptions(params):
    status, headers, body = list_by_topic(params)
    text = body.decode() if isinstance(body, bytes) else body
    for each in pending(params):
        text = text.replace(f"<SubscriptionArn>{each['arn']}<", "<SubscriptionArn>PendingConfirmation<")
    return status, headers, text.encode()


sns._subscribe = subscribe
sns._list_subscriptions_by_topic = list_subscriptions
