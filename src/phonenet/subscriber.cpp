#include "subscriber.h"

#include "call.h"
#include "exchange.h"

namespace external::phonenet {

std::string_view to_string(LineState state) {
  switch (state) {
    case LineState::on_hook:
      return "on hook";
    case LineState::ringing:
      return "ringing";
    case LineState::off_hook:
      return "off hook";
    case LineState::dialling:
      return "dialling";
    case LineState::calling:
      return "calling";
    case LineState::handshake:
      return "handshake";
    case LineState::connected:
      return "connected";
  }
  return "unknown";
}

Subscriber::Subscriber(Exchange& exchange, Agenda& agenda, std::string number, std::string name,
                       LineSettings settings, std::uint64_t seed)
    : exchange_(exchange),
      agenda_(agenda),
      number_(std::move(number)),
      name_(std::move(name)),
      settings_(settings),
      noise_(seed),
      dial_timer_(agenda, [this] { exchange_.route(*this, dialled_); }),
      phantom_timer_(agenda, [this] { phantom_ring_next(); }) {
  noise_.set_rate(settings_.bit_error_rate);
}

LineStatistics Subscriber::statistics() const {
  LineStatistics statistics = statistics_;
  if (connected_since_) statistics.connected += agenda_.now() - *connected_since_;
  if (call_ != nullptr) statistics.sent -= call_->unsent(*this);
  return statistics;
}

std::optional<CallRecord> Subscriber::last_call() const {
  if (call_ == nullptr || !call_->connected()) return last_call_;
  return call_->record(*this);
}

void Subscriber::change(const LineSettings& settings) {
  if (settings.bit_error_rate != settings_.bit_error_rate) noise_.set_rate(settings.bit_error_rate);
  settings_ = settings;
  if (call_ != nullptr) call_->settings_changed();
}

void Subscriber::set_cut(bool cut) {
  cut_ = cut;
  if (cut) drop();
}

bool Subscriber::phantom_ring() {
  return phantom_ring(exchange_.options().phantom_rings);
}

bool Subscriber::phantom_ring(unsigned rings, std::optional<Duration> interval) {
  if (state_ != LineState::on_hook) return false;
  state_ = LineState::ringing;
  phantom_rings_ = rings;
  phantom_interval_ = interval.value_or(exchange_.options().ring_interval);
  phantom_ring_next();
  return true;
}

void Subscriber::phantom_ring_next() {
  if (state_ != LineState::ringing || call_ != nullptr) return;
  if (phantom_rings_ == 0) {
    state_ = LineState::on_hook;
    exchange_.log(name_ + ": the phantom rings stop");
    return;
  }
  --phantom_rings_;
  phantom_timer_.start_in(phantom_interval_);
  ring();
}

bool Subscriber::drop() {
  if (call_ == nullptr) return false;
  call_->drop();
  return true;
}

bool Subscriber::answered() const {
  return call_ != nullptr && call_->answered();
}

void Subscriber::off_hook() {
  if (state_ == LineState::on_hook) state_ = LineState::off_hook;
}

void Subscriber::dial(const std::string& digits) {
  hang_up();
  if (state_ == LineState::ringing) return;  // both ends seized the line; the caller's ring goes on
  state_ = LineState::dialling;
  dialled_ = digits;
  exchange_.log(name_ + ": dials " + digits);
  if (dial_tone()) dial_timer_.start_in(exchange_.options().setup_delay);
}

void Subscriber::answer() {
  phantom_timer_.stop();
  if (call_ != nullptr && state_ == LineState::ringing) return call_->answer();
  if (call_ != nullptr) return;
  state_ = LineState::off_hook;
  exchange_.log(name_ + ": answers, but there is no call");
}

void Subscriber::hang_up() {
  if (state_ == LineState::ringing) return;  // on hook it is already
  dial_timer_.stop();
  if (call_ != nullptr) return call_->leave(*this);
  state_ = LineState::on_hook;
}

void Subscriber::send(ByteView bytes) {
  if (call_ == nullptr) {
    statistics_.dropped += bytes.size();
    return;
  }
  call_->send(*this, bytes);
}

std::size_t Subscriber::room() const {
  return call_ == nullptr ? exchange_.buffer(settings_.rate) : call_->room(*this);
}

void Subscriber::ring() {
  if (cut_) return;
  ++statistics_.rings;
  exchange_.log(name_ + ": rings");
  if (telephone_ != nullptr) telephone_->ring();
}

void Subscriber::join(Call& call, LineState state) {
  call_ = &call;
  state_ = state;
}

void Subscriber::now_connected(unsigned rate) {
  state_ = LineState::connected;
  connected_since_ = agenda_.now();
  ++statistics_.calls;
  if (telephone_ != nullptr) telephone_->connected(rate);
}

void Subscriber::leave_call() {
  if (connected_since_) statistics_.connected += agenda_.now() - *connected_since_;
  connected_since_.reset();
  call_ = nullptr;
  state_ = LineState::on_hook;
}

void Subscriber::fail(DialFailure failure) {
  state_ = LineState::off_hook;
  if (telephone_ != nullptr) telephone_->failed(failure);
}

}  // namespace external::phonenet
