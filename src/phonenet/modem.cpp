#include "modem.h"

#include <external/base/text.h>

#include <cctype>
#include <ctime>

namespace external::phonenet {

using namespace std::chrono_literals;

namespace {
constexpr std::size_t longest_line = 255;
constexpr auto abort_grace = 125ms;  // bytes this soon after ATD belong to it (CR LF, a late byte)
constexpr auto bell_time = 2s;
constexpr auto caller_id_delay = 500ms;  // after the first ring
constexpr auto progress_time = 500ms;    // from what is said before CONNECT to CONNECT
constexpr std::string_view garbage = "\x80\xFE{\x1B";
constexpr auto ring_train_gap = 8s;  // S1 falls to 0 when no ring came for so long
constexpr std::size_t command_room = 1024;
}  // namespace

std::string_view to_string(ModemState state) {
  switch (state) {
    case ModemState::off:
      return "off";
    case ModemState::command:
      return "command";
    case ModemState::dialling:
      return "dialling";
    case ModemState::answering:
      return "answering";
    case ModemState::online:
      return "online";
    case ModemState::online_command:
      return "online command";
  }
  return "unknown";
}

Modem::Modem(Agenda& agenda, Jack& jack, ModemOptions options, Port port)
    : agenda_(agenda),
      jack_(jack),
      options_(std::move(options)),
      port_(std::move(port)),
      quirks_(options_.quirks),
      profile_(options_.profile),
      stored_(options_.profile),
      outlet_(agenda, port_.to_computer),
      reply_timer_(agenda, [this] { replied(); }),
      dial_timer_(agenda, [this] { jack_.dial(number_); }),
      carrier_timer_(agenda, [this] { no_carrier_in_time(); }),
      escape_timer_(agenda, [this] { escaped(); }),
      ring_timer_(agenda, [this] { profile_.registers[reg::ring_count] = 0; }),
      bell_timer_(agenda, [this] { look_at_lines(); }),
      caller_timer_(agenda, [this] { say_caller(); }),
      dtr_timer_(agenda, [this] { dtr_fell(); }),
      dsr_timer_(agenda, [this] { look_at_lines(); }),
      deaf_timer_(agenda, [this] {
        look_at_lines();
        if (port_.room_made) port_.room_made();
      }) {
  lines_ = lines();
}

void Modem::receive(ByteView bytes) {
  if (quirks_.loses_from_computer == 0) return take(bytes);
  const Bytes kept = from_computer_.through(bytes, quirks_.loses_from_computer);
  take(kept);
}

void Modem::take(ByteView bytes) {
  while (!bytes.empty()) {
    if (state_ == ModemState::off || deaf_) return;
    if (executing_) {
      waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
      return;
    }
    if (state_ == ModemState::online) return online_bytes(bytes);
    if (state_ == ModemState::dialling || state_ == ModemState::answering) {
      abort_by_byte(bytes.front());
    } else {
      command_byte(bytes.front());
    }
    bytes = bytes.subspan(1);
  }
}

std::size_t Modem::room() const {
  if (deaf_timer_.running()) return 0;
  return state_ == ModemState::online ? jack_.room() : command_room;
}

void Modem::command_byte(std::uint8_t byte) {
  byte &= 0x7F;
  if (profile_.echo) to_computer(std::string(1, static_cast<char>(byte)));
  const bool repeats = byte == '/' && line_.size() == 1 && (line_[0] == 'A' || line_[0] == 'a');
  if (repeats) {
    line_.clear();
    return execute(last_line_);
  }
  if (byte == profile_.registers[reg::carriage_return]) return end_line();
  edit_line(byte);
}

void Modem::edit_line(std::uint8_t byte) {
  if (byte == profile_.registers[reg::backspace] && profile_.registers[reg::backspace] != 0) {
    if (!line_.empty()) line_.pop_back();
    return;
  }
  if (byte < ' ' || byte == 0x7F) return;
  // Everything before the last "AT" is noise of the line or of a program that began in mid-word.
  const char letter = static_cast<char>(std::toupper(byte));
  if (line_.empty() && letter != 'A') return;
  if (line_.size() == 1 && letter != 'T') {
    line_.assign(letter == 'A' ? 1 : 0, 'A');
    return;
  }
  if (line_.size() <= longest_line) line_ += letter;
}

void Modem::end_line() {
  const std::string line = std::exchange(line_, {});
  if (line.size() < 2) return;
  last_line_.clear();
  for (const char letter : line.substr(2)) {
    if (letter != ' ') last_line_ += letter;
  }
  if (line.size() > longest_line) return reply({ResultCode::error}, options_.answer_delay);
  execute(last_line_);
}

void Modem::abort_by_byte(std::uint8_t byte) {
  if (byte == profile_.registers[reg::line_feed] || agenda_.now() - call_started_ < abort_grace) return;
  call_failed(ResultCode::no_carrier);
}

Duration Modem::guard_time() const {
  return profile_.registers[reg::guard_time] * 20ms;
}

void Modem::online_bytes(ByteView bytes) {
  escape_timer_.stop();
  if (escape_.feed(agenda_.now(), bytes, profile_.registers[reg::escape], guard_time())) {
    escape_timer_.start_in(guard_time());
  }
  jack_.send(without(quirks_.eats, bytes));
}

void Modem::escaped() {
  if (state_ != ModemState::online) return;
  state_ = ModemState::online_command;
  line_.clear();
  emit({ResultCode::ok});
  if (port_.room_made) port_.room_made();
}

void Modem::set_dtr(bool high) {
  if (high && dtr_stuck()) return;
  const bool fell = dtr_ && !high;
  dtr_ = high;
  dtr_timer_.stop();
  if (!fell) return;
  if (quirks_.dtr_time > Duration::zero()) return dtr_timer_.start_in(quirks_.dtr_time);
  dtr_fell();
}

bool Modem::dtr_stuck() const {
  return quirks_.dtr_sticks > 0 && calls_since_opened_ >= quirks_.dtr_sticks;
}

void Modem::dtr_fell() {
  if (quirks_.ignores_dtr || state_ == ModemState::off || profile_.dtr == DtrAction::ignore) return;
  if (profile_.dtr == DtrAction::command_state) {
    if (state_ == ModemState::online) escaped();
    return;
  }
  const bool had_call = state_ != ModemState::command;
  if (state_ == ModemState::online && port_.purge) port_.purge();
  end_call();
  go_command();
  if (had_call) emit({ResultCode::no_carrier});
  if (profile_.dtr == DtrAction::reset) load_stored();
}

bool Modem::carrier() const {
  return state_ != ModemState::off && (!profile_.carrier_follows || in_call());
}

ControlLines Modem::lines() const {
  const auto unless_stuck = [](bool line, Stuck stuck) {
    return stuck == Stuck::no ? line : stuck == Stuck::on;
  };
  const bool on = state_ != ModemState::off;
  return {unless_stuck(carrier(), quirks_.carrier),
          unless_stuck(on && bell_timer_.running() && !quirks_.ring_without_line, quirks_.ring),
          on && !dsr_timer_.running(), on && !deaf_timer_.running()};
}

void Modem::look_at_lines() {
  if (std::exchange(lines_, lines()) == lines_) return;
  if (port_.lines_changed) port_.lines_changed();
}

void Modem::set_quirks(const Quirks& quirks) {
  quirks_ = quirks;
  const Duration deaf = std::exchange(quirks_.stop_reading, {});
  if (deaf > Duration::zero()) deaf_timer_.start_in(deaf);
  look_at_lines();
}

void Modem::power_off() {
  if (state_ == ModemState::off) return;
  end_call();
  go_command();
  executing_ = deaf_ = false;
  reply_timer_.stop();
  ring_timer_.stop();
  waiting_.clear();
  last_line_.clear();
  last_number_.clear();
  bell_timer_.stop();
  caller_timer_.stop();
  dtr_timer_.stop();
  outlet_.clear();
  kept_answer_.clear();
  failures_.clear();
  state_ = ModemState::off;
  look_at_lines();
}

void Modem::power_on() {
  if (state_ != ModemState::off) return;
  state_ = ModemState::command;
  profile_ = stored_;
  look_at_lines();
}

void Modem::ring() {
  if (state_ != ModemState::command) return;
  auto& rings = profile_.registers[reg::ring_count];
  if (rings < 255) ++rings;
  ring_timer_.start_in(ring_train_gap);
  bell_timer_.start_in(bell_time);
  look_at_lines();
  if (!quirks_.ring_without_text) emit({ResultCode::ring});
  if (rings == 1 && !quirks_.caller_id.empty()) caller_timer_.start_in(caller_id_delay);
  const unsigned wanted =
      quirks_.picks_up_after > 0 ? quirks_.picks_up_after : profile_.registers[reg::auto_answer];
  const bool allowed = dtr_ || profile_.dtr == DtrAction::ignore || profile_.dtr == DtrAction::command_state;
  if (wanted > 0 && rings >= wanted && allowed && !executing_) answer();
}

void Modem::connected(unsigned rate) {
  if (state_ != ModemState::dialling && state_ != ModemState::answering) return;
  carrier_timer_.stop();
  rate_ = rate;
  number_.clear();
  ++calls_since_opened_;
  failures_.erase(last_number_);
  for (const ResultForm& form : quirks_.progress) outlet_.send(as_bytes(render(form, profile_)));
  if (!quirks_.progress.empty()) outlet_.hold(progress_time);
  emit({ResultCode::connect, rate});
  state_ = ModemState::online;
  escape_.reset(agenda_.now());
  look_at_lines();
}

void Modem::failed(DialFailure failure) {
  if (state_ != ModemState::dialling) return;
  switch (failure) {
    case DialFailure::busy:
      // A modem that does not know the busy tone waits for a carrier until S7 is over.
      if (hears_busy()) call_failed(ResultCode::busy);
      return;
    case DialFailure::no_answer:
      return call_failed(hears_busy() ? ResultCode::no_answer : ResultCode::no_carrier);
    case DialFailure::no_carrier:
      return call_failed(ResultCode::no_carrier);
  }
}

void Modem::carrier_lost() {
  if (state_ == ModemState::off || state_ == ModemState::command) return;
  call_failed(ResultCode::no_carrier);
}

void Modem::deliver(ByteView bytes) {
  if (state_ == ModemState::online) {
    const Bytes carried = without(quirks_.eats, bytes);
    return outlet_.send(to_computer_.through(carried, quirks_.loses_to_computer));
  }
  const std::size_t room = options_.receive_buffer - std::min(options_.receive_buffer, held_.size());
  const ByteView kept = bytes.first(state_ == ModemState::online_command ? std::min(room, bytes.size()) : 0);
  held_.insert(held_.end(), kept.begin(), kept.end());
  dropped_ += bytes.size() - kept.size();
}

void Modem::room_made() {
  if (port_.room_made) port_.room_made();
}

void Modem::start_call(ModemState state) {
  state_ = state;
  bell_timer_.stop();
  look_at_lines();
  call_started_ = agenda_.now();
  carrier_timer_.start_in(std::chrono::seconds(profile_.registers[reg::carrier_wait]));
}

void Modem::no_carrier_in_time() {
  const bool rang_in_vain = state_ == ModemState::dialling && !jack_.answered() && hears_busy();
  call_failed(rang_in_vain ? ResultCode::no_answer : ResultCode::no_carrier);
}

void Modem::call_failed(ResultCode code) {
  if (state_ == ModemState::dialling) ++failures_[last_number_];
  end_call();
  go_command();
  emit({code});
}

void Modem::end_call() {
  dial_timer_.stop();
  carrier_timer_.stop();
  escape_timer_.stop();
  dropped_ += held_.size();
  held_.clear();
  number_.clear();
  rate_ = 0;
  jack_.hang_up();
}

void Modem::go_command() {
  const bool was_online = state_ == ModemState::online;
  state_ = ModemState::command;
  line_.clear();
  look_at_lines();
  if (was_online && port_.room_made) port_.room_made();
}

void Modem::reply(ModemResult result, Duration delay) {
  result_ = result;
  executing_ = true;
  reply_timer_.start_in(delay);
}

void Modem::replied() {
  executing_ = deaf_ = false;
  look_at_lines();  // &C may have changed them
  to_computer(render_information(std::exchange(information_, {}), profile_));
  const bool resumes = result_.code == ResultCode::connect && state_ == ModemState::online_command;
  if (result_.code == ResultCode::connect && !resumes) return;  // the call ended meanwhile, and said so
  emit(result_);
  if (resumes) {
    state_ = ModemState::online;
    escape_.reset(agenda_.now());
    deliver(std::exchange(held_, {}));
  }
  take(std::exchange(waiting_, {}));
}

void Modem::emit(ModemResult result) {
  std::string text = render(result, profile_, quirks_.results);
  if (result.code == ResultCode::ring) return to_computer(text);
  if (!text.empty()) send_answer(std::move(text));
}

void Modem::send_answer(std::string text) {
  if (kept_answer_.empty() && quirks_.merge.strike()) {
    kept_answer_ = std::move(text);
    return;
  }
  text = std::exchange(kept_answer_, {}) + text;
  if (quirks_.drop.strike()) return;
  if (quirks_.doubled.strike()) text += text;
  if (quirks_.garbage.strike()) text.insert(0, garbage);
  if (quirks_.late.strike()) outlet_.hold(quirks_.late_by);
  to_computer(text);
}

void Modem::say_caller() {
  if (state_ != ModemState::command) return;
  std::array<char, 32> date{};
  const std::time_t now = std::chrono::system_clock::to_time_t(agenda_.wall());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::strftime(date.data(), date.size(), "DATE = %m%d\r\nTIME = %H%M", &parts);
  const std::string text = std::string(date.data()) + "\r\nNMBR = " + quirks_.caller_id + "\r\nNAME = CALLER";
  if (!profile_.quiet) to_computer(render_information(text, profile_));
}

void Modem::to_computer(std::string_view text) {
  outlet_.send(as_bytes(text));
}

}  // namespace external::phonenet
