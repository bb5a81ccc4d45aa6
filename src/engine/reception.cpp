#include <external/engine/reception.h>

#include <algorithm>
#include <set>

namespace external::engine {

namespace {

using mailqueue::Work;

template <class Wanted>
Work part_of(const mailqueue::MessageView& message, Wanted wanted) {
  Work work;
  work.message = message.id;
  work.envelope = message.envelope;
  work.envelope.recipients.clear();
  work.size = message.size;
  work.digest = message.digest;
  for (const auto& status : message.recipients) {
    if (status.state != mailqueue::State::queued || !wanted(status.recipient)) continue;
    work.targets.push_back({status.id, status.attempts});
    work.envelope.recipients.push_back(status.recipient);
  }
  return work;
}

}  // namespace

Reception::Reception(std::shared_ptr<const Directory> directory, const mailqueue::Queue& queue,
                     mailqueue::Envelope envelope, std::uint64_t size, const std::vector<std::string>& known)
    : directory_(std::move(directory)), envelope_(std::move(envelope)) {
  groups_ = directory_->expand(envelope_, known);
  if (envelope_.sender.empty()) return;
  std::set<std::string_view> blocked;
  std::set<std::string_view> looked_at;
  bool any_free = false;
  for (const auto& recipient : envelope_.recipients) {
    const auto& address = recipient.address;
    if (is_group(address) || std::find(known.begin(), known.end(), address) != known.end()) continue;
    if (looked_at.insert(recipient.destination).second) {
      auto obstacle = directory_->obstacle(recipient.destination, size);
      if (!obstacle) obstacle = directory_->backlog_of(queue, recipient.destination, size);
      if (obstacle) {
        blocked.insert(recipient.destination);
        obstacles_.push_back(std::move(*obstacle));
      }
    }
    any_free = any_free || !blocked.contains(recipient.destination);
  }
  all_blocked_ = !any_free && !obstacles_.empty();
}

bool Reception::is_group(const std::string& address) const {
  return std::find(groups_.begin(), groups_.end(), address) != groups_.end();
}

const Obstacle* Reception::refusal() const {
  // A group is taken apart all the same: the sender is to be told of members, not of the group.
  return all_blocked_ && groups_.empty() ? &obstacles_.front() : nullptr;
}

std::vector<postoffice::DeliveryEvent> Reception::settle(mailqueue::Queue& queue,
                                                         mailqueue::MessageId message, WallTime now) const {
  std::vector<postoffice::DeliveryEvent> events;
  if (groups_.empty() && obstacles_.empty()) return events;
  const auto view = queue.show(message);
  if (!view) return events;
  for (const auto& obstacle : obstacles_) {
    const auto work = part_of(*view, [&](const mailqueue::Recipient& one) {
      return one.destination == obstacle.destination && !is_group(one.address);
    });
    postoffice::Failure failure;
    failure.report = obstacle.report;
    failure.post_office = obstacle.destination;
    failure.detail = obstacle.text;
    auto returned = postoffice::return_mail(queue, directory_->book(), work, std::move(failure), now);
    events.insert(events.end(), std::make_move_iterator(returned.begin()),
                  std::make_move_iterator(returned.end()));
  }
  const auto expanded =
      part_of(*view, [&](const mailqueue::Recipient& one) { return is_group(one.address); });
  if (!expanded.targets.empty()) queue.expanded(expanded.ids(), now);
  return events;
}

}  // namespace external::engine
