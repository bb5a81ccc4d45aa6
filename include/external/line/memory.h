#pragma once
// Two line ends joined in memory, with speed, latency and faults on an injected clock. For tests.

#include <external/line/line.h>

#include <random>

namespace external::line {

struct MemoryLineOptions {
  unsigned bits_per_second = 0;  ///< 10 bits a byte; 0: as fast as it is written
  Duration latency{};            ///< one way
  double bit_error_rate = 0;     ///< of the data bits
  std::uint64_t seed = 1;
  std::size_t buffer = 4096;       ///< bytes a writer may be ahead of the line
  bool has_control_lines = false;  ///< carrier follows connect and hang_up; false: unsupported
};

/// A pair of ends. Both must be destroyed before the clock and the io_context.
class MemoryLinePair {
 public:
  MemoryLinePair(const asio::any_io_executor& executor, Clock& clock, MemoryLineOptions options = {});
  ~MemoryLinePair();

  /// Ends, valid as long as the pair. take_*() hands one over instead; it then outlives the pair.
  Line& a();
  Line& b();
  std::unique_ptr<Line> take_a();
  std::unique_ptr<Line> take_b();

  /// Both ends see Error::hung_up once they have read what had arrived; what is on the way is lost.
  void hang_up();
  bool hung_up() const;

  /// Called for each byte that arrives, before it is delivered: change it, or return false to lose it.
  using Tamper = std::function<bool(std::uint8_t& byte)>;
  void tamper_a_to_b(Tamper tamper);
  void tamper_b_to_a(Tamper tamper);

  /// Bytes that were delivered to each end so far.
  std::uint64_t delivered_to_a() const;
  std::uint64_t delivered_to_b() const;

 private:
  struct Wire;
  class End;
  std::shared_ptr<Wire> wire_;
  std::unique_ptr<Line> a_;
  std::unique_ptr<Line> b_;
};

}  // namespace external::line
