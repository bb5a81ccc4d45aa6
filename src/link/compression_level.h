#pragma once
// How hard to compress: as hard as the line leaves time for.

#include <external/base/clock.h>

namespace external::link {

/// In rising order of what they gain and cost; docs/compression.md has the figures.
enum class CompressionLevel : std::uint8_t { off, least, low, middle, high, higher, best };

/// For a line whose speed is known; `bits_per_second` above 0. So that mail takes at most about a quarter of
/// a processor each way; at 57,600 bps and the best level, 2 %.
CompressionLevel level_for(unsigned bits_per_second);

/// Finds the level for a line of unknown speed (TCP): the highest at which the line never waits for the
/// compressor. Sans time: the caller says when.
class LevelControl {
 public:
  /// Who kept the other waiting while the last chunk was made and sent.
  enum class Waited : std::uint8_t {
    line,  ///< the line was idle and had to wait for the chunk
    us,    ///< the chunk was ready and had to wait for the line
  };

  CompressionLevel level() const { return level_; }

  /// Takes note of one chunk and returns the level for the next.
  CompressionLevel chunk(Waited waited, TimePoint now);

 private:
  void lower(TimePoint now);
  void raise(TimePoint now);

  CompressionLevel level_ = CompressionLevel::low;
  int seen_ = 0;         ///< chunks at this level in the current run
  int line_waited_ = 0;  ///< of them, those the line waited for
  Duration patience_ = std::chrono::seconds(1);
  TimePoint barred_until_{};  ///< no raising before
  CompressionLevel failed_ = CompressionLevel::off;
};

}  // namespace external::link
