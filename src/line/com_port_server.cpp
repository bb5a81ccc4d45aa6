#include "com_port.h"
#include "rfc2217_gate.h"

#include <external/line/com_port_server.h>

#include <libtelnet.h>

namespace external::line {
namespace {

constexpr std::array<telnet_telopt_t, 4> options{{{TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO},
                                                  {TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
                                                  {com_port::option, TELNET_WILL, TELNET_DO},
                                                  {-1, 0, 0}}};

unsigned bits(const ControlLines& lines) {
  return (lines.carrier ? 128U : 0U) | (lines.ring ? 64U : 0U) | (lines.data_set_ready ? 32U : 0U) |
         (lines.clear_to_send ? 16U : 0U);
}

// The low half tells which lines changed; for RI that it fell.
std::uint8_t modem_state(const ControlLines& before, const ControlLines& now) {
  const unsigned changed = (bits(before) ^ bits(now)) >> 4;
  constexpr unsigned ring_fell = 4;
  const unsigned deltas = now.ring ? changed & ~ring_fell : changed;
  return static_cast<std::uint8_t>(bits(now) | deltas);
}

std::array<std::uint8_t, 4> in_network_order(unsigned value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

const char* chars(ByteView bytes) {
  return reinterpret_cast<const char*>(bytes.data());
}

}  // namespace

void ComPortServer::Free::operator()(telnet_t* telnet) const {
  telnet_free(telnet);
}

ComPortServer::ComPortServer(Port port, std::string signature)
    : port_(std::move(port)),
      signature_(std::move(signature)),
      gate_(std::make_unique<Rfc2217Gate>(com_port::option)),
      telnet_(telnet_init(options.data(), &ComPortServer::happened, 0, this)) {
  if (!telnet_) throw std::bad_alloc();
  telnet_negotiate(telnet_.get(), TELNET_WILL, TELNET_TELOPT_BINARY);
  telnet_negotiate(telnet_.get(), TELNET_DO, TELNET_TELOPT_BINARY);
  telnet_negotiate(telnet_.get(), TELNET_WILL, TELNET_TELOPT_SGA);
  // RFC 2217 itself is for the client to offer: python3-serial never tells us if we ask first.
}

ComPortServer::~ComPortServer() = default;

bool ComPortServer::receive(ByteView bytes) {
  if (!trusted_) return false;
  Bytes checked(bytes.begin(), bytes.end());
  trusted_ = gate_->pass(checked);
  if (trusted_) telnet_recv(telnet_.get(), chars(checked), checked.size());
  return trusted_;
}

void ComPortServer::send(ByteView bytes) {
  telnet_send(telnet_.get(), chars(bytes), bytes.size());
}

void ComPortServer::happened(telnet_t*, telnet_event_t* event, void* self) {
  auto& server = *static_cast<ComPortServer*>(self);
  switch (event->type) {
    case TELNET_EV_SEND:
      return server.port_.to_client(as_bytes({event->data.buffer, event->data.size}));
    case TELNET_EV_DATA:
      return server.port_.data(as_bytes({event->data.buffer, event->data.size}));
    case TELNET_EV_WILL:
      if (event->neg.telopt == com_port::option) server.agree();
      return;
    case TELNET_EV_SUBNEGOTIATION:
      if (event->sub.telopt == com_port::option)
        server.command(as_bytes({event->sub.buffer, event->sub.size}));
      return;
    case TELNET_EV_ERROR:
      server.trusted_ = false;
      return;
    default:
      return;
  }
}

void ComPortServer::agree() {
  if (!std::exchange(agreed_, true)) tell_lines();
}

void ComPortServer::command(ByteView bytes) {
  if (bytes.empty()) return;
  agree();
  const std::uint8_t command = bytes[0];
  const ByteView value = bytes.subspan(1);
  const std::uint8_t first = value.empty() ? 0 : value[0];
  switch (command) {
    case com_port::signature:
      return reply(command, as_bytes(signature_));
    case com_port::set_baud_rate: {
      if (value.size() != 4) return;
      const unsigned wanted = value[0] * 0x1000000U + value[1] * 0x10000U + value[2] * 0x100U + value[3];
      if (wanted != 0) speed_ = port_.speed(wanted);
      return reply(command, in_network_order(speed_));
    }
    case com_port::set_data_size:
      return reply(command, 8);
    case com_port::set_parity:
    case com_port::set_stop_size:
      return reply(command, 1);
    case com_port::set_control:
      return control(first);
    case com_port::notify_modem_state:
      return tell_lines();
    case com_port::suspend_flow:
    case com_port::resume_flow:
      return port_.suspend(command == com_port::suspend_flow);
    case com_port::set_line_state_mask:
      return reply(command, 0);
    case com_port::set_modem_state_mask:
      mask_ = first;
      return reply(command, mask_);
    case com_port::purge_data:
      purge(first);
      return reply(command, first);
    default:
      return;
  }
}

// RFC 2217, SET-CONTROL: questions and wishes are answered by what holds now.
void ComPortServer::control(std::uint8_t wish) {
  const auto of_switch = [this](bool on, std::uint8_t on_value) {
    reply(com_port::set_control, static_cast<std::uint8_t>(on ? on_value : on_value + 1));
  };
  switch (wish) {
    case com_port::no_flow_control:
    case com_port::software_flow_control:
    case com_port::hardware_flow_control:
      flow_ = wish;
      [[fallthrough]];
    case com_port::ask_flow_control:
      return reply(com_port::set_control, flow_);
    case com_port::break_on:
    case com_port::break_off:
      break_ = wish == com_port::break_on;
      port_.line_break(break_);
      [[fallthrough]];
    case com_port::ask_break:
      return of_switch(break_, com_port::break_on);
    case com_port::dtr_on:
    case com_port::dtr_off:
      dtr_ = wish == com_port::dtr_on;
      port_.dtr(dtr_);
      [[fallthrough]];
    case com_port::ask_dtr:
      return of_switch(dtr_, com_port::dtr_on);
    case com_port::rts_on:
    case com_port::rts_off:
      rts_ = wish == com_port::rts_on;
      port_.rts(rts_);
      [[fallthrough]];
    case com_port::ask_rts:
      return of_switch(rts_, com_port::rts_on);
    default:  // of the inbound direction: as the other
      return reply(com_port::set_control, flow_ == com_port::hardware_flow_control
                                              ? com_port::inbound_hardware_flow_control
                                              : com_port::inbound_no_flow_control);
  }
}

void ComPortServer::purge(std::uint8_t which) {
  if ((which & com_port::received) != 0) port_.purge_input();
  if ((which & com_port::to_transmit) != 0) port_.purge_output();
}

void ComPortServer::reply(std::uint8_t command, ByteView value) {
  Bytes bytes{static_cast<std::uint8_t>(command + com_port::from_server)};
  bytes.insert(bytes.end(), value.begin(), value.end());
  telnet_subnegotiation(telnet_.get(), com_port::option, chars(bytes), bytes.size());
}

void ComPortServer::notify() {
  if (!agreed_) return;
  const ControlLines now = port_.lines();
  const unsigned wanted = mask_ & 0xF0U;
  const bool news = ((bits(now) ^ bits(told_)) & wanted) != 0;
  if (news) tell_lines();
}

void ComPortServer::tell_lines() {
  const ControlLines now = port_.lines();
  const ControlLines before = std::exchange(told_, now);
  reply(com_port::notify_modem_state, static_cast<std::uint8_t>(modem_state(before, now) & mask_));
}

}  // namespace external::line
