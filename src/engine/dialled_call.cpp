#include "dialled_call.h"

#include "dial_record.h"
#include "instance.h"

#include <external/link/link.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace external::engine {

namespace {

Ending ending_of_session(const CallResult& result) {
  const auto error = result.error;
  if (result.moved_mail) return Ending::broken;
  if (result.trouble_here) return Ending::trouble_here;
  if (error == link::Error::busy) return Ending::turned_away;
  if (error == link::Error::wrong_credentials || error == link::Error::wrong_address ||
      error == link::Error::encryption)
    return Ending::refused;
  if (error == link::Error::silent || error == asio::error::timed_out) return Ending::silent;
  if (error.category() == link::error_category()) return Ending::broke_protocol;
  return Ending::carrier_lost;
}

Ending ending_without_connection(error_code error) {
  const bool no_way = error == asio::error::network_unreachable || error == asio::error::network_down ||
                      error == asio::error::address_family_not_supported ||
                      error.category() == asio::error::get_netdb_category() ||
                      error.category() == asio::error::get_addrinfo_category();
  return no_way ? Ending::no_network : Ending::nobody_there;
}

std::string at(WallTime time) {
  return fmt::format("{:%H:%M}", fmt::localtime(std::chrono::system_clock::to_time_t(time)));
}

void say(Context& context, const std::string& instance, const CallTask& task, const FailedCall& failed,
         const CallRecord& record) {
  const auto& whom = task.post_office;
  if (task.messages > 0 || !task.request) {
    context.log.write(instance, fmt::format("{}: Call failed: {} Next attempt at {}.", whom, failed.text,
                                            at(record.until)));
  }
  if (!record.undialable || record.failures < static_cast<int>(failed.undialable_after)) return;
  context.log.write(
      instance, fmt::format("{}: Undialable until {}: {} calls in a row have failed, the last by {}. It is "
                            "called again before that when it calls us, or after external retry {}.",
                            whom, at(record.until), record.failures, record.cause, whom));
}

/// Until when nothing calls it is remembered here, too, should the queue not be able to.
Task<> postpone(Context& context, const std::string& instance, const CallTask& task, FailedCall failed) {
  const auto began = context.clock.now();
  std::string trouble;
  try {
    const auto record = co_await context.store.call_failed(failed);
    const auto rest = rest_of(record, record.failed);
    context.planner.rests().set(task.post_office, began + rest, true);
    if (is_fault_of_this_end(failed.ending))
      context.planner.rests().leave_to_others(task.post_office, instance, began + 2 * rest);
    say(context, instance, task, failed, record);
    co_return;
  } catch (const mailqueue::Error& error) {
    trouble = error.what();
  }
  context.planner.rests().set(task.post_office, began + pause_after(failed.back_off, 1, failed.chance),
                              false);
  context.log.write(instance, "Mail queue: " + trouble);
}

Task<> note_success(Context& context, const std::string& instance, const std::string& post_office) {
  std::string trouble;
  try {
    co_await context.store.call_works(post_office);
  } catch (const mailqueue::Error& error) {
    trouble = error.what();
  }
  if (!trouble.empty()) context.log.write(instance, "Mail queue: " + trouble);
  context.planner.rests().end(post_office);
}

/// For Callout.log, if no connection came about.
void log_failure(Context& context, const std::string& instance, const CallTask& task,
                 const CallResult& result) {
  if (result.logged) return;
  log::CallEntry entry;
  entry.began = context.clock.wall();
  entry.instance = instance;
  entry.peer = task.post_office;
  entry.outcome = result.text;
  context.mail_logs.called(entry);
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

Ending ending_of(const DialledCall& call) {
  if (!call.begun) return Ending::call_waiting;
  if (call.result.hung_up) return Ending::hung_up;
  if (call.code) return call.line_error ? Ending::line_failed : ending_of(*call.code);
  return call.line_error ? ending_without_connection(call.line_error) : ending_of_session(call.result);
}

Task<> finish_dialled_call(Context& context, const config::Instance& instance, CallTask task,
                           DialledCall call) {
  log_failure(context, instance.name, task, call.result);
  if (call.result.ok) {
    co_await note_success(context, instance.name, task.post_office);
  } else {
    auto failed = failed_call(*context.settings, instance, task.post_office, ending_of(call),
                              call.result.text, context.random);
    context.planner.pause_polling(task.post_office, pause_after(failed.back_off, 1, failed.chance));
    co_await postpone(context, instance.name, task, std::move(failed));
  }
  settle(context, task, call.result.ok, call.result.text);
}

}  // namespace external::engine
