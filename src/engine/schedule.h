#pragma once
// When the time is right for a call. docs/scheduling.md has the rules; whether a line is free is the
// planner's business.

#include "mail_store.h"

#include <external/base/time_zone.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace external::engine {

/// What a call may use of the line.
struct CallLimits {
  std::optional<std::chrono::milliseconds> time;  ///< from connection to hang-up
  std::optional<unsigned> messages;               ///< sent
};

/// Remembers what its rules need of calls that were made. One thread, that of the engine.
class Schedule {
 public:
  /// `clock` must outlive it. `zone` empty: that of the process.
  Schedule(std::shared_ptr<const config::Settings> settings, Clock& clock,
           std::shared_ptr<const TimeZone> zone);

  /// Other settings hold from now on; what is remembered of calls stays.
  void use(std::shared_ptr<const config::Settings> settings) { settings_ = std::move(settings); }

  /// What waits, and how long the line was used, as a survey has just found it.
  void update(const std::vector<HopWork>& hops, std::vector<mailqueue::LineTime> line_time);

  /// Whether the mail that waits for `office` is to be called for now.
  bool mail_is_due(const config::PostOffice& office, const HopWork& hop) const;

  /// Whether `office` is to be asked now for what may wait there.
  bool poll_is_due(const config::PostOffice& office) const;

  /// Whether its Intervals let it be called now.
  bool is_open(const config::PostOffice& office) const;

  /// When Regular and Intervals let it be called for mail whose next attempt is at `attempt`; CallWhen and
  /// budgets are not looked at.
  WallTime next_attempt(const config::PostOffice& office, WallTime attempt) const;

  CallLimits limits(const config::PostOffice& office) const;

  /// A call with it ended well just now, whoever had called.
  void call_ended_well(const std::string& post_office);

  /// A call to it failed just now: it is not polled again before `pause` is over.
  void call_failed(const std::string& post_office, Duration pause);

  const TimeZone& zone() const { return *zone_; }

 private:
  /// Now, by both clocks.
  struct Moment {
    TimePoint now;
    WallTime wall;
  };
  /// Something that one of both clocks ends: a step of the calendar never makes it longer.
  struct Deadline {
    TimePoint now;
    WallTime wall;
  };

  using Deadlines = std::map<std::string, Deadline>;

  Deadline deadline(const Deadlines& known, const std::string& name, WallTime wall,
                    std::chrono::seconds longest) const;
  bool passed(const Deadline& deadline) const;
  bool passed(const Moment& since, std::chrono::seconds pause) const;
  bool rested(const config::PostOffice& office) const;
  bool attempt_is_due(const HopWork& hop) const;
  bool is_enough(const config::PostOffice& office, const HopWork& hop) const;
  bool is_new_opening(const config::PostOffice& office) const;
  bool has_time_left(const config::PostOffice& office) const;
  std::chrono::milliseconds time_left(const config::PostOffice& office) const;

  std::shared_ptr<const config::Settings> settings_;
  Clock& clock_;
  std::shared_ptr<const TimeZone> zone_;
  std::vector<mailqueue::LineTime> line_time_;
  std::map<std::string, Moment> last_contact_;  ///< end of the last call that went well
  Deadlines poll_again_;                        ///< after one that failed
  Deadlines next_attempts_;                     ///< of the mail that waits
  Deadlines waited_enough_;                     ///< the oldest of it, for CallWhen
};

}  // namespace external::engine
