#pragma once
// Serial ports of another machine: RFC 2217, Telnet's COM-PORT-OPTION. docs/rfc2217.md tells which part of
// it.

#include <external/line/line.h>

namespace external::line {

struct Rfc2217Options {
  unsigned speed = 9600;  ///< bits per second, 8N1
  /// RTS/CTS between the server and its modem; set_rts is then unsupported.
  bool hardware_flow_control = true;
};

/// Connects to `host`:`port`, agrees on COM-PORT-OPTION and sets the port up: 8N1, speed, flow control, DTR
/// high. Returns when the server has confirmed that; until `deadline`.
///
/// Errors: those of connect_tcp; Error::no_answer if nothing there speaks Telnet, no_com_port_option,
/// not_transparent, bad_speed if the server confirms another speed, bad_peer, turned_away.
///
/// What is peculiar to this line, beyond line.h:
/// - control_lines() is what the server notified last; unsupported while it has notified nothing, the failure
///   once the connection is gone. `ring` is also true, once, for a ring that came and went since it was last
///   asked for. DTR and RTS are as the server confirmed them, and as asked for until it has confirmed any.
/// - set_dtr, set_rts, set_speed and the discards return at once; the server gets them in order with the
/// data.
///   A speed that it does not take makes the next write fail with Error::bad_speed before anything is sent;
///   speed() is then what the server has kept.
/// - discard_input() drops also what is still on its way, if the server confirms purges.
/// - port_errors() is unsupported until the server has notified a line state.
/// - A network that is cut is noticed within about 30 seconds and is Error::hung_up.
/// - close() sends DTR low as far as the socket takes it at once.
/// `clock` must outlive the line. What is left to run after close() is in the io_context and needs no clock.
Task<Result<std::unique_ptr<Line>>> connect_rfc2217(const std::string& host, const std::string& port,
                                                    const Rfc2217Options& options, Clock& clock,
                                                    TimePoint deadline);

}  // namespace external::line
