#include "instance.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace external::engine {

Unfinished::~Unfinished() {
  if (settled_) return;
  planner_.call_ends(post_office_, false);
  if (!request_) return;
  request_->report = {false, "the call was stopped"};
  request_->done.set();
}

Task<> finish_dialled_call(Context& context, const std::string& instance, CallTask task, bool ok, bool counts,
                           std::string text) {
  if (!ok) {
    const auto* settings = context.settings.find_instance(instance);
    const auto next = context.clock.wall() + settings->retry_interval;
    std::string trouble;
    try {
      co_await context.store.call_failed(task.post_office, text, next, counts);
    } catch (const mailqueue::Error& error) {
      trouble = error.what();
    }
    if (!trouble.empty()) context.log.write(instance, "Mail queue: " + trouble);
    if (task.messages > 0) {
      context.log.write(instance,
                        fmt::format("{}: Call failed: {} Next attempt at {:%H:%M}.", task.post_office, text,
                                    fmt::localtime(std::chrono::system_clock::to_time_t(next))));
    }
  }
  context.planner.call_ends(task.post_office, ok);
  context.look_again();
  if (task.request) {
    task.request->report = {ok, std::move(text)};
    task.request->done.set();
  }
}

}  // namespace external::engine
