#include <external/log/tail.h>

namespace external::log {

void Tail::add(std::string line) {
  lines_.push_back(std::move(line));
  if (lines_.size() > capacity_) lines_.pop_front();
  std::erase_if(followers_, [](const auto& follower) { return follower.expired(); });
  const auto followers = followers_;  // a follower may begin or end subscriptions
  for (const auto& weak : followers) {
    if (const auto follower = weak.lock()) (*follower)(lines_.back());
  }
}

Tail::Subscription Tail::follow(Follower follower) {
  auto kept = std::make_shared<Follower>(std::move(follower));
  followers_.push_back(kept);
  return Subscription(std::move(kept));
}

}  // namespace external::log
