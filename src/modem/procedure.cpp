#include <external/base/text.h>
#include <external/modem/procedure.h>

namespace external::modem {

std::string_view name_of(Procedure procedure) {
  switch (procedure) {
    case Procedure::initialize:
      return "INITIALIZE";
    case Procedure::call:
      return "CALL";
    case Procedure::answer:
      return "ANSWER";
    case Procedure::disconnect:
      return "DISCONNECT";
    case Procedure::reset:
      return "RESET";
  }
  return {};
}

std::optional<Procedure> procedure_named(std::string_view word) {
  for (const Procedure procedure : procedures) {
    if (equal_no_case(word, name_of(procedure))) return procedure;
  }
  return std::nullopt;
}

bool is_return_code(std::int64_t number) {
  return number >= 0 && number <= 14 && number != 2 && number != 13;
}

ReturnCode return_code(std::int64_t number) {
  if (is_return_code(number)) return static_cast<ReturnCode>(number);
  return number >= 10 ? ReturnCode::connect_9600 : ReturnCode::error;
}

std::string_view name_of(ReturnCode code) {
  switch (code) {
    case ReturnCode::ok:
      return "OK";
    case ReturnCode::connect_300:
      return "CONNECT 300";
    case ReturnCode::no_carrier:
      return "NO CARRIER";
    case ReturnCode::error:
      return "ERROR";
    case ReturnCode::connect_1200:
      return "CONNECT 1200";
    case ReturnCode::no_dialtone:
      return "NO DIALTONE";
    case ReturnCode::busy:
      return "BUSY";
    case ReturnCode::no_answer:
      return "NO ANSWER";
    case ReturnCode::dial_reject:
      return "DIAL REJECT";
    case ReturnCode::connect_2400:
      return "CONNECT 2400";
    case ReturnCode::connect_4800:
      return "CONNECT 4800";
    case ReturnCode::connect_9600:
      return "CONNECT 9600";
    case ReturnCode::connect_14400:
      return "CONNECT 14400";
  }
  return {};
}

bool is_connect(ReturnCode code) {
  return speed_of(code) != 0;
}

unsigned speed_of(ReturnCode code) {
  switch (code) {
    case ReturnCode::connect_300:
      return 300;
    case ReturnCode::connect_1200:
      return 1200;
    case ReturnCode::connect_2400:
      return 2400;
    case ReturnCode::connect_4800:
      return 4800;
    case ReturnCode::connect_9600:
      return 9600;
    case ReturnCode::connect_14400:
      return 14400;
    default:
      return 0;
  }
}

}  // namespace external::modem
