#include "rfc2217_gate.h"

#include <libtelnet.h>

namespace external::line {

namespace {

constexpr std::uint8_t unassigned_option = 200;

}  // namespace

bool Rfc2217Gate::pass(std::span<std::uint8_t> bytes) {
  for (std::uint8_t& byte : bytes) {
    if (inside_ && ++inside_size_ > longest_subnegotiation) return false;
    switch (state_) {
      case State::data:
        if (byte == TELNET_IAC) state_ = State::command;
        break;
      case State::command:
        command(byte);
        break;
      case State::refusal:
        refused_[byte] = true;
        state_ = State::data;
        break;
      case State::agreement:
        state_ = State::data;
        break;
      case State::option:
        byte = option_of_subnegotiation(byte);
        break;
    }
  }
  return true;
}

void Rfc2217Gate::command(std::uint8_t byte) {
  state_ = State::data;
  if (byte == TELNET_IAC) return;
  // Any other command ends a sub-negotiation, properly or not.
  inside_ = false;
  switch (byte) {
    case TELNET_SB:
      state_ = State::option;
      break;
    case TELNET_WILL:
    case TELNET_DO:
      state_ = State::agreement;
      speaks_telnet_ = true;
      break;
    case TELNET_WONT:
    case TELNET_DONT:
      state_ = State::refusal;
      speaks_telnet_ = true;
      break;
    default:
      break;
  }
}

std::uint8_t Rfc2217Gate::option_of_subnegotiation(std::uint8_t option) {
  state_ = State::data;
  inside_ = true;
  inside_size_ = 0;
  return option == wanted_ ? option : unassigned_option;
}

}  // namespace external::line
