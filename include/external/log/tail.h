#pragma once
// The newest lines of a log, kept in memory for screens and followers. One thread.

#include <external/base/asio.h>

namespace external::log {

class Tail {
 public:
  using Follower = std::function<void(const std::string& line)>;

  /// Ends what follow() began when it is destroyed. May outlive the Tail.
  class Subscription {
   public:
    Subscription() = default;

   private:
    friend class Tail;
    explicit Subscription(std::shared_ptr<Follower> follower) : follower_(std::move(follower)) {}
    std::shared_ptr<Follower> follower_;
  };

  explicit Tail(std::size_t capacity) : capacity_(capacity) {}

  /// Keeps `line`, forgets the oldest beyond the capacity, and tells the followers.
  void add(std::string line);

  /// Oldest first.
  const std::deque<std::string>& lines() const { return lines_; }

  /// Calls `follower` for every line added from now on, on the thread of add(), as long as the returned
  /// subscription lives. A follower must not add lines; it may end any subscription, its own too.
  [[nodiscard]] Subscription follow(Follower follower);

 private:
  std::size_t capacity_;
  std::deque<std::string> lines_;
  std::vector<std::weak_ptr<Follower>> followers_;
};

}  // namespace external::log
