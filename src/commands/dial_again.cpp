#include "dial_again.h"

#include "home.h"

namespace external::commands {

namespace {

/// What waits for the same next post office, or for the same way out.
std::vector<std::string> destinations_for(const engine::Directory& directory, const mailqueue::Queue& queue,
                                          const std::string& hop) {
  const auto* way = directory.ways_out().by_destination(hop);
  if (way && way->post_office.empty()) return {hop};
  std::vector<std::string> waiting;
  for (const auto& one : queue.waiting()) waiting.push_back(one.destination);
  return directory.routes().destinations_via(hop, waiting);
}

}  // namespace

DialledAgain dial_again(const config::Settings& settings, mailqueue::Queue& queue, const std::string& hop,
                        WallTime now) {
  const auto destinations = destinations_for(directory(settings), queue, hop);
  return queue.batch([&] {
    DialledAgain result;
    result.failed = queue.call_record(hop);
    queue.forget_call(hop);
    result.recipients = queue.retry_all(destinations, now);
    return result;
  });
}

void dial_again_for(const config::Settings& settings, mailqueue::Queue& queue, mailqueue::MessageId id) {
  const auto message = queue.show(id);
  if (!message) return;
  const auto ways = directory(settings);
  for (const auto& recipient : message->recipients) {
    if (recipient.state != mailqueue::State::queued) continue;
    const auto& destination = recipient.recipient.destination;
    const auto next = ways.routes().next_hop(destination);
    const auto* via = std::get_if<postoffice::Via>(&next);
    queue.forget_call(via ? via->post_office : destination);
  }
}

}  // namespace external::commands
