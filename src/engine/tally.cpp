#include "tally.h"

namespace external::engine {

namespace {

void add(LineTotals& sum, const CallUse& use) {
  sum.seconds += use.seconds;
  sum.capacity += use.capacity;
  sum.bytes_sent += use.bytes_sent;
  sum.bytes_received += use.bytes_received;
  sum.wire_bytes_sent += use.wire_bytes_sent;
  sum.wire_bytes_received += use.wire_bytes_received;
  sum.retransmissions += use.retransmissions;
  sum.damaged_frames += use.damaged_frames;
}

std::uint64_t errors_of(const CallUse& use) {
  return use.retransmissions + use.damaged_frames;
}

}  // namespace

Tally::Standing::~Standing() {
  const auto use = use_();
  add(tally_.past_, use);
  tally_.standing_.erase(this);
  if (tally_.newest_ != this) return;
  tally_.newest_ = nullptr;
  tally_.last_errors_ = errors_of(use);
}

void Tally::count(LineTotals::Results& results, std::string_view result) {
  ++results[std::string(result)];
  if (result != good) ++past_.calls_failed;
}

void Tally::made(std::string_view result) {
  ++past_.calls_made;
  count(past_.made, result);
}

void Tally::answered(std::string_view result) {
  ++past_.calls_answered;
  count(past_.answered, result);
}

LineTotals Tally::totals() const {
  LineTotals sum = past_;
  for (const auto* call : standing_) add(sum, call->use_());
  return sum;
}

std::uint64_t Tally::line_errors() const {
  return newest_ ? errors_of(newest_->use_()) : last_errors_;
}

}  // namespace external::engine
