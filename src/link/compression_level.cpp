#include "compression_level.h"

namespace external::link {

namespace {

// A level is judged by so many chunks: enough that one hiccup of the network decides nothing.
constexpr int judged_chunks = 8;

// A new level loses what was learned of the mail, so one that was too slow is not tried again soon.
constexpr Duration first_patience = std::chrono::seconds(1);
constexpr Duration longest_patience = std::chrono::minutes(2);

constexpr CompressionLevel ceiling = CompressionLevel::higher;

CompressionLevel next(CompressionLevel level, int step) {
  return static_cast<CompressionLevel>(static_cast<int>(level) + step);
}

}  // namespace

CompressionLevel level_for(unsigned bits_per_second) {
  if (bits_per_second <= 512'000) return CompressionLevel::best;
  if (bits_per_second <= 8'000'000) return CompressionLevel::higher;
  if (bits_per_second <= 16'000'000) return CompressionLevel::high;
  return CompressionLevel::low;
}

CompressionLevel LevelControl::chunk(Waited waited, TimePoint now) {
  ++seen_;
  if (waited == Waited::line) ++line_waited_;
  // Too slow is seen before the run is over, so that a fast line is not held up by a whole run.
  if (line_waited_ > judged_chunks / 2) {
    lower(now);
  } else if (seen_ >= judged_chunks) {
    if (line_waited_ == 0) raise(now);
    seen_ = 0;
    line_waited_ = 0;
  }
  return level_;
}

void LevelControl::lower(TimePoint now) {
  seen_ = 0;
  line_waited_ = 0;
  if (level_ == CompressionLevel::off) return;
  patience_ = level_ == failed_ ? std::min(patience_ * 2, longest_patience) : first_patience;
  failed_ = level_;
  level_ = next(level_, -1);
  barred_until_ = now + patience_;
}

void LevelControl::raise(TimePoint now) {
  if (level_ == ceiling) return;
  const auto higher = next(level_, 1);
  if (higher == failed_ && now < barred_until_) return;
  level_ = higher;
}

}  // namespace external::link
