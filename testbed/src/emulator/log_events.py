"""Gives each event of a log the ID that FilterLogEvents returns on AWS. The emulator does that only for PutLogEvents, and not for the
output of functions."""

import uuid

from ministack.services import cloudwatch_logs

append = cloudwatch_logs._append_log_events


def append_with_ids(stream, events):
    return append(stream, [{"eventId": str(uuid.uuid4()), **event} for event in events])


cloudwatch_logs._append_log_events = append_with_ids
