#pragma once
// The members of a status as JSON has them, docs/control.md. A new member of a type is named here, and is
// told and read then.

#include "json_members.h"

#include <external/control/message_status.h>
#include <external/control/status.h>

namespace external::control {

BOOST_DESCRIBE_STRUCT(LineTotals, (),
                      (calls_made, calls_answered, calls_failed, made, answered, seconds, capacity,
                       bytes_sent, bytes_received, wire_bytes_sent, wire_bytes_received, retransmissions,
                       damaged_frames))

BOOST_DESCRIBE_STRUCT(LineStatus, (),
                      (instance, state, since, port, peer, speed, bytes_sent, bytes_received, bytes_total,
                       messages_done, messages_total, efficiency, detail, held, line_errors, totals))

BOOST_DESCRIBE_STRUCT(QueueStatus, (),
                      (destination, count, bytes, oldest, next_attempt, last_error, held, held_messages,
                       quarantined))

BOOST_DESCRIBE_STRUCT(TrafficStatus, (), (post_office, session, month, year))

BOOST_DESCRIBE_STRUCT(OfficeStatus, (), (post_office, serial, modem, hub, instances, state, errors, detail))

BOOST_DESCRIBE_STRUCT(GoodCallStatus, (), (post_office, time))

BOOST_DESCRIBE_STRUCT(LentModemStatus, (), (instance, state, client, id, since, idle, to_modem, from_modem))

BOOST_DESCRIBE_STRUCT(WaitingClientStatus, (), (client, id, since))

BOOST_DESCRIBE_STRUCT(ShareTotals, (),
                      (ended, refused, calls_refused, calls_handed_over, to_modem, from_modem, seconds,
                       longest_wait))

BOOST_DESCRIBE_STRUCT(ShareStatus, (), (pool, modems, waiting, totals))

BOOST_DESCRIBE_STRUCT(Status, (),
                      (version, home, pid, started, now, disk, disk_free, lines, queue, traffic, post_offices,
                       shares, recent, calls, good_calls))

BOOST_DESCRIBE_STRUCT(MessageStatus, (),
                      (id, bytes, accepted, priority, state, from, to, others, destination, tries,
                       next_attempt, last_error))

BOOST_DESCRIBE_STRUCT(MessagePage, (), (messages, more))

/// `since` is null where nobody has the modem.
inline boost::json::value value_of(const LentModemStatus& modem) {
  auto object = object_of(modem);
  if (modem.client.empty()) object["since"] = nullptr;
  return object;
}

/// One object: "sent" and "received" are messages.
inline boost::json::value value_of(const TrafficSpan& span) {
  return {{"sent", span.sent.messages},
          {"sent_bytes", span.sent.bytes},
          {"received", span.received.messages},
          {"received_bytes", span.received.bytes}};
}

inline void read(const boost::json::value& from, TrafficSpan& span) {
  const auto object = boost::json::value_to<boost::json::object>(from);
  take(object, "sent", span.sent.messages);
  take(object, "sent_bytes", span.sent.bytes);
  take(object, "received", span.received.messages);
  take(object, "received_bytes", span.received.bytes);
}

/// Whether it is undialable is a "state".
inline boost::json::value value_of(const CallsStatus& calls) {
  return {{"post_office", calls.post_office},
          {"state", calls.undialable ? "undialable" : "pausing"},
          {"cause", calls.cause},
          {"failures", calls.failures},
          {"failed", value_of(calls.failed)},
          {"until", value_of(calls.until)},
          {"last_error", calls.last_error}};
}

inline void read(const boost::json::value& from, CallsStatus& calls) {
  const auto object = boost::json::value_to<boost::json::object>(from);
  std::string state;
  take(object, "state", state);
  calls.undialable = state == "undialable";
  take(object, "post_office", calls.post_office);
  take(object, "cause", calls.cause);
  take(object, "failures", calls.failures);
  take(object, "failed", calls.failed);
  take(object, "until", calls.until);
  take(object, "last_error", calls.last_error);
}

}  // namespace external::control
