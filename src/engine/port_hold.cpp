#include "port_hold.h"

#include "line_words.h"

#include <external/base/wait.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration courtesy = 100ms;     ///< to lines that need no port opened for a call
constexpr Duration longest_doubt = 10s;  ///< for the record of a call, and a look at the queue

}  // namespace

PortHold::PortHold(Context& context, const config::Instance& settings, Board& board)
    : context_(context),
      settings_(settings),
      board_(board),
      wake_(context.executor),
      is_known_(!settings.required) {}

PortHold::~PortHold() {
  context_.planner.drop_claim(settings_);
}

Task<> PortHold::until_wanted(std::string last) {
  if (!settings_.holds_port_for_calls_only() || !is_known_ || is_call_due()) co_return;
  const auto words = resting_words(last);
  context_.planner.can_call(settings_);
  context_.planner.drop_claim(settings_);
  in_doubt_from_.reset();
  bool wanted = false;
  while (!wanted) {
    board_.show(LineState::resting, words);
    co_await until_call_is_due();
    // A line that has its port already goes first, and of those that have none one is enough.
    co_await context_.clock.wait_for(courtesy);
    wanted = context_.planner.claim_call(settings_);
  }
}

/// Or for a while.
Task<> PortHold::until_call_is_due() {
  if (is_call_due()) co_return;
  wake_.clear();
  co_await wait_until(wake_, context_.clock, context_.planner.next_look());
}

bool PortHold::is_wanted() {
  return !settings_.holds_port_for_calls_only() || !is_known_ || is_call_due() || may_be_due();
}

bool PortHold::is_call_due() const {
  return context_.planner.due_call(settings_) != Planner::Due::nothing;
}

/// A message may have come during the last call, and a call for it is not worth another lease.
bool PortHold::may_be_due() {
  if (context_.planner.is_up_to_date(settings_)) {
    in_doubt_from_.reset();
    return false;
  }
  if (!in_doubt_from_) in_doubt_from_ = context_.clock.now();
  return context_.clock.now() - *in_doubt_from_ < longest_doubt;
}

}  // namespace external::engine
