// What an idle modem is looked at for, and when.

#include "idle_input.h"
#include "observer.h"
#include "receiver.h"
#include "results.h"
#include "turn.h"

#include <external/base/guard.h>
#include <external/modem/modem.h>

namespace external::modem {

namespace {

using namespace std::chrono_literals;

constexpr Duration line_period = 100ms;       ///< between looks at control lines that cannot tell of changes
constexpr Duration end_of_words = 100ms;      ///< a line without its end is whole then
constexpr Duration text_behind_ring = 500ms;  ///< the ring line rises, and RING follows
constexpr Duration text_behind_carrier = 2s;  ///< the carrier rises, and CONNECT follows
constexpr Duration dtr_delay = 500ms;         ///< for the confirmation of a port far away
constexpr std::string_view word_ring = "\r\nRING\r\n";
constexpr std::string_view number_ring = "2\r";

}  // namespace

Task<Result<Attention>> Modem::listen(TimePoint deadline) {
  const Turn::Hold turn = co_await turn_->take();
  const bool stuck = co_await dtr_is_stuck();
  if (stuck) co_return Attention::stuck;
  // What the device holds already comes before any decision.
  const auto unread = co_await player_.receiver().fill(clock_.now());
  if (unread && unread != asio::error::timed_out) co_return unread;
  for (;;) {
    if (const auto found = look()) co_return *found;
    if (clock_.now() >= deadline) co_return Attention::nothing;
    if (clock_.now() >= next_check_) {
      const bool changed = co_await is_changed();
      if (changed) co_return Attention::changed;
      continue;
    }
    const auto error = co_await wait_for_news(std::min(deadline, next_check_));
    if (error && error != asio::error::timed_out) co_return error;
  }
}

bool Modem::is_ringing() const {
  return answers() && (rings_.is_ringing(clock_.now()) || ring_line_rose_);
}

Task<error_code> Modem::wait_for_power(TimePoint deadline) {
  Receiver& receiver = player_.receiver();
  receiver.clear();
  forget_rings();
  for (;;) {
    const auto seen = lines();
    const bool speaks = !receiver.empty() || rang_;
    if (!seen || seen->data_set_ready || speaks) {
      power_fell_.reset();
      power_shows_ = !speaks;
      co_return error_code();
    }
    if (clock_.now() >= deadline) co_return asio::error::timed_out;
    const auto error = co_await receiver.fill(std::min(deadline, clock_.now() + line_period));
    if (error && error != asio::error::timed_out) co_return error;
  }
}

/// Some drivers forget to raise DTR again after some hundred calls (Q132111, Q136858).
Task<bool> Modem::dtr_is_stuck() {
  if (!guarded("R31")) co_return false;
  for (const Duration patience : {Duration::zero(), Duration(dtr_delay)}) {
    const auto seen = lines();
    if (!seen || seen->terminal_ready) co_return false;
    device_->set_dtr(true);
    co_await clock_.wait_for(patience);
  }
  const auto seen = lines();
  co_return seen && !seen->terminal_ready;
}

std::optional<Attention> Modem::look() {
  if (!guarded("R05")) return player_.receiver().empty() ? std::nullopt : look_at_input();
  player_.receiver().unhide_ring();
  if (const auto found = look_at_input()) return found;
  return look_at_lines();
}

std::optional<Attention> Modem::look_at_input() {
  Receiver& receiver = player_.receiver();
  if (receiver.empty()) return std::nullopt;
  const bool whole = clock_.now() >= receiver.whole_at(end_of_words);
  const std::string heard = receiver.take();
  auto input = sort_idle_input(heard, whole, receiver.numeric());
  receiver.put_first(input.unfinished);
  for (const auto& line : input.information) events_->note("Caller: " + line);
  if (answers() && input.connect.empty()) {
    if (!input.ring.empty()) {
      ring_line_rose_.reset();
      rings_.rang(clock_.now());
      // Several that have queued up are one: scripts compare exactly (Q128585).
      if (rings_.enough()) return hand_over(guarded("R10") ? input.ring : heard);
    } else if (!input.other.empty()) {
      return hand_over(input.other);
    }
  }
  if (heard != input.unfinished) player_.show(heard.substr(0, heard.size() - input.unfinished.size()));
  if (answers() && !input.connect.empty())
    return picked_up(std::move(input.connect), std::move(input.session));
  return std::nullopt;
}

/// ANSWER shall read exactly this.
Attention Modem::hand_over(std::string_view input) {
  handed_over_ = input;
  player_.receiver().put_whole(input);
  return Attention::call;
}

/// What is known of a ring so far belongs to the call that begins now, or has ended.
void Modem::forget_rings() {
  ring_line_ = rang_ = false;
  ring_line_rose_.reset();
  carrier_rose_.reset();
}

Attention Modem::picked_up(std::string connect, std::string session) {
  unasked_call_ = Outcome();
  unasked_call_.code = ReturnCode::connect_9600;
  unasked_call_.text = connect;
  unasked_call_.line_speed = speed_in(connect);
  if (connect.starts_with("CONNECT")) unasked_call_.connect = std::move(connect);
  open_session(unasked_call_, std::move(session));
  return Attention::connected;
}

std::optional<Attention> Modem::look_at_lines() {
  const auto seen = lines();
  if (!seen) return std::nullopt;
  const TimePoint now = clock_.now();
  const bool ring = std::exchange(rang_, false);
  if (ring && !ring_line_ && answers()) ring_line_rose_ = now;
  ring_line_ = ring;
  // The text of the modem comes behind the line, if it comes.
  const bool reads_line = script_.reads_ring_line();
  if (ring_line_rose_ && (reads_line || now - *ring_line_rose_ >= text_behind_ring)) {
    rings_.rang(*std::exchange(ring_line_rose_, std::nullopt));
    if (rings_.enough()) {
      // A modem that tells of rings by its line only: ANSWER is told in the modem's own words.
      const auto told = player_.receiver().numeric() ? number_ring : word_ring;
      return reads_line ? Attention::call : hand_over(told);
    }
  }
  if (!carrier_stands()) {
    carrier_rose_.reset();
  } else if (!carrier_rose_) {
    carrier_rose_ = now;
  } else if (now - *carrier_rose_ >= text_behind_carrier) {
    carrier_rose_.reset();
    return Attention::carrier;
  }
  const bool shows = power_shows_ && speaks_at_ && had_power_ && guarded("R30");
  if (seen->data_set_ready || !shows) {
    power_fell_.reset();
    return std::nullopt;
  }
  if (!power_fell_) power_fell_ = now;
  const Duration patience = guarded("R33") ? options_.power_gone : Duration::zero();
  if (now - *power_fell_ >= patience) return Attention::no_power;
  return std::nullopt;
}

Task<error_code> Modem::wait_for_news(TimePoint deadline) {
  if (!player_.receiver().empty()) deadline = std::min(deadline, player_.receiver().whole_at(end_of_words));
  if (!device_->control_lines()) co_return co_await player_.receiver().fill(deadline);
  // What was seen on the lines may mean something by its length.
  const bool something_began = ring_line_rose_ || carrier_rose_ || power_fell_;
  if (something_began || !tells_changes_) deadline = std::min(deadline, clock_.now() + line_period);
  if (!tells_changes_) co_return co_await player_.receiver().fill(deadline);

  error_code of_read;
  error_code of_change;
  auto read = [](Receiver& receiver, TimePoint until, error_code& error) -> Task<> {
    error = co_await receiver.fill(until);
  };
  auto change = [](line::Line& device, TimePoint until, error_code& error) -> Task<> {
    error = co_await device.wait_for_change(until);
  };
  const auto first =
      co_await first_of(read(player_.receiver(), deadline, of_read), change(*device_, deadline, of_change));
  co_await cancellation_point();
  if (first == 0) co_return of_read;
  if (of_change == line::Error::unsupported) {
    tells_changes_ = false;
    co_return error_code();
  }
  co_return of_change;
}

}  // namespace external::modem
