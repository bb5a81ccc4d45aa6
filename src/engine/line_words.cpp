#include "line_words.h"

#include <fmt/format.h>

namespace external::engine {

namespace {

std::string answering_words(const config::Instance& instance) {
  if (instance.comm_type == config::CommType::tcp) return "answers";
  if (instance.number_of_rings <= 1) return "answers at the first ring";
  return fmt::format("answers after {} rings", instance.number_of_rings);
}

}  // namespace

std::string ready_words(const config::Instance& instance, bool answers, const std::string& last_call) {
  const bool answered = answers && !instance.comm_out_only &&
                        (instance.comm_type == config::CommType::async || instance.listen);
  auto text = "Ready: " + (answered ? answering_words(instance) : std::string("does not answer"));
  text += instance.can_dial() ? ", dials when a call is due." : ", does not dial.";
  if (!last_call.empty()) text += " Last call: " + last_call + (last_call.ends_with('.') ? "" : ".");
  return text;
}

std::string resting_words(const std::string& last) {
  return "No port is held; it is opened for the next call." + (last.empty() ? "" : " Last: " + last) +
         (last.empty() || last.ends_with('.') ? "" : ".");
}

}  // namespace external::engine
