#pragma once
// The settings of a modem that AT&W stores and ATZ brings back.

#include <array>
#include <cstdint>

namespace external::phonenet {

/// The S-registers that mean something here. The others keep what is written to them.
namespace reg {
inline constexpr unsigned auto_answer = 0;  ///< rings before answering, 0 never
inline constexpr unsigned ring_count = 1;   ///< rings of the present ring train
inline constexpr unsigned escape = 2;       ///< escape character; over 127 none
inline constexpr unsigned carriage_return = 3;
inline constexpr unsigned line_feed = 4;
inline constexpr unsigned backspace = 5;
inline constexpr unsigned tone_wait = 6;     ///< seconds before NO DIALTONE
inline constexpr unsigned carrier_wait = 7;  ///< seconds from dialling or answering to carrier
inline constexpr unsigned comma_pause = 8;   ///< seconds per comma in a number
inline constexpr unsigned guard_time = 12;   ///< fiftieths of a second
}  // namespace reg

enum class DtrAction { ignore = 0, command_state = 1, hang_up = 2, reset = 3 };

struct Profile {
  bool echo = true;
  bool verbose = true;
  bool quiet = false;
  unsigned result_level = 4;    ///< X0 to X4
  bool carrier_follows = true;  ///< &C1
  DtrAction dtr = DtrAction::hang_up;
  std::array<std::uint8_t, 256> registers = factory_registers();

  static constexpr std::array<std::uint8_t, 256> factory_registers() {
    std::array<std::uint8_t, 256> s{};
    s[reg::escape] = '+';
    s[reg::carriage_return] = '\r';
    s[reg::line_feed] = '\n';
    s[reg::backspace] = '\b';
    s[reg::tone_wait] = 2;
    s[reg::carrier_wait] = 50;
    s[reg::comma_pause] = 2;
    s[9] = 6;
    s[10] = 14;
    s[11] = 95;
    s[reg::guard_time] = 50;
    return s;
  }
};

}  // namespace external::phonenet
