#pragma once
// Whom to call, and when.

#include "mail_store.h"

#include <set>

namespace external::engine {

/// A wish for a call and its outcome.
struct CallRequest {
  CallRequest(const asio::any_io_executor& executor, std::string whom)
      : post_office(std::move(whom)), done(executor) {}
  std::string post_office;
  Event done;
  CallReport report;
};

/// A call to be made now.
struct CallTask {
  std::string post_office;
  std::uint64_t messages = 0;  ///< queued for it, as of the last survey
  std::uint64_t bytes = 0;
  std::shared_ptr<CallRequest> request;  ///< if somebody asked for it
};

class Planner {
 public:
  Planner(const config::Settings& settings, Clock& clock, bool only_requested)
      : settings_(settings), clock_(clock), only_requested_(only_requested) {}

  /// What waits, as a survey that began when epoch() was `epoch` found it. False if calls have begun or ended
  /// since then: it must be looked at again.
  bool update(std::vector<HopWork> hops, std::uint64_t epoch);
  std::uint64_t epoch() const { return epoch_; }

  /// The next call this instance should make now; it counts as begun.
  std::optional<CallTask> next_call(const config::Instance& instance);

  /// When next_call() may have something new, if nothing else happens.
  TimePoint next_look() const;

  /// What waits for a post office.
  HopWork waiting_for(const std::string& post_office) const;

  void call_begins(const std::string& post_office);  ///< one that came in
  void call_ends(const std::string& post_office, bool ok);

  /// The instances that run; only they make calls.
  void instances(std::set<std::string> names) { instances_ = std::move(names); }

  /// Puts a wish on the list, or answers it at once when it cannot be met.
  void request(std::shared_ptr<CallRequest> wish);

  /// Answers the wishes that wait for this instance, which cannot make calls now; all of them for none.
  void refuse(const config::Instance* instance, const std::string& why);

 private:
  bool is_due(const HopWork& hop, const config::Instance& instance) const;
  bool window_is_open(const config::PostOffice& office) const;
  std::string obstacle(const std::string& post_office) const;

  const config::Settings& settings_;
  Clock& clock_;
  bool only_requested_;
  std::uint64_t epoch_ = 0;
  bool surveyed_ = false;  ///< what waits is known
  std::map<std::string, HopWork> hops_;
  std::set<std::string> instances_;
  std::map<std::string, int> in_call_;  ///< how many calls stand with a post office
  std::map<std::string, TimePoint> last_end_;
  std::deque<std::shared_ptr<CallRequest>> wishes_;
};

}  // namespace external::engine
