#pragma once
// The numbers of RFC 2217.

#include <cstdint>

namespace external::line {

/// Numbers of RFC 2217, section 2, as the client sends them. A server answers with 100 more.
namespace com_port {
inline constexpr std::uint8_t option = 44;

enum Command : std::uint8_t {
  signature = 0,
  set_baud_rate = 1,
  set_data_size = 2,
  set_parity = 3,
  set_stop_size = 4,
  set_control = 5,
  notify_line_state = 6,
  notify_modem_state = 7,
  suspend_flow = 8,
  resume_flow = 9,
  set_line_state_mask = 10,
  set_modem_state_mask = 11,
  purge_data = 12,
};
inline constexpr std::uint8_t from_server = 100;

/// Values of set_control. Each question is answered by the value that holds.
enum Control : std::uint8_t {
  ask_flow_control = 0,
  no_flow_control = 1,
  software_flow_control = 2,
  hardware_flow_control = 3,
  ask_break = 4,
  break_on = 5,
  break_off = 6,
  ask_dtr = 7,
  dtr_on = 8,
  dtr_off = 9,
  ask_rts = 10,
  rts_on = 11,
  rts_off = 12,
  inbound_no_flow_control = 14,
  inbound_hardware_flow_control = 16,
};

/// Values of purge_data.
inline constexpr std::uint8_t received = 1;
inline constexpr std::uint8_t to_transmit = 2;
}  // namespace com_port

}  // namespace external::line
