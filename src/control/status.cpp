#include "json_members.h"

#include <external/control/status.h>

namespace external::control {

namespace json = boost::json;

namespace {

json::object totals_object(const LineTotals& totals) {
  return {{"calls_made", totals.calls_made},
          {"calls_answered", totals.calls_answered},
          {"calls_failed", totals.calls_failed},
          {"made", json::value_from(totals.made)},
          {"answered", json::value_from(totals.answered)},
          {"seconds", number_value(totals.seconds)},
          {"capacity", number_value(totals.capacity)},
          {"bytes_sent", totals.bytes_sent},
          {"bytes_received", totals.bytes_received},
          {"wire_bytes_sent", totals.wire_bytes_sent},
          {"wire_bytes_received", totals.wire_bytes_received},
          {"retransmissions", totals.retransmissions},
          {"damaged_frames", totals.damaged_frames}};
}

json::object line_object(const LineStatus& line) {
  return {{"instance", line.instance},
          {"state", line.state},
          {"since", time_value(line.since)},
          {"port", line.port},
          {"peer", line.peer},
          {"speed", line.speed},
          {"bytes_sent", line.bytes_sent},
          {"bytes_received", line.bytes_received},
          {"bytes_total", line.bytes_total},
          {"messages_done", line.messages_done},
          {"messages_total", line.messages_total},
          {"efficiency", number_value(line.efficiency)},
          {"detail", line.detail},
          {"held", line.held},
          {"line_errors", line.line_errors},
          {"totals", totals_object(line.totals)}};
}

json::object queue_object(const QueueStatus& queue) {
  return {{"destination", queue.destination},
          {"count", queue.count},
          {"bytes", queue.bytes},
          {"oldest", time_value(queue.oldest)},
          {"next_attempt", time_value(queue.next_attempt)},
          {"last_error", queue.last_error},
          {"held", queue.held},
          {"held_messages", queue.held_messages},
          {"quarantined", queue.quarantined}};
}

json::object span_object(const TrafficSpan& span) {
  return {{"sent", span.sent.messages},
          {"sent_bytes", span.sent.bytes},
          {"received", span.received.messages},
          {"received_bytes", span.received.bytes}};
}

json::object traffic_object(const TrafficStatus& traffic) {
  return {{"post_office", traffic.post_office},
          {"session", span_object(traffic.session)},
          {"month", span_object(traffic.month)},
          {"year", span_object(traffic.year)}};
}

json::object calls_object(const CallsStatus& calls) {
  return {{"post_office", calls.post_office},
          {"state", calls.undialable ? "undialable" : "pausing"},
          {"cause", calls.cause},
          {"failures", calls.failures},
          {"failed", time_value(calls.failed)},
          {"until", time_value(calls.until)},
          {"last_error", calls.last_error}};
}

LineTotals totals_from(const json::object& object) {
  LineTotals totals;
  take(object, "calls_made", totals.calls_made);
  take(object, "calls_answered", totals.calls_answered);
  take(object, "calls_failed", totals.calls_failed);
  take(object, "made", totals.made);
  take(object, "answered", totals.answered);
  take(object, "seconds", totals.seconds);
  take(object, "capacity", totals.capacity);
  take(object, "bytes_sent", totals.bytes_sent);
  take(object, "bytes_received", totals.bytes_received);
  take(object, "wire_bytes_sent", totals.wire_bytes_sent);
  take(object, "wire_bytes_received", totals.wire_bytes_received);
  take(object, "retransmissions", totals.retransmissions);
  take(object, "damaged_frames", totals.damaged_frames);
  return totals;
}

LineStatus line_from(const json::object& object) {
  LineStatus line;
  take(object, "instance", line.instance);
  take(object, "state", line.state);
  take(object, "since", line.since);
  take(object, "port", line.port);
  take(object, "peer", line.peer);
  take(object, "speed", line.speed);
  take(object, "bytes_sent", line.bytes_sent);
  take(object, "bytes_received", line.bytes_received);
  take(object, "bytes_total", line.bytes_total);
  take(object, "messages_done", line.messages_done);
  take(object, "messages_total", line.messages_total);
  take(object, "efficiency", line.efficiency);
  take(object, "detail", line.detail);
  take(object, "held", line.held);
  take(object, "line_errors", line.line_errors);
  json::object totals;
  take(object, "totals", totals);
  line.totals = totals_from(totals);
  return line;
}

QueueStatus queue_from(const json::object& object) {
  QueueStatus queue;
  take(object, "destination", queue.destination);
  take(object, "count", queue.count);
  take(object, "bytes", queue.bytes);
  take(object, "oldest", queue.oldest);
  take(object, "next_attempt", queue.next_attempt);
  take(object, "last_error", queue.last_error);
  take(object, "held", queue.held);
  take(object, "held_messages", queue.held_messages);
  take(object, "quarantined", queue.quarantined);
  return queue;
}

TrafficSpan span_from(const json::object& object, std::string_view name) {
  json::object member;
  take(object, name, member);
  TrafficSpan span;
  take(member, "sent", span.sent.messages);
  take(member, "sent_bytes", span.sent.bytes);
  take(member, "received", span.received.messages);
  take(member, "received_bytes", span.received.bytes);
  return span;
}

TrafficStatus traffic_from(const json::object& object) {
  TrafficStatus traffic;
  take(object, "post_office", traffic.post_office);
  traffic.session = span_from(object, "session");
  traffic.month = span_from(object, "month");
  traffic.year = span_from(object, "year");
  return traffic;
}

CallsStatus calls_from(const json::object& object) {
  CallsStatus calls;
  take(object, "post_office", calls.post_office);
  std::string state;
  take(object, "state", state);
  calls.undialable = state == "undialable";
  take(object, "cause", calls.cause);
  take(object, "failures", calls.failures);
  take(object, "failed", calls.failed);
  take(object, "until", calls.until);
  take(object, "last_error", calls.last_error);
  return calls;
}

GoodCallStatus good_call_from(const json::object& object) {
  GoodCallStatus call;
  take(object, "post_office", call.post_office);
  take(object, "time", call.time);
  return call;
}

json::object as_member_object(const json::value& value) {
  return json::value_to<json::object>(value);
}

}  // namespace

json::object to_json(const Status& status) {
  json::array lines;
  for (const auto& line : status.lines) lines.push_back(line_object(line));
  json::array queue;
  for (const auto& entry : status.queue) queue.push_back(queue_object(entry));
  json::array traffic;
  for (const auto& entry : status.traffic) traffic.push_back(traffic_object(entry));
  json::array calls;
  for (const auto& entry : status.calls) calls.push_back(calls_object(entry));
  json::array good_calls;
  for (const auto& call : status.good_calls)
    good_calls.push_back({{"post_office", call.post_office}, {"time", time_value(call.time)}});
  return {{"version", status.version},
          {"home", status.home},
          {"pid", status.pid},
          {"started", time_value(status.started)},
          {"now", time_value(status.now)},
          {"disk", status.disk},
          {"disk_free", status.disk_free ? json::value(*status.disk_free) : json::value(nullptr)},
          {"lines", std::move(lines)},
          {"queue", std::move(queue)},
          {"traffic", std::move(traffic)},
          {"post_offices", to_json(status.post_offices)},
          {"shares", to_json(status.shares)},
          {"recent", json::value_from(status.recent)},
          {"calls", std::move(calls)},
          {"good_calls", std::move(good_calls)}};
}

Status status_from_json(const json::object& object) {
  Status status;
  take(object, "version", status.version);
  take(object, "home", status.home);
  take(object, "pid", status.pid);
  take(object, "started", status.started);
  take(object, "now", status.now);
  take(object, "disk", status.disk);
  if (const auto* free = object.if_contains("disk_free"); free && !free->is_null())
    status.disk_free = json::value_to<std::uint64_t>(*free);
  for (const auto& line : items(object, "lines")) status.lines.push_back(line_from(as_member_object(line)));
  for (const auto& entry : items(object, "queue"))
    status.queue.push_back(queue_from(as_member_object(entry)));
  for (const auto& entry : items(object, "traffic"))
    status.traffic.push_back(traffic_from(as_member_object(entry)));
  status.post_offices = offices_from_json(object);
  status.shares = shares_from_json(object);
  take(object, "recent", status.recent);
  for (const auto& entry : items(object, "calls"))
    status.calls.push_back(calls_from(as_member_object(entry)));
  for (const auto& entry : items(object, "good_calls"))
    status.good_calls.push_back(good_call_from(as_member_object(entry)));
  return status;
}

}  // namespace external::control
