// What a modem does with the commands of an AT line.

#include "modem.h"

#include <external/base/text.h>

namespace external::phonenet {
namespace {

// Taken with any number and without effect: speaker, protocol, speed and flow control settings. The exchange
// has none of them.
constexpr std::string_view harmless = "BCFLMNPTWY";

bool is_dialled(char letter) {
  return (letter >= '0' && letter <= '9') || letter == '*' || letter == '#' ||
         (letter >= 'A' && letter <= 'D');
}

std::string dialled_digits(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), is_dialled);
  return digits;
}

std::string three_digits(unsigned value) {
  const std::string text = std::to_string(value);
  return std::string(3 - std::min<std::size_t>(3, text.size()), '0') + text;
}

std::string describe(const Profile& profile) {
  const auto flag = [](char name, unsigned value) {
    return std::string(1, name) + std::to_string(value) + " ";
  };
  std::string text = flag('E', profile.echo) + flag('Q', profile.quiet) + flag('V', profile.verbose) +
                     flag('X', profile.result_level) + "&" + flag('C', profile.carrier_follows) + "&" +
                     flag('D', static_cast<unsigned>(profile.dtr));
  for (unsigned index = 0; index <= 12; ++index) {
    text += "S" + std::to_string(index) + ":" + three_digits(profile.registers[index]) + " ";
  }
  text.pop_back();
  return text;
}

}  // namespace

void Modem::execute(std::string_view line) {
  delay_ = options_.answer_delay;
  information_.clear();
  Next next = Next::go_on;
  while (!line.empty() && next == Next::go_on) {
    const auto command = next_command(line);
    next = command ? run(*command) : Next::error;
  }
  if (next == Next::silent) return;
  if (next == Next::error) information_.clear();
  if (next == Next::online) return reply({ResultCode::connect, rate_}, delay_);
  reply({next == Next::error ? ResultCode::error : ResultCode::ok}, delay_);
}

bool Modem::apply_settings(std::string_view settings) {
  static constexpr std::string_view not_settings = "ADHIOZ";
  Next next = Next::go_on;
  const std::string upper = to_upper(settings);
  std::string_view line = upper;
  while (!line.empty() && next == Next::go_on) {
    const auto command = next_command(line);
    const bool setting = command && not_settings.find(command->name) == std::string_view::npos;
    next = setting ? run(*command) : Next::error;
  }
  information_.clear();
  return next == Next::go_on;
}

bool Modem::preset(std::string_view settings) {
  const bool good = apply_settings(settings);
  if (good) options_.profile = profile_;
  profile_ = stored_ = options_.profile;
  return good;
}

void Modem::load_stored() {
  profile_ = stored_;
  apply_settings(quirks_.bad_reset);
}

Modem::Next Modem::run(const Command& command) {
  switch (command.kind) {
    case CommandKind::basic:
      return run_basic(command);
    case CommandKind::dial:
      return dial(command);
    case CommandKind::extended:
      return run_extended(command);
    case CommandKind::select_register:
    case CommandKind::set_register:
    case CommandKind::read_register:
      return run_register(command);
  }
  return Next::error;
}

Modem::Next Modem::run_basic(const Command& command) {
  const unsigned number = command.number.value_or(0);
  if (command.name.size() == 2) {
    if (command.name[0] == '&') return run_ampersand(command);
    return command.name[0] == '\\' || command.name[0] == '%' ? Next::go_on : Next::error;
  }
  switch (command.name[0]) {
    case 'A':
      return answer();
    case 'H':
      return hook(number);
    case 'I':
      return information(number);
    case 'O':
      return return_online();
    case 'Z':
      return reset();
    default:
      return run_setting(command);
  }
}

Modem::Next Modem::run_setting(const Command& command) {
  const char letter = command.name[0];
  switch (letter) {
    case 'E':
      return set_flag(profile_.echo, command);
    case 'Q':
      return set_flag(profile_.quiet, command);
    case 'V':
      return set_flag(profile_.verbose, command);
    case 'X':
      if (command.number.value_or(0) > 4) return Next::error;
      profile_.result_level = command.number.value_or(0);
      return Next::go_on;
    default:
      return harmless.find(letter) == std::string_view::npos ? Next::error : Next::go_on;
  }
}

Modem::Next Modem::set_flag(bool& flag, const Command& command) {
  if (command.number.value_or(0) > 1) return Next::error;
  flag = command.number.value_or(0) == 1;
  return Next::go_on;
}

Modem::Next Modem::run_ampersand(const Command& command) {
  const unsigned number = command.number.value_or(0);
  switch (command.name[1]) {
    case 'C':
      return set_flag(profile_.carrier_follows, command);
    case 'D':
      if (number > 3) return Next::error;
      profile_.dtr = static_cast<DtrAction>(number);
      return Next::go_on;
    case 'F':
      profile_ = options_.profile;
      return Next::go_on;
    case 'V':
      information_ = describe(profile_);
      return Next::go_on;
    case 'W':
      stored_ = profile_;
      stored_.registers[reg::ring_count] = 0;
      delay_ = options_.store_delay;
      return Next::go_on;
    default:
      return Next::go_on;
  }
}

Modem::Next Modem::run_extended(const Command& command) {
  const bool asks = !command.text.empty() && command.text.back() == '?';
  if (command.name == "+FCLASS") {
    if (asks) information_ = "0";
    return asks || command.text == "=0" ? Next::go_on : Next::error;
  }
  if (command.name == "+GMI" || command.name == "+GMM") {
    information_ = "External phonenet";
    return Next::go_on;
  }
  static constexpr std::array<std::string_view, 8> taken{"+MS", "+IFC", "+ICF", "+IPR",
                                                         "+DR", "+DS",  "+ES",  "+ER"};
  const bool known = std::find(taken.begin(), taken.end(), command.name) != taken.end();
  return known && !asks ? Next::go_on : Next::error;
}

Modem::Next Modem::run_register(const Command& command) {
  if (command.index) selected_ = *command.index;
  if (selected_ >= profile_.registers.size()) return Next::error;
  auto& value = profile_.registers[selected_];
  switch (command.kind) {
    case CommandKind::set_register:
      if (command.number.value_or(0) > 255) return Next::error;
      value = static_cast<std::uint8_t>(command.number.value_or(0));
      return Next::go_on;
    case CommandKind::read_register:
      information_ += (information_.empty() ? "" : "\r\n") + three_digits(value);
      return Next::go_on;
    default:
      return Next::go_on;
  }
}

Modem::Next Modem::dial(const Command& command) {
  if (in_call()) return Next::error;
  const bool again = command.text == "L";
  const std::string digits = again ? last_number_ : dialled_digits(command.text);
  number_ += digits;
  if (command.stay) {
    jack_.off_hook();
    return Next::go_on;
  }
  if (number_.empty()) return answer();
  last_number_ = number_;
  if (waits_for_tone() && !jack_.dial_tone()) {
    end_call();
    delay_ = std::chrono::seconds(profile_.registers[reg::tone_wait]);
    reply({ResultCode::no_dial_tone}, delay_);
    return Next::silent;
  }
  if (refuses(number_)) return Next::silent;
  const auto commas = std::count(command.text.begin(), command.text.end(), ',');
  if (commas > 0) jack_.off_hook();
  start_call(ModemState::dialling);
  dial_timer_.start_in(commas * std::chrono::seconds(profile_.registers[reg::comma_pause]));
  return Next::silent;
}

bool Modem::refuses(const std::string& number) {
  const auto found = failures_.find(number);
  const unsigned failures = found == failures_.end() ? 0 : found->second;
  const auto reached = [failures](unsigned limit) { return limit > 0 && failures >= limit; };
  ModemResult result;
  if (reached(quirks_.blacklist_after)) {
    result.code = ResultCode::blacklisted;
  } else if (reached(quirks_.delay_after)) {
    result.code = ResultCode::delayed;
  } else if (dtr_stuck() && !dtr_) {
    result.code = ResultCode::no_carrier;
  } else {
    return false;
  }
  end_call();
  reply(result, delay_);
  return true;
}

Modem::Next Modem::answer() {
  if (in_call()) return Next::error;
  if (dtr_stuck() && !dtr_) {
    reply({ResultCode::no_carrier}, delay_);
    return Next::silent;
  }
  start_call(ModemState::answering);
  jack_.answer();
  return Next::silent;
}

Modem::Next Modem::hook(unsigned number) {
  if (number > 1) return Next::error;
  if (number == 1) {
    if (!in_call()) jack_.off_hook();
    return Next::go_on;
  }
  end_call();
  go_command();
  return Next::go_on;
}

Modem::Next Modem::information(unsigned number) {
  switch (number) {
    case 0:
      information_ = "57600";
      break;
    case 3:
      information_ = "External phonenet simulated modem";
      break;
    case 4:
      information_ = describe(profile_);
      break;
    default:
      break;
  }
  return Next::go_on;
}

Modem::Next Modem::reset() {
  end_call();
  go_command();
  load_stored();
  if (quirks_.dsr_drop > Duration::zero()) dsr_timer_.start_in(quirks_.dsr_drop);
  look_at_lines();
  delay_ = options_.reset_delay;
  deaf_ = true;
  return Next::done;
}

Modem::Next Modem::return_online() {
  if (state_ != ModemState::online_command) {
    reply({ResultCode::no_carrier}, delay_);
    return Next::silent;
  }
  return Next::online;
}

}  // namespace external::phonenet
