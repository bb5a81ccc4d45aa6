#include <external/service/manager.h>

#include <charconv>

namespace external::service {

using namespace std::chrono_literals;

namespace {

constexpr Duration least_pause = 1s;      ///< between two sentences
constexpr Duration patience_period = 5s;  ///< how often more patience is asked for
constexpr Duration patience = 30s;        ///< and how much; longer, as the machine may be slow
constexpr int signs_per_watch = 3;

std::optional<long long> number(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  long long value = 0;
  const auto* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

Notifier::Microseconds microseconds(Duration duration) {
  return std::chrono::ceil<Notifier::Microseconds>(duration);
}

}  // namespace

ManagerWishes manager_wishes(const Environment& environment, int pid) {
  ManagerWishes wishes;
  wishes.socket = environment("NOTIFY_SOCKET").value_or("");
  const auto period = number(environment("WATCHDOG_USEC"));
  const auto whose = number(environment("WATCHDOG_PID"));
  const bool ours = !environment("WATCHDOG_PID") || whose == pid;
  constexpr long long most = 1'000'000LL * 60 * 60 * 24 * 365;
  if (period && *period > 0 && *period <= most && ours) wishes.watchdog = std::chrono::microseconds(*period);
  return wishes;
}

ManagerLink::ManagerLink(const asio::any_io_executor& executor, Clock& clock, Notifier& notifier,
                         const ManagerWishes& wishes, std::function<Standing()> ask)
    : clock_(clock),
      notifier_(notifier),
      watchdog_(wishes.watchdog),
      ask_(std::move(ask)),
      changed_(executor),
      stopping_(executor) {}

Task<> ManagerLink::run() {
  co_await first_of(tell(), give_signs_of_life(), ask_for_patience());
}

void ManagerLink::changed() {
  changed_.set();
}

void ManagerLink::reload_begins() {
  if (ready_) notifier_.reloading();
}

void ManagerLink::reload_ended() {
  if (!ready_) return;
  ready_ = false;  // tell() says it again until it was heard
  again_ = true;
  changed_.set();
}

void ManagerLink::stopping(Duration longest) {
  if (stopping_.is_set()) return;
  end_ = clock_.now() + longest;
  notifier_.stopping(microseconds(std::min(patience, longest)));
  stopping_.set();
  changed_.set();
}

Task<> ManagerLink::tell() {
  for (;;) {
    changed_.clear();
    const auto standing = ask_();
    if ((standing.ready || again_) && !ready_ && !stopping_.is_set()) {
      ready_ = notifier_.ready() || !notifier_.has_manager();
      // Whoever is too busy now is told later: without it, the program would be killed.
      if (!ready_) changed_.set();
    }
    if (standing.sentence != told_) {
      told_ = standing.sentence;
      notifier_.status(told_);
    }
    co_await clock_.wait_for(least_pause);
    co_await changed_.wait();
  }
}

Task<> ManagerLink::give_signs_of_life() {
  for (;;) {
    if (!watchdog_) {
      co_await clock_.wait_until(never);
    } else {
      if (ask_().alive) notifier_.alive();
      co_await clock_.wait_for(*watchdog_ / signs_per_watch);
    }
  }
}

// While the program starts: as long as its loop lives, it may take its time for a modem that is switched off.
// While it stops: until the time is over in which it promised to have done so.
Task<> ManagerLink::ask_for_patience() {
  while (!ready_ && !stopping_.is_set()) {
    notifier_.extend(microseconds(patience));
    co_await first_of(stopping_.wait(), clock_.wait_for(patience_period));
  }
  co_await stopping_.wait();
  for (;;) {
    co_await clock_.wait_for(patience_period);
    const auto left = end_ - clock_.now();
    if (left > Duration::zero()) notifier_.extend(microseconds(std::min(patience, left)));
  }
}

}  // namespace external::service
