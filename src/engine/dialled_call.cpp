#include "dialled_call.h"

#include "dial_record.h"
#include "instance.h"

#include <external/link/link.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace external::engine {

namespace {

Ending ending_without_connection(error_code error) {
  const bool no_way = error == asio::error::network_unreachable || error == asio::error::network_down ||
                      error == asio::error::address_family_not_supported ||
                      error.category() == asio::error::get_netdb_category() ||
                      error.category() == asio::error::get_addrinfo_category();
  return no_way ? Ending::no_network : Ending::nobody_there;
}

std::string_view name_of(Ending ending) {
  if (ending == Ending::broken) return "broken";
  const auto cause = rule_of(ending).cause;
  return cause ? name_of(*cause) : Tally::stopped;
}

std::string at(WallTime time) {
  return fmt::format("{:%H:%M}", fmt::localtime(std::chrono::system_clock::to_time_t(time)));
}

/// Writes lines of one call, which the instance may have left behind.
struct CallLog {
  log::Log& log;
  const std::string& instance;
  std::string call;

  void write(const std::string& text) const { log.write_of_call(instance, call, text); }
};

void say(const CallLog& lines, const CallTask& task, const FailedCall& failed, const CallRecord& record) {
  const auto& whom = task.post_office;
  if (task.messages > 0 || !task.request) {
    lines.write(fmt::format("{}: Call failed: {} Next attempt at {}.", whom, failed.text, at(record.until)));
  }
  if (!record.undialable || record.failures < static_cast<int>(failed.undialable_after)) return;
  lines.write(fmt::format(
      "{}: Undialable until {}: {} calls in a row have failed, the last by {}. It is called again before "
      "that when it calls us, or after external retry {}.",
      whom, at(record.until), record.failures, record.cause, whom));
}

/// Until when nothing calls it is remembered here, too, should the queue not be able to.
Task<> postpone(Context& context, const CallLog& lines, const CallTask& task, FailedCall failed) {
  const auto began = context.clock.now();
  std::string trouble;
  try {
    const auto record = co_await context.store.call_failed(failed);
    const auto rest = rest_of(record, record.failed);
    context.planner.rests().set(task.post_office, began + rest, true);
    if (is_fault_of_this_end(failed.ending))
      context.planner.rests().leave_to_others(task.post_office, lines.instance, began + 2 * rest);
    say(lines, task, failed, record);
    co_return;
  } catch (const mailqueue::Error& error) {
    trouble = error.what();
  }
  context.planner.rests().set(task.post_office, began + pause_after(failed.back_off, 1, failed.chance),
                              false);
  lines.write("Mail queue: " + trouble);
}

Task<> note_success(Context& context, const CallLog& lines, const std::string& post_office) {
  std::string trouble;
  try {
    co_await context.store.call_works(post_office);
  } catch (const mailqueue::Error& error) {
    trouble = error.what();
  }
  if (!trouble.empty()) lines.write("Mail queue: " + trouble);
  context.planner.rests().end(post_office);
}

/// For Callout.log, if no connection came about.
void log_failure(Context& context, const CallLog& lines, const CallTask& task, const CallResult& result) {
  if (result.logged) return;
  log::CallEntry entry;
  entry.began = context.clock.wall();
  entry.instance = lines.instance;
  entry.peer = task.post_office;
  entry.outcome = result.text;
  entry.call = lines.call;
  context.mail_logs.called(entry);
  lines.write(fmt::format("Call to {}: no connection; {}", task.post_office, result.text));
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

Ending ending_of(const CallResult& result) {
  if (result.hung_up) return Ending::hung_up;
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

std::vector<std::string> all_results() {
  std::set<std::string> names{std::string(Tally::good), std::string(Tally::stopped)};
  for (auto ending = Ending::no_carrier; ending < Ending::call_waiting;
       ending = static_cast<Ending>(static_cast<int>(ending) + 1))
    names.emplace(name_of(ending));
  return {names.begin(), names.end()};
}

std::string_view result_of(const DialledCall& call) {
  return call.result.ok ? Tally::good : name_of(ending_of(call));
}

std::string_view result_of(const CallResult& result) {
  return result.ok ? Tally::good : name_of(ending_of(result));
}

Ending ending_of(const DialledCall& call) {
  if (!call.begun) return Ending::call_waiting;
  if (call.code) return call.line_error ? Ending::line_failed : ending_of(*call.code);
  return call.line_error ? ending_without_connection(call.line_error) : ending_of(call.result);
}

Task<> finish_dialled_call(Context& context, const config::Instance& instance, CallTask task,
                           DialledCall call) {
  const CallLog lines{context.log, instance.name, call.id};
  log_failure(context, lines, task, call.result);
  if (call.result.ok) {
    co_await note_success(context, lines, task.post_office);
  } else {
    auto failed = failed_call(*context.settings, instance, task.post_office, ending_of(call),
                              call.result.text, context.random);
    context.planner.pause_polling(task.post_office, pause_after(failed.back_off, 1, failed.chance));
    co_await postpone(context, lines, task, std::move(failed));
  }
  settle(context, task, call.result.ok, call.result.text);
}

}  // namespace external::engine
