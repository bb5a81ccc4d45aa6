#include "modem_calls.h"

#include "call.h"
#include "dialled_call.h"
#include "instance.h"
#include "modem_words.h"
#include "port.h"

#include <external/base/guard.h>
#include <external/base/text.h>

#include <fmt/format.h>

namespace external::engine {

ModemCalls::ModemCalls(Context& context, const config::Instance& settings, Board& board, TaskGroup& tasks)
    : context_(context), settings_(settings), board_(board), tasks_(tasks) {}

void ModemCalls::begins() {
  mark_.emplace(context_.log, settings_.name, context_.call_ids.next(context_.clock.wall()));
}

Task<ModemCalls::Ended> ModemCalls::answer(modem::Modem& modem) {
  begins();
  board_.show(LineState::ringing, "Someone calls; the modem answers.");
  const auto outcome = co_await modem.answer();
  co_await cancellation_point();
  if (outcome.connected()) {
    write("Answering call: " + connect_text(outcome));
    co_return co_await hold(modem, outcome.connect);
  }
  if (outcome.ended == modem::Ended::line_failed) co_return Handback{Handback::Kind::gone};
  if (!modem.was_used()) co_return std::nullopt;  // it was no call
  write("Call not answered: " + outcome.text);
  board_.tally().answered(name_of(Cause::no_carrier));
  if (!guarded("R07")) co_return std::nullopt;
  co_return co_await hang_up(modem);
}

Task<ModemCalls::Ended> ModemCalls::take_unasked(modem::Modem& modem) {
  begins();
  write("The modem has picked up by itself: " + modem.unasked_call().text);
  co_return co_await hold(modem, modem.unasked_call().connect);
}

/// One that came in.
Task<ModemCalls::Ended> ModemCalls::hold(modem::Modem& modem, std::string connect) {
  const std::string nobody;
  const auto result =
      co_await hold_call(context_, board_, settings_, modem.session_line(), nobody, connect, mark_->call());
  last_ = (result.peer.empty() ? "a caller" : result.peer) + ": " + result.text;
  co_return co_await hang_up(modem);
}

Task<ModemCalls::Ended> ModemCalls::dial(modem::Modem& modem, CallTask task) {
  begins();
  const auto settings = context_.settings;  // as they are now, for the whole of the call
  const auto* office = settings->find_post_office(task.post_office);
  write(fmt::format("{}: Queued {} {} of mail to send, {} bytes.", office->name, task.messages,
                    task.messages == 1 ? "item" : "items", task.bytes));
  write("Calling: " + office->name);
  board_.show(LineState::dialling, "Calling " + office->name + ".");
  auto unfinished = std::make_unique<Unfinished>(context_, task);
  Tally::Dialling counted(board_.tally());

  std::optional<modem::Script> own_script;
  if (!office->script.empty()) own_script = context_.scripts.at(to_upper(office->script));
  modem::CallRequest request(office->phone, settings_.dial_mode == config::DialMode::tone ? "T" : "P",
                             std::move(own_script));
  const auto outcome = co_await modem.call(std::move(request));
  co_await cancellation_point();

  DialledCall call;
  call.id = mark_->call();
  if (outcome.connected()) {
    call.result = co_await hold_call(context_, board_, settings_, modem.session_line(), office->name,
                                     outcome.connect, call.id, task.limits);
  } else {
    call.begun = outcome.ended != modem::Ended::call_waiting;
    call.code = outcome.code;
    if (outcome.ended == modem::Ended::line_failed) call.line_error = outcome.error;
    call.result.text = outcome.text + ".";
  }
  call.begun ? counted.ends(result_of(call)) : counted.was_none();
  last_ = office->name + ": " + call.result.text;
  auto ended = co_await after_dialling(modem, outcome);
  // The line does not wait for the disk of the queue.
  tasks_.spawn(finish(std::move(unfinished), std::move(task), std::move(call)));
  co_return ended;
}

Task<> ModemCalls::finish(std::unique_ptr<Unfinished> unfinished, CallTask task, DialledCall call) {
  co_await finish_dialled_call(context_, settings_, std::move(task), std::move(call));
  unfinished->settled();
}

Task<ModemCalls::Ended> ModemCalls::after_dialling(modem::Modem& modem, const modem::Outcome& outcome) {
  if (outcome.ended == modem::Ended::call_waiting) co_return std::nullopt;
  if (!outcome.connected() && !guarded("R16")) co_return std::nullopt;
  co_return co_await hang_up(modem);
}

Task<ModemCalls::Ended> ModemCalls::hang_up(modem::Modem& modem) {
  board_.show(LineState::hanging_up, "Hanging up and resetting the modem.");
  write("-- Closing connection --");
  const auto hung_up = co_await modem.disconnect();
  co_await cancellation_point();
  if (hung_up.ended == modem::Ended::refused) {
    write(fmt::format("Port {}: {}; opening it again.", settings_.async_comm_port, hung_up.text));
    board_.call_ends();
    co_return Handback{Handback::Kind::hangs};
  }
  const auto outcome = co_await modem.reset();
  co_await cancellation_point();
  board_.call_ends();
  if (outcome.ok() || outcome.ended == modem::Ended::absent || !guarded("R27")) co_return std::nullopt;
  if (is_absent(outcome.error)) co_return Handback{Handback::Kind::gone};
  auto text =
      fmt::format("Failure to initialize modem after the call. {}; opening the port again.", outcome.text);
  write(text);
  co_return Handback{Handback::Kind::unready, std::move(text)};
}

}  // namespace external::engine
