#include "rfc2217_protocol.h"

#include <stdexcept>

#include <libtelnet.h>

namespace external::line {

namespace {

constexpr std::size_t piece_size = 512;
/// More than any sane exchange leaves unsent: a peer that asks and asks and reads no answer.
constexpr std::size_t most_unsent = 262'144;

// NOTIFY-MODEMSTATE, as in the modem status register of a 16450.
constexpr unsigned carrier_bit = 0x80;
constexpr unsigned ring_bit = 0x40;
constexpr unsigned data_set_ready_bit = 0x20;
constexpr unsigned clear_to_send_bit = 0x10;
constexpr unsigned ring_ended_bit = 0x04;
constexpr std::uint8_t all_modem_bits = 0xFF;

// NOTIFY-LINESTATE, as in its line status register.
constexpr unsigned break_bit = 0x10;
constexpr unsigned framing_bit = 0x08;
constexpr unsigned parity_bit = 0x04;
constexpr unsigned overrun_bit = 0x02;
constexpr std::uint8_t error_bits = break_bit | framing_bit | parity_bit | overrun_bit;

constexpr std::uint8_t eight_data_bits = 8;
constexpr std::uint8_t no_parity = 1;
constexpr std::uint8_t one_stop_bit = 1;

constexpr telnet_telopt_t options[] = {{com_port::option, TELNET_WILL, TELNET_DO},
                                       {TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO},
                                       {TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
                                       {-1, 0, 0}};

ByteView view(const char* bytes, std::size_t size) {
  return as_bytes({bytes, size});
}

const char* chars(ByteView bytes) {
  return reinterpret_cast<const char*>(bytes.data());
}

}  // namespace

void Rfc2217Protocol::Free::operator()(telnet_t* telnet) const {
  telnet_free(telnet);
}

Rfc2217Protocol::Rfc2217Protocol() : telnet_(telnet_init(options, &Rfc2217Protocol::on_event, 0, this)) {
  if (!telnet_) throw std::bad_alloc();
}

Rfc2217Protocol::~Rfc2217Protocol() = default;

// ---- conversation

bool Rfc2217Protocol::feed(ByteView bytes) {
  if (!trusted_) return false;
  Bytes checked(bytes.begin(), bytes.end());
  trusted_ = gate_.pass(checked);
  if (!trusted_) return false;
  telnet_recv(telnet_.get(), chars(checked), checked.size());
  flush_encoded(false);
  trusted_ = trusted_ && outgoing_.size() <= most_unsent;
  return trusted_;
}

void Rfc2217Protocol::offer_options() {
  telnet_negotiate(telnet_.get(), TELNET_WILL, com_port::option);
  for (const std::uint8_t option : {TELNET_TELOPT_BINARY, TELNET_TELOPT_SGA}) {
    telnet_negotiate(telnet_.get(), TELNET_WILL, option);
    telnet_negotiate(telnet_.get(), TELNET_DO, option);
  }
  flush_encoded(false);
}

Rfc2217Protocol::Agreement Rfc2217Protocol::com_port_option() const {
  if (we_com_port_ || they_com_port_) return Agreement::yes;
  return gate_.refused(com_port::option) ? Agreement::no : Agreement::pending;
}

Rfc2217Protocol::Agreement Rfc2217Protocol::binary() const {
  if (we_binary_ && they_binary_) return Agreement::yes;
  return gate_.refused(TELNET_TELOPT_BINARY) ? Agreement::no : Agreement::pending;
}

void Rfc2217Protocol::on_event(telnet_t*, telnet_event_t* event, void* self) {
  static_cast<Rfc2217Protocol*>(self)->handle(*event);
}

void Rfc2217Protocol::handle(const telnet_event_t& event) {
  const bool agreed = event.type == TELNET_EV_WILL || event.type == TELNET_EV_DO;
  switch (event.type) {
    case TELNET_EV_DATA:
      return handle_data(view(event.data.buffer, event.data.size));
    case TELNET_EV_SEND: {
      const auto bytes = view(event.data.buffer, event.data.size);
      encoded_.insert(encoded_.end(), bytes.begin(), bytes.end());
      return;
    }
    case TELNET_EV_DO:
    case TELNET_EV_DONT:
      if (event.neg.telopt == com_port::option) we_com_port_ = agreed;
      if (event.neg.telopt == TELNET_TELOPT_BINARY) we_binary_ = agreed;
      return;
    case TELNET_EV_WILL:
    case TELNET_EV_WONT:
      if (event.neg.telopt == com_port::option) they_com_port_ = agreed;
      if (event.neg.telopt == TELNET_TELOPT_BINARY) they_binary_ = agreed;
      return;
    case TELNET_EV_SUBNEGOTIATION:
      if (event.sub.telopt == com_port::option) handle_answer(view(event.sub.buffer, event.sub.size));
      return;
    case TELNET_EV_ERROR:
      trusted_ = false;
      return;
    default:
      return;
  }
}

void Rfc2217Protocol::flush_encoded(bool is_data) {
  Bytes piece = std::exchange(encoded_, {});
  if (is_data) return outgoing_.data(std::move(piece));
  outgoing_.command(std::move(piece));
}

void Rfc2217Protocol::command(com_port::Command command, ByteView value) {
  Bytes content{command};
  content.insert(content.end(), value.begin(), value.end());
  telnet_subnegotiation(telnet_.get(), com_port::option, chars(content), content.size());
  flush_encoded(false);
}

// ---- data

void Rfc2217Protocol::send_data(ByteView bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), piece_size));
    telnet_send(telnet_.get(), chars(piece), piece.size());
    flush_encoded(true);
    bytes = bytes.subspan(piece.size());
  }
}

void Rfc2217Protocol::handle_data(ByteView bytes) {
  if (!purging()) input_.insert(input_.end(), bytes.begin(), bytes.end());
}

std::size_t Rfc2217Protocol::take(std::span<std::uint8_t> into) {
  const std::size_t count = std::min(into.size(), input_.size());
  std::copy_n(input_.begin(), count, into.begin());
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

std::size_t Rfc2217Protocol::purge_input() {
  const std::size_t count = std::exchange(input_, {}).size();
  if (confirms_purges_) ++purges_open_;
  command(com_port::purge_data, com_port::received);
  return count;
}

void Rfc2217Protocol::purge_output() {
  outgoing_.drop_data();
  command(com_port::purge_data, com_port::to_transmit);
}

// ---- the port

void Rfc2217Protocol::set_up(unsigned bits_per_second, bool hardware_flow_control) {
  command(com_port::set_modem_state_mask, all_modem_bits);
  command(com_port::set_line_state_mask, error_bits);
  command(com_port::set_data_size, eight_data_bits);
  command(com_port::set_parity, no_parity);
  command(com_port::set_stop_size, one_stop_bit);
  control(hardware_flow_control ? com_port::hardware_flow_control : com_port::no_flow_control);
  control(com_port::dtr_on);
  if (!hardware_flow_control) control(com_port::rts_on);
  // Not in the RFC, but servers take it for "tell me now", and others ignore it.
  command(com_port::notify_modem_state, ByteView());
  // Nothing is there yet to be purged; this is to learn whether the server confirms purges.
  command(com_port::purge_data, com_port::to_transmit);
  ask_speed(bits_per_second);
}

void Rfc2217Protocol::ask_speed(unsigned bits_per_second) {
  const std::uint8_t value[] = {
      static_cast<std::uint8_t>(bits_per_second >> 24), static_cast<std::uint8_t>(bits_per_second >> 16),
      static_cast<std::uint8_t>(bits_per_second >> 8), static_cast<std::uint8_t>(bits_per_second)};
  command(com_port::set_baud_rate, value);
  speed_ = speed_asked_ = bits_per_second;
  speed_refused_ = false;
  ++speeds_open_;
}

void Rfc2217Protocol::control(com_port::Control value) {
  if (value == com_port::dtr_on || value == com_port::dtr_off) dtr_asked_ = value == com_port::dtr_on;
  if (value == com_port::rts_on || value == com_port::rts_off) rts_asked_ = value == com_port::rts_on;
  command(com_port::set_control, value);
}

void Rfc2217Protocol::handle_answer(ByteView answer) {
  if (answer.empty() || answer[0] < com_port::from_server) return;
  const int what = answer[0] - com_port::from_server;
  const auto value = answer.subspan(1);
  if (what == com_port::suspend_flow || what == com_port::resume_flow) {
    suspended_ = what == com_port::suspend_flow;
    return;
  }
  if (value.empty()) return;
  switch (what) {
    case com_port::set_baud_rate:
      return handle_speed(value);
    case com_port::set_data_size:
      framing_refused_ = framing_refused_ || value[0] != eight_data_bits;
      return;
    case com_port::set_parity:
      framing_refused_ = framing_refused_ || value[0] != no_parity;
      return;
    case com_port::set_stop_size:
      framing_refused_ = framing_refused_ || value[0] != one_stop_bit;
      return;
    case com_port::set_control:
      return handle_control(value[0]);
    case com_port::notify_line_state:
      return handle_line_state(value[0]);
    case com_port::notify_modem_state:
      return handle_modem_state(value[0]);
    case com_port::purge_data:
      return handle_purged(value[0]);
    default:
      return;
  }
}

void Rfc2217Protocol::handle_speed(ByteView value) {
  if (value.size() < 4) return;
  // Only the answer to the last of several questions counts.
  if (speeds_open_ > 1) {
    --speeds_open_;
    return;
  }
  const bool asked = std::exchange(speeds_open_, 0) == 1;
  speed_ = unsigned{value[0]} << 24 | unsigned{value[1]} << 16 | unsigned{value[2]} << 8 | unsigned{value[3]};
  speed_refused_ = asked && speed_ != speed_asked_;
}

void Rfc2217Protocol::handle_control(std::uint8_t value) {
  const auto before = std::pair(dtr_confirmed_, rts_confirmed_);
  if (value == com_port::dtr_on || value == com_port::dtr_off) dtr_confirmed_ = value == com_port::dtr_on;
  if (value == com_port::rts_on || value == com_port::rts_off) rts_confirmed_ = value == com_port::rts_on;
  lines_changed_ = lines_changed_ || before != std::pair(dtr_confirmed_, rts_confirmed_);
}

void Rfc2217Protocol::handle_modem_state(std::uint8_t bits) {
  const auto levels = [this] {
    return std::tuple(lines_known_, lines_.carrier, lines_.ring, lines_.data_set_ready, lines_.clear_to_send);
  };
  const auto before = levels();
  lines_known_ = true;
  lines_.carrier = (bits & carrier_bit) != 0;
  lines_.ring = (bits & ring_bit) != 0;
  lines_.data_set_ready = (bits & data_set_ready_bit) != 0;
  lines_.clear_to_send = (bits & clear_to_send_bit) != 0;
  const bool rang = (bits & (ring_bit | ring_ended_bit)) != 0;
  ring_seen_ = ring_seen_ || rang;
  lines_changed_ = lines_changed_ || rang || before != levels();
}

void Rfc2217Protocol::handle_line_state(std::uint8_t bits) {
  if (!errors_) errors_.emplace();
  if ((bits & overrun_bit) != 0) ++errors_->overruns;
  if ((bits & parity_bit) != 0) ++errors_->parity;
  if ((bits & framing_bit) != 0) ++errors_->framing;
  if ((bits & break_bit) != 0) ++errors_->breaks;
}

void Rfc2217Protocol::handle_purged(std::uint8_t which) {
  confirms_purges_ = true;
  if (which == com_port::received && purges_open_ > 0) --purges_open_;
}

Result<ControlLines> Rfc2217Protocol::take_control_lines() {
  lines_changed_ = false;
  if (!lines_known_) return error_code(Error::unsupported);
  ControlLines lines = lines_;
  lines.ring = lines.ring || ring_seen_;
  lines.terminal_ready = dtr_confirmed_.value_or(dtr_asked_);
  lines.request_to_send = rts_confirmed_.value_or(rts_asked_);
  ring_seen_ = false;
  return lines;
}

Result<PortErrors> Rfc2217Protocol::port_errors() const {
  if (!errors_) return error_code(Error::unsupported);
  return *errors_;
}

}  // namespace external::line
