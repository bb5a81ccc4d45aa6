#pragma once
// What stands between the network and the Telnet library: it keeps from the library what that would trip
// over.

#include <external/base/asio.h>

namespace external::line {

/// Follows the Telnet commands in what a server sends (RFC 854) and changes or notes three things:
/// - sub-negotiations of options that nobody agreed on are given an unassigned option number, because
///   libtelnet would interpret some of them unasked: it would start to decompress, or parse variables with
///   code that trusts the sender.
/// - a sub-negotiation longer than any of RFC 2217 ends the trust in the peer.
/// - refusals, which libtelnet keeps to itself when they answer an offer.
class Rfc2217Gate {
 public:
  static constexpr std::size_t longest_subnegotiation = 512;

  explicit Rfc2217Gate(std::uint8_t wanted_option) : wanted_(wanted_option) {}

  /// Edits `bytes` in place. False: the peer is beyond trust, nothing of it should be interpreted.
  bool pass(std::span<std::uint8_t> bytes);

  /// Whether the peer ever sent DONT or WONT for `option`.
  bool refused(std::uint8_t option) const { return refused_[option]; }

  /// Whether any Telnet command came.
  bool speaks_telnet() const { return speaks_telnet_; }

 private:
  enum class State { data, command, refusal, agreement, option };

  void command(std::uint8_t byte);
  std::uint8_t option_of_subnegotiation(std::uint8_t option);

  std::uint8_t wanted_;
  State state_ = State::data;
  bool inside_ = false;  ///< a sub-negotiation
  std::size_t inside_size_ = 0;
  bool speaks_telnet_ = false;
  std::array<bool, 256> refused_{};
};

}  // namespace external::line
