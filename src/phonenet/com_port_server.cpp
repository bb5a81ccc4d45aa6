#include "com_port_server.h"

#include <libtelnet.h>

namespace external::phonenet {
namespace {

constexpr std::uint8_t com_port_option = 44;
constexpr std::uint8_t from_server = 100;  // added to the command a server answers or tells

// RFC 2217, section 2.
namespace code {
constexpr std::uint8_t signature = 0;
constexpr std::uint8_t speed = 1;
constexpr std::uint8_t data_size = 2;
constexpr std::uint8_t parity = 3;
constexpr std::uint8_t stop_size = 4;
constexpr std::uint8_t control = 5;
constexpr std::uint8_t line_state = 6;
constexpr std::uint8_t modem_state = 7;
constexpr std::uint8_t suspend = 8;
constexpr std::uint8_t resume = 9;
constexpr std::uint8_t line_state_mask = 10;
constexpr std::uint8_t modem_state_mask = 11;
constexpr std::uint8_t purge = 12;
}  // namespace code

constexpr std::array<telnet_telopt_t, 4> options{{{TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO},
                                                  {TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
                                                  {com_port_option, TELNET_WILL, TELNET_DO},
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

ComPortServer::ComPortServer(Port port)
    : port_(std::move(port)), telnet_(telnet_init(options.data(), &ComPortServer::happened, 0, this)) {
  if (!telnet_) throw std::bad_alloc();
  telnet_negotiate(telnet_.get(), TELNET_WILL, TELNET_TELOPT_BINARY);
  telnet_negotiate(telnet_.get(), TELNET_DO, TELNET_TELOPT_BINARY);
  telnet_negotiate(telnet_.get(), TELNET_WILL, TELNET_TELOPT_SGA);
  // RFC 2217 itself is for the client to offer: python3-serial never tells us if we ask first.
}

ComPortServer::~ComPortServer() = default;

void ComPortServer::receive(ByteView bytes) {
  telnet_recv(telnet_.get(), chars(bytes), bytes.size());
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
      if (event->neg.telopt == com_port_option) server.agree();
      return;
    case TELNET_EV_SUBNEGOTIATION:
      if (event->sub.telopt == com_port_option)
        server.command(as_bytes({event->sub.buffer, event->sub.size}));
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
    case code::signature:
      return reply(command, as_bytes("External phonenet"));
    case code::speed: {
      if (value.size() != 4) return;
      const unsigned wanted = value[0] * 0x1000000U + value[1] * 0x10000U + value[2] * 0x100U + value[3];
      if (wanted != 0) port_.speed(speed_ = wanted);
      return reply(command, in_network_order(speed_));
    }
    case code::data_size:
      return reply(command, 8);
    case code::parity:
    case code::stop_size:
      return reply(command, 1);
    case code::control:
      return control(first);
    case code::modem_state:
      return tell_lines();
    case code::suspend:
    case code::resume:
      return port_.suspend(command == code::suspend);
    case code::line_state_mask:
      return reply(command, 0);
    case code::modem_state_mask:
      mask_ = first;
      return reply(command, mask_);
    case code::purge:
      purge(first);
      return reply(command, first);
    case code::line_state:
    default:
      return;
  }
}

// RFC 2217, SET-CONTROL: questions and wishes are answered by what holds now.
void ComPortServer::control(std::uint8_t wish) {
  const auto of_switch = [this](bool on, std::uint8_t on_value) {
    reply(code::control, static_cast<std::uint8_t>(on ? on_value : on_value + 1));
  };
  switch (wish) {
    case 1:
    case 2:
    case 3:
      flow_ = wish;
      [[fallthrough]];
    case 0:
      return reply(code::control, flow_);
    case 5:
    case 6:
      break_ = wish == 5;
      port_.line_break(break_);
      [[fallthrough]];
    case 4:
      return of_switch(break_, 5);
    case 8:
    case 9:
      dtr_ = wish == 8;
      port_.dtr(dtr_);
      [[fallthrough]];
    case 7:
      return of_switch(dtr_, 8);
    case 11:
    case 12:
      rts_ = wish == 11;
      port_.rts(rts_);
      [[fallthrough]];
    case 10:
      return of_switch(rts_, 11);
    default:
      return reply(code::control, flow_ == 3 ? 16 : 14);  // of the inbound direction: as the other
  }
}

void ComPortServer::purge(std::uint8_t which) {
  constexpr unsigned input = 1;
  constexpr unsigned output = 2;
  if ((which & input) != 0) port_.purge_input();
  if ((which & output) != 0) port_.purge_output();
}

void ComPortServer::reply(std::uint8_t command, ByteView value) {
  Bytes bytes{static_cast<std::uint8_t>(command + from_server)};
  bytes.insert(bytes.end(), value.begin(), value.end());
  telnet_subnegotiation(telnet_.get(), com_port_option, chars(bytes), bytes.size());
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
  reply(code::modem_state, static_cast<std::uint8_t>(modem_state(before, now) & mask_));
}

}  // namespace external::phonenet
