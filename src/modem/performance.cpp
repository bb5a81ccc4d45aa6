#include "performance.h"

#include "results.h"

#include <external/base/guard.h>
#include <external/base/text.h>

#include <algorithm>

namespace external::modem {

namespace {

/// A loop without a pause takes this long for each round, so that it neither burns the processor nor uses up
/// its budget while the telephone rings.
constexpr Duration shortest_loop = std::chrono::milliseconds(10);

bool converses(Procedure procedure) {
  return procedure == Procedure::call || procedure == Procedure::answer;
}

/// A modem that stores its settings takes half a second and more to say OK.
constexpr Duration longest_answer = std::chrono::milliseconds(1500);

/// Only modems repeat what they are told; on a cable the same line is the other end's answer.
bool is_command(std::string_view text) {
  return text.size() > 2 && equal_no_case(text.substr(0, 2), "AT");
}

std::string seconds_text(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

}  // namespace

Performance::Performance(const Stage& stage, const Program& program, Procedure procedure,
                         const Variables& variables, TimePoint deadline)
    : stage_(stage),
      program_(program),
      procedure_(procedure),
      variables_(variables),
      deadline_(deadline),
      at_(*program.entry(procedure)),
      next_(at_) {}

Task<Outcome> Performance::run() {
  const TimePoint started = stage_.clock.now();
  for (std::size_t steps = 0; !ended_; ++steps) {
    if (stage_.clock.now() >= deadline_ && guarded("R22")) {
      end(Ended::deadline, failure_code(),
          subject() + " was stopped after " + seconds_text(stage_.clock.now() - started) + ", at " + place());
    } else if (steps == stage_.options.steps) {
      end(Ended::step_budget, failure_code(), subject() + " runs in circles and was stopped at " + place());
    } else {
      at_ = next_++;
      co_await std::visit([this](const auto& operation) { return perform(operation); },
                          program_.code[at_].operation);
    }
  }
  co_return std::move(outcome_);
}

Task<> Performance::perform(const op::Title& title) {
  stage_.events.title(shown(title.text));
  co_return;
}

Task<> Performance::perform(const op::Display& display) {
  stage_.events.display(shown(display.text));
  co_return;
}

Task<> Performance::perform(const op::Send& send) {
  const std::string text = to_text(evaluate(send.text)) + (send.line ? "\r" : "");
  const bool hidden = !echo_ && guarded("R44");
  if (hidden) stage_.secrets.add(text);
  stage_.events.sent(hidden ? std::string(Secrets::mask) + (send.line ? "\r" : "") : text);
  if (send.line) ++owed_;
  command_ = is_command(text) ? trim(text) : "";
  const TimePoint limit =
      guarded("R21") ? std::min(deadline_, stage_.clock.now() + stage_.options.write_limit) : never;
  if (const auto error = co_await stage_.device.write(as_bytes(text), limit)) {
    if (error == asio::error::timed_out) {
      line_failed(error, "the device takes no bytes; is it switched on, and the cable complete (CTS)?");
    } else {
      line_failed(error, error.message());
    }
  }
}

Task<> Performance::perform(const op::Wait& wait) {
  const auto error = co_await stage_.receiver.collect(std::min(deadline_, stage_.clock.now() + wait.time));
  if (error) line_failed(error, error.message());
}

Task<> Performance::perform(const op::WaitResponse& wait) {
  const ResponseRule reading = rule();
  auto response =
      co_await stage_.receiver.response(reading, std::min(deadline_, stage_.clock.now() + wait.time));
  if (!response) {
    line_failed(response.error(), response.error().message());
    co_return;
  }
  response_ = std::move(*response);
  listen_to(response_);
}

/// What the modem said beyond what the script looks for.
void Performance::listen_to(const std::string& response) {
  if (response.empty()) return;
  stage_.events.received(stage_.secrets.hide(response));
  owed_ -= std::min(owed_, std::max<std::size_t>(1, count_results(response)));
  if (auto connect = connect_line(response); !connect.empty()) {
    outcome_.connect = stage_.secrets.hide(connect);
  }
  if (procedure_ == Procedure::call && guarded("R43")) refusal_ = refusal_in(response);
}

Task<> Performance::perform(const op::ClearResponse&) {
  stage_.receiver.clear();
  response_.clear();
  owed_ = 0;
  co_return;
}

Task<> Performance::perform(const op::Echo& echo) {
  echo_ = echo.on;
  co_return;
}

Task<> Performance::perform(const op::Dtr& dtr) {
  const auto error = stage_.device.set_dtr(dtr.high);
  if (error && error != line::Error::unsupported) line_failed(error, error.message());
  co_return;
}

Task<> Performance::perform(const op::Baud& baud) {
  const auto error = stage_.device.set_speed(baud.speed);
  if (error && error != line::Error::unsupported) {
    line_failed(error, "cannot set " + std::to_string(baud.speed) + " bps: " + error.message());
  }
  co_return;
}

Task<> Performance::perform(const op::Port& port) {
  outcome_.port = port.name;
  co_return;
}

Task<> Performance::perform(const op::GetKey&) {
  key_ = stage_.events.key();
  co_return;
}

Task<> Performance::perform(const op::Add& add) {
  Value& value = stage_.user_variables[add.variable];
  if (std::holds_alternative<std::string>(value)) {
    bad_value("$" + add.variable + " holds text and cannot be counted");
    co_return;
  }
  value = join(value, add.step);
}

Task<> Performance::perform(const op::Assign& assign) {
  stage_.user_variables[assign.variable] = evaluate(assign.value);
  co_return;
}

Task<> Performance::perform(const op::Jump& jump) {
  next_ = jump.target;
  if (jump.target > at_) co_return;
  if (stage_.clock.now() < last_loop_ + shortest_loop) {
    co_await stage_.clock.wait_until(last_loop_ + shortest_loop);
  }
  last_loop_ = stage_.clock.now();
}

Task<> Performance::perform(const op::JumpUnless& branch) {
  const auto& [left, relation, right] = branch.condition;
  const auto holds = compare(evaluate(left), relation, evaluate(right));
  if (!holds) {
    bad_value("only numbers can be ordered, and one side is text");
  } else if (!*holds) {
    next_ = branch.target;
  }
  co_return;
}

Task<> Performance::perform(const op::Return& last) {
  if (last.code.empty()) {
    end(Ended::returned, ReturnCode::error, subject() + " ran past its end");
    co_return;
  }
  const Value value = evaluate(last.code);
  if (!converses(procedure_) && guarded("R25")) co_await take_owed_answers();
  if (ended_) co_return;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    returned(*number);
  } else {
    bad_value("the code to return is text");
  }
}

ResponseRule Performance::rule() const {
  return {stage_.options.quiet, converses(procedure_), !converses(procedure_), command_};
}

/// A script that reads one answer to two commands leaves the other one on its way; the next procedure would
/// take it for its own.
Task<> Performance::take_owed_answers() {
  const TimePoint limit = std::min(deadline_, stage_.clock.now() + longest_answer);
  const ResponseRule reading = rule();
  while (owed_ > 0 && !response_.empty() && stage_.clock.now() < limit) {
    auto answer = co_await stage_.receiver.response(reading, limit);
    if (!answer) co_return line_failed(answer.error(), answer.error().message());
    listen_to(*answer);
  }
}

/// Display leaves alone what the author wrote, but what the modem said may repeat what was sent in secret.
std::string Performance::shown(const Expression& expression) const {
  auto text = to_text(evaluate(expression));
  const bool quotes = std::any_of(expression.begin(), expression.end(), [](const Term& term) {
    const auto* system = std::get_if<SystemVariable>(&term);
    return std::holds_alternative<UserVariable>(term) ||
           (system != nullptr && *system == SystemVariable::response);
  });
  return quotes ? stage_.secrets.hide(text) : text;
}

Value Performance::evaluate(const Expression& expression) const {
  Value value = evaluate(expression.front());
  for (std::size_t i = 1; i < expression.size(); ++i) value = join(value, evaluate(expression[i]));
  return value;
}

Value Performance::evaluate(const Term& term) const {
  if (const auto* text = std::get_if<std::string>(&term)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&term)) return *number;
  if (const auto* system = std::get_if<SystemVariable>(&term)) return evaluate(*system);
  const auto found = stage_.user_variables.find(std::get<UserVariable>(term).name);
  return found == stage_.user_variables.end() ? Value(std::int64_t{0}) : found->second;
}

Value Performance::evaluate(SystemVariable variable) const {
  switch (variable) {
    case SystemVariable::response:
      return response_;
    case SystemVariable::dial_mode:
      return variables_.dial_mode;
    case SystemVariable::phone_number:
      return variables_.phone_number;
    case SystemVariable::listen:
      return std::int64_t{variables_.listen};
    case SystemVariable::ri:
      return std::int64_t{line_rings()};
    case SystemVariable::key:
      return std::int64_t{key_};
  }
  return std::int64_t{0};
}

bool Performance::line_rings() const {
  const auto lines = stage_.device.control_lines();
  return lines && lines->ring;
}

void Performance::end(Ended how, ReturnCode code, std::string text) {
  ended_ = true;
  outcome_.ended = how;
  outcome_.code = code;
  outcome_.text = std::move(text);
}

void Performance::returned(std::int64_t number) {
  const ReturnCode code = return_code(number);
  if (!refusal_.empty() && !is_connect(code)) {
    return end(Ended::returned, ReturnCode::dial_reject,
               "the modem refuses to dial this number for now: " + refusal_);
  }
  // What the session may need can stand behind the last line end of the last response.
  if (is_connect(code)) {
    stage_.receiver.put_first(std::string_view(response_).substr(length_of_lines(response_)));
    outcome_.line_speed = speed_in(outcome_.connect);
    if (outcome_.line_speed == 0) outcome_.line_speed = speed_of(code);
  }
  const bool as_said = is_connect(code) && !outcome_.connect.empty();
  end(Ended::returned, code, as_said ? outcome_.connect : std::string(name_of(code)));
}

void Performance::line_failed(error_code error, const std::string& what) {
  outcome_.error = error;
  end(Ended::line_failed, ReturnCode::error, subject() + ": " + stage_.device.name() + ": " + what);
}

void Performance::bad_value(const std::string& what) {
  end(Ended::bad_value, failure_code(), subject() + " was stopped at " + place() + ": " + what);
}

ReturnCode Performance::failure_code() const {
  return converses(procedure_) ? ReturnCode::no_answer : ReturnCode::error;
}

std::string Performance::place() const {
  return program_.file + ":" + std::to_string(program_.code[at_].line);
}

std::string Performance::subject() const {
  return std::string(name_of(procedure_));
}

}  // namespace external::modem
