#pragma once
// Post offices that are not called for mail now, because the last call to them failed.

#include "dial_record.h"

#include <map>

namespace external::engine {

/// What the queue remembers of failed calls, in the time of deadlines, so that a computer clock that is set
/// makes no pause longer or shorter. One thread.
class Rests {
 public:
  /// No call until then. `recorded`: the queue knows it, and has the last word at the next take(); it may
  /// not, because its disk is full.
  void set(const std::string& post_office, TimePoint until, bool recorded) {
    own_[post_office] = {until, recorded};
  }

  /// `instance` is to blame for the last failure, so another line goes first, if there is one.
  void leave_to_others(const std::string& post_office, const std::string& instance, TimePoint until) {
    left_to_others_[post_office] = {instance, until};
  }
  bool is_left_to_others(const std::string& post_office, const std::string& instance, TimePoint now) const {
    const auto left = left_to_others_.find(post_office);
    return left != left_to_others_.end() && left->second.instance == instance && left->second.until > now;
  }

  /// Its disk is full. That lasts until then, however well the call went that has told it.
  void set_full(const std::string& post_office, TimePoint until) { full_[post_office] = until; }

  /// The queue's records as they are now.
  void take(const std::vector<CallRecord>& records, WallTime wall, TimePoint now) {
    std::map<std::string, Known> all;
    for (const auto& record : records) {
      const auto known = known_.find(record.post_office);
      const bool same = known != known_.end() && known->second.record == record;
      all[record.post_office] = same ? known->second : Known{record, now + rest_of(record, wall)};
    }
    known_ = std::move(all);
    std::erase_if(own_, [&](const auto& one) { return one.second.recorded || one.second.until <= now; });
  }

  /// That post office can be called again.
  void end(const std::string& post_office) {
    known_.erase(post_office);
    own_.erase(post_office);
    left_to_others_.erase(post_office);
  }

  bool lasts(const std::string& post_office, TimePoint now) const {
    const auto full = full_.find(post_office);
    if (full != full_.end() && full->second > now) return true;
    const auto own = own_.find(post_office);
    if (own != own_.end() && own->second.until > now) return true;
    const auto known = known_.find(post_office);
    return known != known_.end() && known->second.until > now;
  }

 private:
  struct Own {
    TimePoint until{};
    bool recorded = true;
  };
  struct Known {
    CallRecord record;
    TimePoint until{};
  };

  struct Left {
    std::string instance;
    TimePoint until{};
  };

  std::map<std::string, Known> known_;
  std::map<std::string, Left> left_to_others_;
  std::map<std::string, Own> own_;
  std::map<std::string, TimePoint> full_;
};

}  // namespace external::engine
