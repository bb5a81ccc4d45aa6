#pragma once
// The client side of RFC 2217 without a socket: bytes in, bytes out, and what is known of the port between.

#include "com_port.h"
#include "rfc2217_gate.h"
#include "rfc2217_outgoing.h"

#include <external/line/line.h>

struct telnet_t;
union telnet_event_t;

namespace external::line {

/// One conversation with a server. Option negotiation is libtelnet's.
class Rfc2217Protocol {
 public:
  Rfc2217Protocol();
  ~Rfc2217Protocol();
  Rfc2217Protocol(const Rfc2217Protocol&) = delete;
  Rfc2217Protocol& operator=(const Rfc2217Protocol&) = delete;

  // ---- conversation

  /// Takes what came from the server. False, then and for ever: it is not to be trusted any more, because it
  /// talks nonsense or more than it reads.
  bool feed(ByteView bytes);

  /// Offers and asks for the options: COM-PORT, BINARY and SUPPRESS-GO-AHEAD in both directions.
  void offer_options();

  enum class Agreement { pending, yes, no };
  Agreement com_port_option() const;
  /// On BINARY in both directions.
  Agreement binary() const;
  bool speaks_telnet() const { return gate_.speaks_telnet(); }

  Rfc2217Outgoing& outgoing() { return outgoing_; }

  // ---- data

  void send_data(ByteView bytes);
  /// The server asked for a pause in the data; commands may go on.
  bool suspended() const { return suspended_; }

  std::size_t received() const { return input_.size(); }
  std::size_t take(std::span<std::uint8_t> into);
  /// Drops what was received and asks the server to do so; returns how many bytes there were. If it is known
  /// to confirm that, `purging()` from now on and until it has, and what comes is dropped.
  std::size_t purge_input();
  void purge_output();
  bool purging() const { return purges_open_ > 0; }
  void stop_purging() { purges_open_ = 0; }

  // ---- the port

  /// 8N1, flow control, DTR, masks, the state of lines and errors, and at last the speed: its confirmation
  /// says that all before has been read.
  void set_up(unsigned bits_per_second, bool hardware_flow_control);
  /// The server confirmed other than 8N1.
  bool framing_refused() const { return framing_refused_; }

  void ask_speed(unsigned bits_per_second);
  bool speed_pending() const { return speeds_open_ > 0; }
  void stop_waiting_for_speed() { speeds_open_ = 0; }
  /// The speed confirmed, or asked for while that is pending.
  unsigned speed() const { return speed_; }
  /// Whether the server confirmed another speed than the last asked for; says so once.
  bool take_speed_refused() { return std::exchange(speed_refused_, false); }

  void control(com_port::Control value);
  bool dtr_asked() const { return dtr_asked_; }

  /// As of the last notification; a ring is reported once even if it is over.
  Result<ControlLines> take_control_lines();
  /// Whether something was notified or confirmed that take_control_lines() has not reported.
  bool lines_changed() const { return lines_changed_; }
  /// Whether the server has notified anything about them.
  bool lines_known() const { return lines_known_; }
  Result<PortErrors> port_errors() const;

 private:
  struct Free {
    void operator()(telnet_t* telnet) const;
  };

  static void on_event(telnet_t* telnet, telnet_event_t* event, void* self);
  void handle(const telnet_event_t& event);
  void handle_data(ByteView bytes);
  void handle_answer(ByteView answer);
  void handle_speed(ByteView value);
  void handle_control(std::uint8_t value);
  void handle_modem_state(std::uint8_t bits);
  void handle_line_state(std::uint8_t bits);
  void handle_purged(std::uint8_t which);
  void command(com_port::Command command, ByteView value);
  void command(com_port::Command command, std::uint8_t value) { this->command(command, ByteView(&value, 1)); }
  void flush_encoded(bool is_data);

  std::unique_ptr<telnet_t, Free> telnet_;
  Rfc2217Gate gate_{com_port::option};
  bool trusted_ = true;
  Bytes encoded_;  ///< what the library has made of the command or data in hand
  Rfc2217Outgoing outgoing_;
  std::deque<std::uint8_t> input_;
  bool suspended_ = false;

  bool we_com_port_ = false;
  bool they_com_port_ = false;
  bool we_binary_ = false;
  bool they_binary_ = false;

  unsigned speed_ = 0;
  unsigned speed_asked_ = 0;
  unsigned speeds_open_ = 0;
  bool speed_refused_ = false;
  bool framing_refused_ = false;

  bool confirms_purges_ = false;
  unsigned purges_open_ = 0;

  bool dtr_asked_ = false;
  bool rts_asked_ = true;
  std::optional<bool> dtr_confirmed_;
  std::optional<bool> rts_confirmed_;
  ControlLines lines_;  ///< those that the modem drives
  bool lines_known_ = false;
  bool ring_seen_ = false;
  bool lines_changed_ = false;
  std::optional<PortErrors> errors_;
};

}  // namespace external::line
