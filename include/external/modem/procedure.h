#pragma once
// The five procedures a modem script may hold, and the codes they return.

#include <external/base/asio.h>

namespace external::modem {

enum class Procedure { initialize, call, answer, disconnect, reset };

inline constexpr std::array procedures = {Procedure::initialize, Procedure::call, Procedure::answer,
                                          Procedure::disconnect, Procedure::reset};

/// As it is written in scripts and logs: "INITIALIZE".
std::string_view name_of(Procedure procedure);

/// Case-insensitive; nothing if `word` names none.
std::optional<Procedure> procedure_named(std::string_view word);

/// What a procedure reports. The numbers are part of the script language.
enum class ReturnCode {
  ok = 0,
  connect_300 = 1,
  no_carrier = 3,
  error = 4,
  connect_1200 = 5,
  no_dialtone = 6,
  busy = 7,
  no_answer = 8,  ///< of ANSWER also: nothing to answer
  dial_reject = 9,
  connect_2400 = 10,
  connect_4800 = 11,
  connect_9600 = 12,  ///< and every faster class without a number of its own
  connect_14400 = 14,
};

/// The code for a number a script returned. Numbers without a meaning count as connect_9600 from 10 on
/// (scripts number their fast classes freely) and as error below.
ReturnCode return_code(std::int64_t number);

/// Whether the language defines `number`.
bool is_return_code(std::int64_t number);

/// "BUSY", "CONNECT 2400", ...
std::string_view name_of(ReturnCode code);

/// Whether the code says that a connection stands.
bool is_connect(ReturnCode code);

/// The speed class the code stands for, bits per second; 0 for codes that are no connection.
unsigned speed_of(ReturnCode code);

}  // namespace external::modem
