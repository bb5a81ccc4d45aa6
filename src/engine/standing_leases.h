#pragma once
// The leases that stand, and which of them ends when urgent mail needs a modem. docs/sharing.md

#include <external/base/clock.h>

#include <algorithm>
#include <list>

namespace external::engine {

/// One piece of urgent mail ends one lease, not all: while a modem is on its way back for it, the others
/// stay. One thread, that of the engine.
class StandingLeases {
  struct Entry {
    TimePoint began;
    std::function<bool()> may_give_way;
  };

 public:
  /// A lease on the list, as long as this object lives.
  class Lease {
   public:
    /// `may_give_way`: whether urgent mail that this modem could take may end this lease now.
    Lease(StandingLeases& all, TimePoint began, std::function<bool()> may_give_way)
        : all_(all), entry_(all.entries_.insert(all.entries_.end(), {began, std::move(may_give_way)})) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { all_.entries_.erase(entry_); }

    /// Nobody who may give way has had a modem for longer, and none is on its way back.
    bool is_to_give_way() const {
      return all_.coming_back_ == 0 && entry_->may_give_way() &&
             std::ranges::none_of(all_.entries_, [this](const Entry& other) {
               return other.began < entry_->began && other.may_give_way();
             });
    }

   private:
    StandingLeases& all_;
    std::list<Entry>::iterator entry_;
  };

  /// A modem that is on its way back for urgent mail, as long as this object lives.
  class ComingBack {
   public:
    explicit ComingBack(StandingLeases& all) : all_(all) { ++all_.coming_back_; }
    ComingBack(const ComingBack&) = delete;
    ComingBack& operator=(const ComingBack&) = delete;
    ~ComingBack() { --all_.coming_back_; }

   private:
    StandingLeases& all_;
  };

 private:
  std::list<Entry> entries_;
  int coming_back_ = 0;
};

}  // namespace external::engine
