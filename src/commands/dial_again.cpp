#include "dial_again.h"

#include "home.h"

namespace external::commands {

DialledAgain dial_again(const config::Settings& settings, mailqueue::Queue& queue, const std::string& hop,
                        WallTime now) {
  std::vector<std::string> waiting;
  for (const auto& one : queue.waiting()) waiting.push_back(one.destination);
  const auto destinations = directory(settings).routes().destinations_via(hop, waiting);
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
    const auto next = ways.routes().next_hop(recipient.recipient.destination);
    const auto* via = std::get_if<postoffice::Via>(&next);
    if (via && recipient.state == mailqueue::State::queued) queue.forget_call(via->post_office);
  }
}

}  // namespace external::commands
