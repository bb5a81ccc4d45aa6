#pragma once
// Whom to call, and when.

#include "mail_store.h"
#include "rests.h"
#include "schedule.h"

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
  CallLimits limits{};                   ///< none if somebody asked for it
};

/// One planner for all lines of a post office: whichever line is free first takes the call that comes first.
/// Urgent mail comes before wishes, these before other mail; among equals the older one comes first.
class Planner {
 public:
  /// `zone` empty: that of the process.
  Planner(std::shared_ptr<const config::Settings> settings, Clock& clock, bool only_requested,
          std::shared_ptr<const TimeZone> zone = {})
      : settings_(std::move(settings)),
        clock_(clock),
        only_requested_(only_requested),
        schedule_(settings_, clock, std::move(zone)) {}

  /// Other settings hold from now on. Wishes that cannot be met any more are answered; calls that stand go
  /// on.
  void use(std::shared_ptr<const config::Settings> settings);

  /// What waits, as a survey that began when epoch() was `epoch` found it. False if calls have begun or ended
  /// since then: it must be looked at again.
  bool update(std::vector<HopWork> hops, std::uint64_t epoch,
              std::vector<mailqueue::LineTime> line_time = {});
  std::uint64_t epoch() const { return epoch_; }

  /// What next_call() would give, without beginning it.
  enum class Due { nothing, call, urgent_mail };
  Due due_call(const config::Instance& instance) const;

  /// The next call this instance should make now; it counts as begun.
  std::optional<CallTask> next_call(const config::Instance& instance);

  /// When next_call() may have something new, if nothing else happens.
  TimePoint next_look() const;

  /// When mail for the next post office `hop` is tried, as far as can be said.
  WallTime next_attempt(const std::string& hop, WallTime attempt) const;

  /// What waits for a post office.
  HopWork waiting_for(const std::string& post_office) const;

  /// From now on each post office is called at most once.
  void call_each_once() { each_once_ = true; }

  /// Nothing is left to be done now: no call stands, and none is due on a line that can make one.
  bool is_done() const;

  /// A call from next_call() failed, or is due on a line that cannot make it.
  bool had_failure() const;

  const TimeZone& zone() const { return schedule_.zone(); }

  /// A call to `post_office` failed; it is not polled again before `pause` is over.
  void pause_polling(const std::string& post_office, Duration pause) {
    schedule_.call_failed(post_office, pause);
  }

  /// A call from next_call() has ended.
  void call_ends(const std::string& post_office, bool ok);

  /// Post offices whose last call failed: no call for mail goes there before its time, wishes do.
  Rests& rests() { return rests_; }

  /// A call that came in, from its sign-on to its end.
  void incoming_call_begins(const std::string& post_office, const std::string& instance);
  void incoming_call_ends(const std::string& post_office, const std::string& instance);

  /// The instances that are to run; only they make calls.
  void instances(std::set<std::string> names) { instances_ = std::move(names); }

  /// This one does not run for now: wishes that only it could meet are answered with `why`, a sentence, and
  /// so are later ones, until it works again.
  void instance_rests(const config::Instance& instance, const std::string& why);
  void instance_works(const config::Instance& instance) { resting_.erase(instance.name); }

  /// What refuse() was told of this instance is over: it makes calls again as soon as one is due.
  void can_call(const config::Instance& instance) { unable_.erase(instance.name); }

  /// For one that has no port and would open it for a call: whether there is a call that no other such one
  /// has claimed. It has claimed that one then, until it makes a call, or cannot make one.
  bool claim_call(const config::Instance& instance);
  void drop_claim(const config::Instance& instance) { claimed_.erase(instance.name); }

  /// Whether due_call() says all there is to say: the calls that this instance made have ended, and what
  /// waits was looked at since any began or ended.
  bool is_up_to_date(const config::Instance& instance) const;

  /// The modem of an instance is in other hands, and is not; for those who ask who has it.
  void lent(const std::string& instance, std::string to) { lent_[instance] = {std::move(to), clock_.wall()}; }
  void given_back(const std::string& instance) { lent_.erase(instance); }

  /// Instances that an administrator holds: they make only calls that somebody asks for.
  void hold_lines(std::set<std::string> names) { held_lines_ = std::move(names); }

  /// Puts a wish on the list, or answers it at once when it cannot be met or a hundred wait already.
  void request(std::shared_ptr<CallRequest> wish);

  /// For who waits for a call: its place, and who holds the lines. Empty if no wish for `post_office` waits.
  std::string place_of(const std::string& post_office) const;

  /// Answers the wishes that can be met by no instance but this one, which cannot make calls now; all of them
  /// for none.
  void refuse(const config::Instance* instance, const std::string& why);

 private:
  /// A call that stands or is being made.
  struct Standing {
    std::string post_office;
    std::string instance;
    bool incoming = false;
    WallTime since{};
  };
  struct Loan {
    std::string to;
    WallTime since{};
  };
  struct Candidate;

  std::optional<Candidate> first_candidate(const config::Instance& instance) const;
  std::optional<Candidate> first_candidate(const config::Instance& instance,
                                           const std::set<std::string>& but_not) const;
  bool is_due(const HopWork& hop, const config::Instance& instance) const;
  bool may_be_dialled_for_mail(const config::PostOffice& office, const config::Instance& instance) const;
  bool is_wanted_on(const config::Instance& instance) const;
  bool poll_is_due(const config::PostOffice& office, const config::Instance& instance) const;
  bool in_call(const std::string& post_office) const;
  std::shared_ptr<CallRequest> take_wish(const std::string& post_office);
  bool is_to_dial(const std::string& instance) const;
  bool dials(const std::string& instance) const;
  bool another_dials(const config::PostOffice& office, const config::Instance& instance) const;
  std::string obstacle(const std::string& post_office) const;
  std::string holders(const config::PostOffice& office) const;
  std::string holder(const std::string& instance) const;
  void ends(const std::string& post_office, bool incoming, const std::string& instance);

  std::shared_ptr<const config::Settings> settings_;
  Clock& clock_;
  bool only_requested_;
  Schedule schedule_;
  bool each_once_ = false;
  bool had_failure_ = false;
  std::set<std::string> called_;  ///< if each_once_
  std::uint64_t epoch_ = 0;
  std::optional<std::uint64_t> surveyed_epoch_;
  bool surveyed_ = false;  ///< what waits is known
  std::map<std::string, HopWork> hops_;
  std::set<std::string> instances_;
  std::map<std::string, std::string> resting_;  ///< of these, those that do not run now, and why
  std::set<std::string> held_lines_;
  std::set<std::string> unable_;  ///< of these, those that could not make a call when last heard of
  std::vector<Standing> standing_;
  std::map<std::string, Loan> lent_;  ///< by instance
  Rests rests_;
  std::deque<std::shared_ptr<CallRequest>> wishes_;
  std::map<std::string, std::string> claimed_;  ///< post offices, by the instance that opens its port
};

}  // namespace external::engine
