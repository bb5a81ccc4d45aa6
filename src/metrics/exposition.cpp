#include <external/metrics/exposition.h>
#include <external/metrics/text.h>

#include <algorithm>
#include <map>

namespace external::metrics {

namespace {

using control::LineStatus;
using control::QueueStatus;
using control::ShareStatus;
using Names = std::vector<std::string>;

double seconds_between(WallTime earlier, WallTime later) {
  return std::max(0.0, std::chrono::duration<double>(later - earlier).count());
}

void tell_process(Text& text, const Snapshot& snapshot) {
  text.family("external_build_info", Kind::gauge, "Always 1; the labels tell which External this is.");
  text.sample({{"version", snapshot.status.version}, {"home", snapshot.status.home}}, std::uint64_t{1});
  text.family("process_start_time_seconds", Kind::gauge, "When this External started, since 1970.");
  text.sample({}, std::chrono::duration<double>(snapshot.status.started.time_since_epoch()).count());
  if (snapshot.resident_bytes) {
    text.family("process_resident_memory_bytes", Kind::gauge, "Memory of the process.");
    text.sample({}, *snapshot.resident_bytes);
  }
  if (snapshot.open_files) {
    text.family("process_open_fds", Kind::gauge, "Open descriptors of the process.");
    text.sample({}, *snapshot.open_files);
  }
}

void tell_states(Text& text, const Snapshot& snapshot) {
  const auto& lines = snapshot.status.lines;
  text.family("external_line_state", Kind::gauge, "1 for the state the line is in, 0 for the others.");
  for (const auto& line : lines) {
    for (const auto& state : snapshot.states)
      text.sample({{"line", line.instance}, {"state", state}}, std::uint64_t{line.state == state});
  }
  text.family("external_line_state_seconds", Kind::gauge, "How long the line has been in its state.");
  for (const auto& line : lines)
    text.sample({{"line", line.instance}}, seconds_between(line.since, snapshot.status.now));
  text.family("external_line_held", Kind::gauge,
              "1 if an administrator keeps the line from dialling for mail.");
  for (const auto& line : lines) text.sample({{"line", line.instance}}, std::uint64_t{line.held});
}

std::uint64_t count_of(const std::map<std::string, std::uint64_t>& counts, const std::string& what) {
  const auto found = counts.find(what);
  return found == counts.end() ? 0 : found->second;
}

void tell_calls(Text& text, const Snapshot& snapshot) {
  text.family("external_calls_total", Kind::counter,
              "Calls that are over, made and answered, by result: ok, or why they failed.");
  for (const auto& line : snapshot.status.lines) {
    for (const auto& result : snapshot.results) {
      text.sample({{"line", line.instance}, {"direction", "made"}, {"result", result}},
                  count_of(line.totals.made, result));
      text.sample({{"line", line.instance}, {"direction", "answered"}, {"result", result}},
                  count_of(line.totals.answered, result));
    }
  }
}

/// A family with a sample for each line.
template <class Value>
void tell_each(Text& text, const Snapshot& snapshot, std::string_view name, Kind kind, std::string_view help,
               Value value) {
  text.family(name, kind, help);
  for (const auto& line : snapshot.status.lines) text.sample({{"line", line.instance}}, value(line));
}

/// The same for both directions.
void tell_both(Text& text, const Snapshot& snapshot, std::string_view name, std::string_view help,
               std::uint64_t control::LineTotals::*sent, std::uint64_t control::LineTotals::*received) {
  text.family(name, Kind::counter, help);
  for (const auto& line : snapshot.status.lines) {
    text.sample({{"line", line.instance}, {"direction", "sent"}}, line.totals.*sent);
    text.sample({{"line", line.instance}, {"direction", "received"}}, line.totals.*received);
  }
}

double efficiency(const LineStatus& line) {
  const auto& totals = line.totals;
  if (totals.capacity <= 0) return 0;
  return static_cast<double>(totals.bytes_sent + totals.bytes_received) / totals.capacity;
}

void tell_lines(Text& text, const Snapshot& snapshot) {
  using control::LineTotals;
  tell_states(text, snapshot);
  tell_calls(text, snapshot);
  tell_each(text, snapshot, "external_line_connected_seconds_total", Kind::counter,
            "Time in calls, from the connection to its end.",
            [](const LineStatus& line) { return line.totals.seconds; });
  tell_both(text, snapshot, "external_line_mail_bytes_total", "Content of messages that calls moved.",
            &LineTotals::bytes_sent, &LineTotals::bytes_received);
  tell_both(text, snapshot, "external_line_wire_bytes_total",
            "Bytes that went over the line in calls, everything included.", &LineTotals::wire_bytes_sent,
            &LineTotals::wire_bytes_received);
  tell_each(text, snapshot, "external_line_capacity_bytes_total", Kind::counter,
            "Bytes that the line could have moved one way in the time of its calls; 0 where it has no speed.",
            [](const LineStatus& line) { return line.totals.capacity; });
  tell_each(text, snapshot, "external_line_efficiency_ratio", Kind::gauge,
            "Content moved both ways for each byte of capacity, since the start.", efficiency);
  tell_each(text, snapshot, "external_line_retransmissions_total", Kind::counter, "Frames sent again.",
            [](const LineStatus& line) { return line.totals.retransmissions; });
  tell_each(text, snapshot, "external_line_damaged_frames_total", Kind::counter,
            "Frames received that were of no use.",
            [](const LineStatus& line) { return line.totals.damaged_frames; });
}

void tell_queue(Text& text, const Snapshot& snapshot) {
  std::map<std::string, QueueStatus> queues;
  for (const auto& name : snapshot.destinations) queues[name];
  for (const auto& queue : snapshot.status.queue) queues[queue.destination] = queue;
  text.family("external_queue_messages", Kind::gauge, "Messages that wait for a destination.");
  for (const auto& [name, queue] : queues) text.sample({{"destination", name}}, queue.count);
  text.family("external_queue_bytes", Kind::gauge, "Their content.");
  for (const auto& [name, queue] : queues) text.sample({{"destination", name}}, queue.bytes);
  text.family("external_queue_oldest_age_seconds", Kind::gauge,
              "How long the oldest of them has waited; 0 if none does.");
  for (const auto& [name, queue] : queues) {
    const auto age = queue.oldest ? seconds_between(*queue.oldest, snapshot.status.now) : 0;
    text.sample({{"destination", name}}, age);
  }
  text.family("external_queue_held", Kind::gauge, "1 if an administrator holds the destination.");
  for (const auto& [name, queue] : queues) text.sample({{"destination", name}}, std::uint64_t{queue.held});
}

/// Those of the settings, and others there is news of.
Names post_offices(const Snapshot& snapshot) {
  Names names = snapshot.post_offices;
  for (const auto& call : snapshot.status.good_calls) names.push_back(call.post_office);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void tell_reach(Text& text, const Snapshot& snapshot) {
  const auto& status = snapshot.status;
  text.family("external_post_office_seconds_since_good_call", Kind::gauge,
              "Since a call with this post office last ended well; since the start if none has yet.");
  for (const auto& name : post_offices(snapshot)) {
    const auto call = std::ranges::find(status.good_calls, name, &control::GoodCallStatus::post_office);
    const auto since = call == status.good_calls.end() ? status.started : call->time;
    text.sample({{"post_office", name}}, seconds_between(since, status.now));
  }
  std::map<std::string, control::CallsStatus> failed;
  for (const auto& name : snapshot.post_offices) failed[name];
  for (const auto& calls : status.calls) failed[calls.post_office] = calls;
  text.family("external_post_office_failures", Kind::gauge, "Calls to it that have failed in a row.");
  for (const auto& [name, calls] : failed)
    text.sample({{"post_office", name}}, static_cast<std::uint64_t>(std::max(calls.failures, 0)));
  text.family("external_post_office_undialable", Kind::gauge,
              "1 while it is left alone because too many calls in a row have failed.");
  for (const auto& [name, calls] : failed)
    text.sample({{"post_office", name}}, std::uint64_t{calls.undialable});
}

void tell_traffic(Text& text, const Snapshot& snapshot) {
  std::map<std::string, control::TrafficSpan> traffic;
  for (const auto& name : snapshot.post_offices) traffic[name];
  for (const auto& one : snapshot.status.traffic) traffic[one.post_office] = one.session;
  text.family("external_post_office_messages_total", Kind::counter,
              "Messages exchanged with it: it answers for those sent, we for those received.");
  for (const auto& [name, span] : traffic) {
    text.sample({{"post_office", name}, {"direction", "sent"}}, span.sent.messages);
    text.sample({{"post_office", name}, {"direction", "received"}}, span.received.messages);
  }
  text.family("external_post_office_bytes_total", Kind::counter, "Their content.");
  for (const auto& [name, span] : traffic) {
    text.sample({{"post_office", name}, {"direction", "sent"}}, span.sent.bytes);
    text.sample({{"post_office", name}, {"direction", "received"}}, span.received.bytes);
  }
}

/// A family with a sample for each pool of modems.
template <class Value>
void tell_pools(Text& text, const Snapshot& snapshot, std::string_view name, Kind kind, std::string_view help,
                Value value) {
  text.family(name, kind, help);
  for (const auto& share : snapshot.status.shares) text.sample({{"pool", share.pool}}, value(share));
}

/// A family with a sample for each pool and cause.
void tell_causes(Text& text, const Snapshot& snapshot, std::string_view name, std::string_view help,
                 const Names& causes, control::ShareTotals::Counts control::ShareTotals::*counts) {
  text.family(name, Kind::counter, help);
  for (const auto& share : snapshot.status.shares) {
    for (const auto& cause : causes)
      text.sample({{"pool", share.pool}, {"cause", cause}}, count_of(share.totals.*counts, cause));
  }
}

bool is_lent(const control::LentModemStatus& modem) {
  return !modem.client.empty();
}

/// Bytes of the leases that have ended, and of those that stand.
std::uint64_t bytes_of(const ShareStatus& share, std::uint64_t control::ShareTotals::*ended,
                       std::uint64_t control::LentModemStatus::*standing) {
  std::uint64_t bytes = share.totals.*ended;
  for (const auto& modem : share.modems) bytes += is_lent(modem) ? modem.*standing : 0;
  return bytes;
}

double seconds_lent(const ShareStatus& share, WallTime now) {
  auto seconds = static_cast<double>(share.totals.seconds);
  for (const auto& modem : share.modems) seconds += is_lent(modem) ? seconds_between(modem.since, now) : 0;
  return seconds;
}

void tell_leases(Text& text, const Snapshot& snapshot) {
  using control::LentModemStatus;
  using control::ShareTotals;
  tell_pools(text, snapshot, "external_pool_modems", Kind::gauge, "Modems that the pool may lend.",
             [](const ShareStatus& share) { return static_cast<std::uint64_t>(share.modems.size()); });
  tell_pools(text, snapshot, "external_pool_leases", Kind::gauge, "Modems of the pool that clients have now.",
             [](const ShareStatus& share) {
               return static_cast<std::uint64_t>(std::ranges::count_if(share.modems, is_lent));
             });
  tell_pools(text, snapshot, "external_pool_waiting", Kind::gauge,
             "Clients that wait for a modem of the pool.",
             [](const ShareStatus& share) { return static_cast<std::uint64_t>(share.waiting.size()); });
  tell_causes(text, snapshot, "external_pool_leases_ended_total", "Leases that are over, by what ended them.",
              snapshot.lease_ends, &ShareTotals::ended);
  tell_causes(text, snapshot, "external_pool_refused_total", "Clients that got no modem, by the cause.",
              snapshot.refusals, &ShareTotals::refused);
  text.family("external_pool_calls_total", Kind::counter,
              "Calls that rang while a modem was lent, and were refused, or handed over to a client.");
  for (const auto& share : snapshot.status.shares) {
    text.sample({{"pool", share.pool}, {"outcome", "refused"}}, share.totals.calls_refused);
    text.sample({{"pool", share.pool}, {"outcome", "handed_over"}}, share.totals.calls_handed_over);
  }
  text.family("external_pool_bytes_total", Kind::counter, "Payload that leases moved.");
  for (const auto& share : snapshot.status.shares) {
    text.sample({{"pool", share.pool}, {"direction", "to_modem"}},
                bytes_of(share, &ShareTotals::to_modem, &LentModemStatus::to_modem));
    text.sample({{"pool", share.pool}, {"direction", "from_modem"}},
                bytes_of(share, &ShareTotals::from_modem, &LentModemStatus::from_modem));
  }
  tell_pools(text, snapshot, "external_pool_lent_seconds_total", Kind::counter,
             "Time of all leases together.",
             [&](const ShareStatus& share) { return seconds_lent(share, snapshot.status.now); });
  tell_pools(text, snapshot, "external_pool_longest_wait_seconds", Kind::gauge,
             "Longest wait of a client that got a modem, since the start.",
             [](const ShareStatus& share) { return share.totals.longest_wait; });
}

void tell_outcomes(Text& text, const Snapshot& snapshot) {
  text.family("external_recipients_total", Kind::counter,
              "Recipients of mail that ended here: delivered, returned to the sender, dropped, quarantined.");
  text.sample({{"outcome", "delivered"}}, snapshot.delivered);
  text.sample({{"outcome", "returned"}}, snapshot.returned);
  text.sample({{"outcome", "dropped"}}, snapshot.dropped);
  text.sample({{"outcome", "quarantined"}}, snapshot.quarantined);
}

void tell_place(Text& text, const Snapshot& snapshot) {
  text.family("external_disk_full", Kind::gauge, "1 while no mail is taken because the disk is full.");
  text.sample({}, std::uint64_t{snapshot.status.disk == "FULL"});
  if (snapshot.status.disk_free) {
    text.family("external_disk_free_bytes", Kind::gauge, "Room on the disk of the post office.");
    text.sample({}, *snapshot.status.disk_free);
  }
  text.family("external_log_lines_dropped_total", Kind::counter, "Lines of logs that a slow disk has cost.");
  text.sample({}, snapshot.log_lines_dropped);
}

}  // namespace

std::string exposition(const Snapshot& snapshot) {
  Text text;
  tell_process(text, snapshot);
  tell_lines(text, snapshot);
  tell_queue(text, snapshot);
  tell_reach(text, snapshot);
  tell_traffic(text, snapshot);
  tell_leases(text, snapshot);
  tell_outcomes(text, snapshot);
  tell_place(text, snapshot);
  return text.text();
}

}  // namespace external::metrics
