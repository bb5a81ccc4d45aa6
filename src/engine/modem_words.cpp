#include "modem_words.h"

#include <fmt/format.h>

namespace external::engine {

std::string words_for(Rung rung, const config::Instance& instance, Duration pause) {
  const auto beginning = fmt::format("Recovery {} of {}: ", number_of(rung), number_of(Rung::power));
  switch (rung) {
    case Rung::escape:
      return beginning + "+++ and ATH0, in case the modem holds a call.";
    case Rung::dtr:
      return beginning + "DTR goes low for a moment, in case it holds a call and does not listen.";
    case Rung::script:
      return beginning + "INITIALIZE of " + instance.comm_script + " once more.";
    case Rung::reopen:
      return beginning + fmt::format("port {} is closed, and opened again in {} s.", instance.async_comm_port,
                                     std::chrono::duration_cast<std::chrono::seconds>(pause).count());
    case Rung::power:
      return beginning + "PowerCommand switches the modem off and on.";
  }
  return {};
}

std::string closing_words(modem::Released end, const std::string& port) {
  switch (end) {
    case modem::Released::reset:
      return fmt::format("Modem reset, port {} closed.", port);
    case modem::Released::not_reset:
      return fmt::format("Port {} closed; the modem was not reset.", port);
    case modem::Released::forced:
      return fmt::format("Modem did not answer in time, port {} closed: forced.", port);
  }
  return {};
}

std::string connect_text(const modem::Outcome& outcome) {
  return outcome.connect.empty() ? std::string(modem::name_of(outcome.code)) : outcome.connect;
}

}  // namespace external::engine
