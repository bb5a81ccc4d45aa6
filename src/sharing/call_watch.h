#pragma once
// Whether the borrower of a modem has a call, as far as the two can be overheard.

#include <external/base/asio.h>

namespace external::sharing {

/// Follows what a client and its modem say to each other (Hayes commands and verbose or numeric results).
/// Between calls a modem that rings says so in a line of its own; in a call it cannot ring.
class CallWatch {
 public:
  /// Bytes from the client to the modem.
  void to_modem(ByteView bytes);

  /// Bytes from the modem to the client. True if a ring was among them, outside of a call:
  /// while one is being made, a modem may tell so of the other end's ringing.
  bool from_modem(ByteView bytes);

  /// The carrier line, where there is one. One that was on from the first means nothing until it falls: it
  /// may be wired so, and a modem that is lent has no call.
  void carrier(bool on);

  /// A call stands, is being made or answered.
  bool in_call() const { return state_ != State::idle; }

 private:
  enum class State { idle, calling, connected };

  static constexpr std::size_t longest_line = 120;

  void command(std::string_view line);
  bool result(std::string_view line);

  State state_ = State::idle;
  bool in_numbers_ = false;  ///< ATV0
  std::string from_client_;  ///< the line that has begun
  std::string from_modem_;
  std::optional<bool> carrier_;
  bool has_carrier_ = false;  ///< and it tells of a call
};

}  // namespace external::sharing
