#include "wire.h"

namespace external::phonenet {
namespace {

constexpr std::uint64_t bits_per_byte = 10;
constexpr std::uint64_t nanoseconds = 1'000'000'000;

static_assert(std::is_same_v<Duration, std::chrono::nanoseconds>);

}  // namespace

TimePoint Wire::Run::end_of(std::uint64_t count) const {
  const std::uint64_t bits = count * bits_per_byte;
  // Split so that neither product overflows in any call of any length.
  const std::uint64_t whole = bits / rate;
  const std::uint64_t rest = (bits % rate) * nanoseconds / rate;
  return start + std::chrono::nanoseconds(whole * nanoseconds + rest);
}

std::uint64_t Wire::Run::sent_by(TimePoint now) const {
  if (now <= start) return 0;
  const auto elapsed = static_cast<std::uint64_t>((now - start).count());
  const std::uint64_t bits = elapsed / nanoseconds * rate + elapsed % nanoseconds * rate / nanoseconds;
  std::uint64_t count = std::min(size, bits / bits_per_byte);
  // end_of() rounds down by up to a nanosecond; agree with it.
  if (count < size && end_of(count + 1) <= now) ++count;
  return count;
}

void Wire::send(TimePoint now, ByteView bytes) {
  if (bytes.empty()) return;
  const TimePoint idle_from = runs_.empty() ? now : runs_.back().end_of(runs_.back().size);
  const bool joins =
      !runs_.empty() && idle_from >= now && runs_.back().rate == rate_ && runs_.back().latency == latency_;
  if (!joins) runs_.push_back({.start = std::max(now, idle_from), .rate = rate_, .latency = latency_});
  runs_.back().size += bytes.size();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

Bytes Wire::take(TimePoint now) {
  Bytes arrived;
  while (!runs_.empty()) {
    Run& run = runs_.front();
    const std::uint64_t count = run.sent_by(now - run.latency) - run.taken;
    arrived.insert(arrived.end(), bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(count));
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(count));
    run.taken += count;
    // The last run stays while the line is busy with it, so that what follows joins it without a gap.
    const bool over = run.taken == run.size && (runs_.size() > 1 || run.end_of(run.size) < now);
    if (!over) break;
    runs_.pop_front();
  }
  return arrived;
}

TimePoint Wire::next_arrival() const {
  for (const Run& run : runs_) {
    if (run.taken < run.size) return run.end_of(run.taken + 1) + run.latency;
  }
  return never;
}

std::size_t Wire::unsent(TimePoint now) const {
  std::uint64_t count = 0;
  for (const Run& run : runs_) count += run.size - run.sent_by(now);
  return count;
}

TimePoint Wire::unsent_falls_to(std::size_t count) const {
  std::uint64_t later = 0;  // bytes of the runs behind
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    if (later + run->size > count) return run->end_of(later + run->size - count);
    later += run->size;
  }
  return TimePoint::min();
}

std::size_t Wire::cut(TimePoint now) {
  std::size_t lost = 0;
  for (Run& run : runs_) {
    const std::uint64_t kept = std::max(run.sent_by(now), run.taken);
    lost += run.size - kept;
    run.size = kept;
  }
  bytes_.resize(bytes_.size() - lost);
  std::erase_if(runs_, [](const Run& run) { return run.taken == run.size; });
  return lost;
}

}  // namespace external::phonenet
