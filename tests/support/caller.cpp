#include "caller.h"

namespace external::matrix {

using namespace std::chrono_literals;

namespace {
constexpr auto look_interval = 10ms;
constexpr auto longest_wait_for_bytes = 1min;
}  // namespace

Caller::Caller(Telephony& telephony, const std::string& number, const std::string& name)
    : line_(telephony.exchange.add(number, name, {})),
      leave_(telephony.agenda, [this] { finish(End::left); }),
      look_(telephony.agenda, [this] { look(); }) {
  line_.plug_in(*this);
}

void Caller::call(const std::string& number, const Plan& plan) {
  finish(End::left);
  plan_ = plan;
  end_ = End::calling;
  connected_ = false;
  heard_.clear();
  line_.dial(number);
  look_.start_in(look_interval);
}

void Caller::look() {
  const bool rings = line_.state() == phonenet::LineState::calling;
  if (plan_.leaves == Leaves::while_ringing && rings) return leave_.start_in(plan_.after);
  if (plan_.leaves == Leaves::after_answer && line_.answered()) return leave_.start_in(plan_.after);
  look_.start_in(look_interval);
}

void Caller::connected(unsigned) {
  look_.stop();
  leave_.stop();
  connected_ = true;
  line_.send(as_bytes(plan_.says));
  if (plan_.leaves == Leaves::after_bytes) return leave_.start_in(longest_wait_for_bytes);
  if (plan_.leaves != Leaves::when_other_leaves) leave_.start_in(plan_.after);
}

void Caller::failed(phonenet::DialFailure failure) {
  switch (failure) {
    case phonenet::DialFailure::busy:
      return finish(End::busy);
    case phonenet::DialFailure::no_answer:
      return finish(End::not_answered);
    case phonenet::DialFailure::no_carrier:
      return finish(End::no_carrier);
  }
}

void Caller::deliver(ByteView bytes) {
  heard_ += as_text(bytes);
  // By the timer: the exchange is in the middle of this delivery.
  if (plan_.leaves == Leaves::after_bytes && heard_.size() >= plan_.bytes) leave_.start_in({});
}

void Caller::finish(End end) {
  look_.stop();
  leave_.stop();
  line_.hang_up();
  end_ = end;
}

}  // namespace external::matrix
