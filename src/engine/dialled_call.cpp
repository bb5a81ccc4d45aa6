#include "dialled_call.h"

#include "instance.h"
#include "retry_rules.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace external::engine {

namespace {

/// Mail that waits for a call that failed: when the next one is due, and whether this was a try.
struct Verdict {
  bool counts = true;
  std::chrono::seconds pause{};
};

Verdict judge(const DialledCall& call, const config::Instance& instance) {
  if (!call.begun) return {false, instance.retry_interval};
  if (call.code) return {uses_up_a_try(*call.code, instance.retry_rules), pause_after(*call.code, instance)};
  return {!call.result.moved_mail && !call.result.hung_up, instance.retry_interval};
}

Task<> postpone(Context& context, const std::string& instance, const CallTask& task, const std::string& why,
                WallTime next, bool counts) {
  std::string trouble;
  try {
    co_await context.store.call_failed(task.post_office, why, next, counts);
  } catch (const mailqueue::Error& error) {
    trouble = error.what();
  }
  if (!trouble.empty()) context.log.write(instance, "Mail queue: " + trouble);
  if (task.messages > 0 || !task.request) {
    context.log.write(instance, fmt::format("{}: Call failed: {} Next attempt at {:%H:%M}.", task.post_office,
                                            why, fmt::localtime(std::chrono::system_clock::to_time_t(next))));
  }
}

void settle(Context& context, CallTask& task, bool ok, const std::string& text) {
  context.planner.call_ends(task.post_office, ok);
  context.look_again();
  if (!task.request) return;
  task.request->report = {ok, text};
  task.request->done.set();
}

}  // namespace

Unfinished::~Unfinished() {
  if (settled_) return;
  planner_.call_ends(post_office_, false);
  if (!request_) return;
  request_->report = {false, "the call was stopped"};
  request_->done.set();
}

Task<> finish_dialled_call(Context& context, const config::Instance& instance, CallTask task,
                           DialledCall call) {
  if (!call.result.ok) {
    const auto verdict = judge(call, instance);
    const auto pause = spread(verdict.pause, context.random);
    context.planner.pause_polling(task.post_office, pause);
    const bool rejected = call.code == modem::ReturnCode::dial_reject;
    if (rejected) context.planner.not_before(task.post_office, context.clock.now() + pause);
    co_await postpone(context, instance.name, task, call.result.text, context.clock.wall() + pause,
                      verdict.counts);
  }
  settle(context, task, call.result.ok, call.result.text);
}

}  // namespace external::engine
