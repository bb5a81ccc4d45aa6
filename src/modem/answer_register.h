#pragma once
// Register S0: after how many rings the modem answers by itself.

#include <external/modem/script.h>

namespace external::modem {

inline constexpr std::string_view ask_answer_register = "ATS0?\r";
inline constexpr std::string_view clear_answer_register = "ATS0=0\r";

/// Whether the script's INITIALIZE gives AT commands, so that others may be given, too.
bool speaks_at(const Script& script);

/// What the answer to ATS0? tells of a modem: enough to know it again.
struct AnswerRegister {
  unsigned rings = 0;  ///< 0: it does not answer by itself
  bool echo = false;   ///< the modem repeats commands
  bool words = false;  ///< OK, not 0

  bool operator==(const AnswerRegister&) const = default;
};

/// Nothing if the answer holds no value.
std::optional<AnswerRegister> read_answer_register(std::string_view answer);

}  // namespace external::modem
