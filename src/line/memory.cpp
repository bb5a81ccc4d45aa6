#include <external/base/async.h>
#include <external/line/memory.h>

namespace external::line {

namespace {

/// One direction: a serializer with a clock. A byte starts when the one before it has ended, takes 10 bit
/// times and arrives a latency later.
struct Direction {
  struct InFlight {
    TimePoint arrives;
    std::uint8_t byte;
  };

  explicit Direction(const asio::any_io_executor& executor) : readable(executor), writable(executor) {}

  std::deque<InFlight> queue;
  TimePoint line_free{};
  Event readable;
  Event writable;
  MemoryLinePair::Tamper tamper;
  std::uint64_t delivered = 0;
};

}  // namespace

struct MemoryLinePair::Wire {
  Wire(const asio::any_io_executor& executor, Clock& the_clock, const MemoryLineOptions& the_options)
      : clock(the_clock),
        options(the_options),
        random(the_options.seed),
        a_to_b(executor),
        b_to_a(executor) {}

  Clock& clock;
  MemoryLineOptions options;
  std::mt19937_64 random;
  Direction a_to_b;
  Direction b_to_a;
  bool down = false;

  Duration byte_time() const {
    if (options.bits_per_second == 0) return Duration::zero();
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(10.0 / options.bits_per_second));
  }

  std::uint8_t with_errors(std::uint8_t byte) {
    if (options.bit_error_rate <= 0) return byte;
    std::uniform_real_distribution<double> uniform(0, 1);
    for (int bit = 0; bit < 8; ++bit) {
      if (uniform(random) < options.bit_error_rate) byte = static_cast<std::uint8_t>(byte ^ (1U << bit));
    }
    return byte;
  }

  void hang_up() {
    down = true;
    const TimePoint now = clock.now();
    for (Direction* direction : {&a_to_b, &b_to_a}) {
      while (!direction->queue.empty() && direction->queue.back().arrives > now) direction->queue.pop_back();
      direction->readable.set();
      direction->writable.set();
    }
  }
};

class MemoryLinePair::End final : public Line {
 public:
  End(std::shared_ptr<Wire> wire, Direction Wire::*out, Direction Wire::*in, std::string name)
      : wire_(std::move(wire)), out_(out), in_(in), name_(std::move(name)) {}
  ~End() override { End::close(); }

  std::string name() const override { return name_; }

  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override {
    auto wire = wire_;
    Direction& in = (*wire).*in_;
    for (;;) {
      if (closed_) co_return error_code(asio::error::operation_aborted);
      const TimePoint now = wire->clock.now();
      std::size_t taken = 0;
      while (taken < into.size() && !in.queue.empty() && in.queue.front().arrives <= now) {
        std::uint8_t byte = wire->with_errors(in.queue.front().byte);
        in.queue.pop_front();
        if (in.tamper && !in.tamper(byte)) continue;
        into[taken++] = byte;
      }
      if (taken > 0) {
        in.delivered += taken;
        co_return taken;
      }
      if (wire->down && in.queue.empty()) co_return error_code(Error::hung_up);
      if (now >= deadline) co_return error_code(asio::error::timed_out);
      const TimePoint next = in.queue.empty() ? deadline : std::min(deadline, in.queue.front().arrives);
      in.readable.clear();
      co_await first_of(in.readable.wait(), wire->clock.wait_until(next));
    }
  }

  Task<error_code> write(ByteView bytes, TimePoint deadline) override {
    auto wire = wire_;
    Direction& out = (*wire).*out_;
    for (const std::uint8_t byte : bytes) {
      for (;;) {
        if (closed_) co_return asio::error::operation_aborted;
        if (wire->down) co_return Error::hung_up;
        const TimePoint now = wire->clock.now();
        const TimePoint room = out.line_free - wire->byte_time() * static_cast<long>(wire->options.buffer);
        if (room <= now) break;
        if (now >= deadline) co_return asio::error::timed_out;
        out.writable.clear();
        co_await first_of(out.writable.wait(), wire->clock.wait_until(std::min(deadline, room)));
      }
      const TimePoint start = std::max(wire->clock.now(), out.line_free);
      out.line_free = start + wire->byte_time();
      out.queue.push_back({out.line_free + wire->options.latency, byte});
      if (out.queue.size() == 1) out.readable.set();
    }
    co_return error_code();
  }

  std::optional<std::size_t> unsent() override {
    const auto byte_time = wire_->byte_time();
    if (byte_time == Duration::zero()) return 0;
    const auto busy = std::max(((*wire_).*out_).line_free - wire_->clock.now(), Duration::zero());
    return static_cast<std::size_t>(busy / byte_time);
  }

  std::size_t discard_input() override {
    auto& queue = ((*wire_).*in_).queue;
    const TimePoint now = wire_->clock.now();
    std::size_t count = 0;
    while (!queue.empty() && queue.front().arrives <= now) {
      queue.pop_front();
      ++count;
    }
    return count;
  }

  void discard_output() override {}

  Result<ControlLines> control_lines() override {
    if (!wire_->options.has_control_lines) return error_code(Error::unsupported);
    ControlLines lines;
    lines.carrier = lines.data_set_ready = lines.clear_to_send = !wire_->down;
    return lines;
  }

  error_code set_dtr(bool high) override {
    if (!high) wire_->hang_up();
    return {};
  }

  unsigned speed() const override { return wire_->options.bits_per_second; }
  error_code set_speed(unsigned) override { return {}; }

  void close() override {
    if (std::exchange(closed_, true)) return;
    wire_->hang_up();
  }

 private:
  std::shared_ptr<Wire> wire_;
  Direction Wire::*out_;
  Direction Wire::*in_;
  std::string name_;
  bool closed_ = false;
};

MemoryLinePair::MemoryLinePair(const asio::any_io_executor& executor, Clock& clock, MemoryLineOptions options)
    : wire_(std::make_shared<Wire>(executor, clock, options)),
      a_(std::make_unique<End>(wire_, &Wire::a_to_b, &Wire::b_to_a, "memory-a")),
      b_(std::make_unique<End>(wire_, &Wire::b_to_a, &Wire::a_to_b, "memory-b")) {}

MemoryLinePair::~MemoryLinePair() = default;

Line& MemoryLinePair::a() {
  return *a_;
}
Line& MemoryLinePair::b() {
  return *b_;
}
std::unique_ptr<Line> MemoryLinePair::take_a() {
  return std::move(a_);
}
std::unique_ptr<Line> MemoryLinePair::take_b() {
  return std::move(b_);
}
void MemoryLinePair::hang_up() {
  wire_->hang_up();
}
bool MemoryLinePair::hung_up() const {
  return wire_->down;
}
void MemoryLinePair::tamper_a_to_b(Tamper tamper) {
  wire_->a_to_b.tamper = std::move(tamper);
}
void MemoryLinePair::tamper_b_to_a(Tamper tamper) {
  wire_->b_to_a.tamper = std::move(tamper);
}
std::uint64_t MemoryLinePair::delivered_to_a() const {
  return wire_->b_to_a.delivered;
}
std::uint64_t MemoryLinePair::delivered_to_b() const {
  return wire_->a_to_b.delivered;
}

}  // namespace external::line
