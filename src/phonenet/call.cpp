#include "call.h"

#include "exchange.h"

#include <cstdio>

namespace external::phonenet {
namespace {

std::string seconds(Duration duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", std::chrono::duration<double>(duration).count());
  return text.data();
}

std::optional<TimePoint> earlier(std::optional<TimePoint> a, std::optional<TimePoint> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::optional<TimePoint> later(std::optional<TimePoint> a, std::optional<TimePoint> b) {
  if (!a || !b) return a ? a : b;
  return std::max(*a, *b);
}

}  // namespace

Call::Call(Exchange& exchange, Agenda& agenda, Subscriber& caller, Subscriber& callee)
    : exchange_(exchange),
      agenda_(agenda),
      caller_(caller),
      callee_(callee),
      forth_{caller, callee, {}},
      back_{callee, caller, {}},
      train_(callee.ring_train().value_or(
          RingTrain{exchange.options().rings, exchange.options().ring_interval})),
      progress_(agenda,
                [this] {
                  switch (phase_) {
                    case Phase::ringing:
                      return ring_next();
                    case Phase::handshake:
                      return connect();
                    case Phase::ending:
                      return last_words();
                    case Phase::up:
                    case Phase::over:
                      return;
                  }
                }),
      tick_(agenda, [this] { tick(); }) {}

void Call::start() {
  caller_.join(*this, LineState::calling);
  callee_.join(*this, LineState::ringing);
  ring_next();
}

void Call::ring_next() {
  if (rings_ == train_.rings) {
    exchange_.log(callee_.name() + ": does not answer " + caller_.name());
    finish();
    return caller_.fail(DialFailure::no_answer);
  }
  ++rings_;
  progress_.start_in(train_.interval);
  callee_.ring();
}

void Call::answer() {
  if (phase_ != Phase::ringing) return;
  phase_ = Phase::handshake;
  caller_.join(*this, LineState::handshake);
  callee_.join(*this, LineState::handshake);
  exchange_.log(callee_.name() + ": answers " + caller_.name());
  progress_.start_in(exchange_.options().connect_time);
}

void Call::connect() {
  phase_ = Phase::up;
  up_since_ = agenda_.now();
  up_since_wall_ = agenda_.wall();
  settings_changed();
  for (Direction* direction : {&forth_, &back_}) {
    direction->sent_before = direction->from.statistics_.sent;
    direction->received_before = direction->from.statistics_.received;
  }
  exchange_.log(caller_.name() + ": connected to " + callee_.name() + " at " +
                std::to_string(forth_.wire.rate()));
  caller_.now_connected(back_.wire.rate());
  if (phase_ == Phase::up) callee_.now_connected(forth_.wire.rate());
}

void Call::settings_changed() {
  for (Direction* direction : {&forth_, &back_}) {
    direction->wire.set_rate(direction->from.settings().rate);
    direction->wire.set_latency(direction->from.settings().latency);
  }
}

void Call::leave(Subscriber& who) {
  switch (phase_) {
    case Phase::ringing:
      exchange_.log(caller_.name() + ": gives up calling " + callee_.name());
      return finish();
    case Phase::handshake: {
      exchange_.log(who.name() + ": hangs up before the connection to " + other(who).name());
      Subscriber& stays = other(who);
      finish();
      return lost_by(stays);
    }
    case Phase::up:
      return hang_up_in_call(who);
    case Phase::ending:
      return finish();
    case Phase::over:
      return;
  }
}

void Call::hang_up_in_call(Subscriber& who) {
  phase_ = Phase::ending;
  end();
  Direction& gone = from(who);
  deliver(gone);
  who.statistics_.dropped += cut(gone);
  report_end(who, "hangs up");
  lose(to(who));
  who.last_call_ = record(who);
  who.leave_call();
  left_behind_ = &other(who);
  tick_.stop();
  progress_.start_in(gone.wire.latency());
}

void Call::last_words() {
  Subscriber& stays = *left_behind_;
  deliver(to(stays));
  report_end(stays, "loses the carrier");
  finish();
  lost_by(stays);
}

void Call::drop() {
  if (phase_ == Phase::over) return;
  exchange_.log(caller_.name() + ": the call to " + callee_.name() + " is dropped");
  const bool rang_only = phase_ == Phase::ringing;
  const std::array<bool, 2> loses{caller_.call_ == this, callee_.call_ == this && !rang_only};
  finish();
  if (loses[0]) lost_by(caller_);
  if (loses[1]) lost_by(callee_);
}

void Call::lost_by(Subscriber& who) {
  if (who.telephone_ != nullptr) who.telephone_->carrier_lost();
}

void Call::finish() {
  end();
  lose(forth_);
  lose(back_);
  if (connected()) {
    for (Subscriber* who : {&caller_, &callee_}) {
      if (who->call_ == this) who->last_call_ = record(*who);
    }
  }
  phase_ = Phase::over;
  progress_.stop();
  tick_.stop();
  for (Subscriber* who : {&caller_, &callee_}) {
    if (who->call_ == this) who->leave_call();
  }
  exchange_.sweep_soon();
}

void Call::lose(Direction& direction) {
  direction.from.statistics_.dropped += cut(direction);
  direction.from.statistics_.dropped += direction.wire.pending();
  direction.wire = Wire();
}

std::size_t Call::cut(Direction& direction) {
  const std::size_t unsent = direction.wire.cut(agenda_.now());
  direction.from.statistics_.sent -= unsent;
  if (direction.last_byte) direction.last_byte = std::min(*direction.last_byte, agenda_.now());
  return unsent;
}

void Call::end() {
  if (connected() && !ended_) ended_ = agenda_.now();
}

CallRecord Call::record(const Subscriber& who) const {
  const Direction& mine = from(who);
  const Direction& theirs = from(other(who));
  const LineStatistics all = who.statistics();
  CallRecord record{.with = other(who).name(),
                    .connected_at = up_since_wall_,
                    .connected = up_since_.value_or(TimePoint{}),
                    .first_byte = earlier(mine.first_byte, theirs.first_byte),
                    .first_sent = mine.first_byte,
                    .last_byte = later(mine.last_byte, theirs.last_byte),
                    .ended = ended_,
                    .sent = all.sent - mine.sent_before,
                    .received = all.received - mine.received_before};
  // What is queued now ends in the future; so much is sure only when it does.
  if (record.last_byte) record.last_byte = std::min(*record.last_byte, agenda_.now());
  return record;
}

void Call::send(Subscriber& sender, ByteView bytes) {
  Direction& direction = from(sender);
  if (phase_ != Phase::up) {
    sender.statistics_.dropped += bytes.size();
    return;
  }
  direction.wire.send(agenda_.now(), bytes);
  if (!direction.first_byte) direction.first_byte = agenda_.now();
  direction.last_byte = direction.wire.unsent_falls_to(0);
  sender.statistics_.sent += bytes.size();
  const std::size_t queued = direction.wire.unsent(agenda_.now());
  sender.statistics_.highest_queue = std::max(sender.statistics_.highest_queue, queued);
  direction.wants_room = queued >= exchange_.buffer(direction.wire.rate());
  schedule();
}

std::size_t Call::unsent(const Subscriber& sender) const {
  return from(sender).wire.unsent(agenda_.now());
}

std::size_t Call::room(const Subscriber& sender) const {
  const std::size_t buffer = exchange_.buffer(from(sender).wire.rate());
  return buffer - std::min(buffer, unsent(sender));
}

void Call::schedule() {
  TimePoint next = never;
  for (const Direction* direction : {&forth_, &back_}) {
    const TimePoint arrival = direction->wire.next_arrival();
    if (arrival != never)
      next = std::min(next, std::max(arrival, direction->last_delivery + exchange_.options().quantum));
    if (direction->wants_room) {
      next = std::min(next, direction->wire.unsent_falls_to(exchange_.buffer(direction->wire.rate()) / 2));
    }
  }
  if (next != never) tick_.start_at(next);
}

void Call::tick() {
  for (Direction* direction : {&forth_, &back_}) {
    if (phase_ == Phase::up) deliver(*direction);
    if (phase_ == Phase::up) make_room(*direction);
  }
  if (phase_ == Phase::up) schedule();
}

void Call::deliver(Direction& direction) {
  const TimePoint now = agenda_.now();
  const bool due = phase_ == Phase::ending || now >= direction.last_delivery + exchange_.options().quantum;
  if (!due || direction.wire.next_arrival() > now) return;
  Bytes bytes = direction.wire.take(now);
  direction.last_delivery = now;
  direction.from.statistics_.bit_errors += direction.from.noise_.apply(bytes);
  direction.to.statistics_.received += bytes.size();
  if (direction.to.telephone_ != nullptr) direction.to.telephone_->deliver(bytes);
}

void Call::make_room(Direction& direction) {
  if (!direction.wants_room) return;
  if (direction.wire.unsent(agenda_.now()) > exchange_.buffer(direction.wire.rate()) / 2) return;
  direction.wants_room = false;
  if (direction.from.telephone_ != nullptr) direction.from.telephone_->room_made();
}

void Call::report_end(const Subscriber& who, const std::string& what) {
  const CallRecord call = record(who);
  const std::string since_first =
      call.first_byte ? ", " + seconds(agenda_.now() - *call.first_byte) + " s after the first byte" : "";
  exchange_.log(who.name() + ": " + what + " after " + seconds(agenda_.now() - call.connected) + " s with " +
                call.with + since_first + "; sent " + std::to_string(call.sent) + ", received " +
                std::to_string(call.received) + " bytes");
}

}  // namespace external::phonenet
