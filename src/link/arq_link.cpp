#include "frame_size.h"
#include "receive_window.h"
#include "record_stream.h"
#include "round_trip.h"
#include "send_window.h"

#include <external/base/async.h>
#include <external/base/guard.h>
#include <external/link/link.h>

namespace external::link {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t backlog_limit = 32 * 1024;  // per stream, before send() waits
constexpr std::size_t paced_backlog_limit =
    4 * 1024;  // the same on a slow line, so that an urgent record is soon seen
constexpr std::size_t inbound_limit = 512 * 1024;  // received and not taken, before reading pauses
constexpr std::size_t frames_per_ack = 8;
constexpr Duration ack_delay = 100ms;
constexpr Duration pacing_horizon = 200ms;
constexpr std::size_t smallest_window = 8 * 1024;
constexpr std::size_t longest_encoded = largest_content + largest_content / 254 + 64;

class ArqLink final : public Link {
 public:
  ArqLink(line::Line& line, Clock& clock, const asio::any_io_executor& executor, Options options)
      : line_(line),
        clock_(clock),
        options_(options),
        outbound_(executor),
        inbound_(executor),
        room_(executor),
        settled_(executor),
        last_heard_(clock.now()),
        frame_size_(options.bits_per_second ? 512 : 4096, options.bits_per_second ? 2048 : largest_content) {}

  Task<error_code> run() override {
    co_await first_of(read_loop(), write_loop());
    co_return ended_;
  }

  Task<error_code> send(Stream stream, Bytes bytes) override {
    auto& queue = queues_[static_cast<std::size_t>(stream)];
    while (!ended_ && stream != Stream::control && queue.size() >= backlog()) {
      room_.clear();
      co_await room_.wait();
    }
    if (ended_) co_return ended_;
    const Bytes framed = stream == Stream::control ? framed_record(bytes) : std::move(bytes);
    queue.insert(queue.end(), framed.begin(), framed.end());
    outbound_.set();
    co_return error_code();
  }

  Task<Result<Piece>> receive(TimePoint deadline) override {
    while (pieces_.empty()) {
      if (ended_) co_return ended_;
      if (clock_.now() >= deadline) co_return error_code(asio::error::timed_out);
      inbound_.clear();
      co_await wait(inbound_, deadline);
    }
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    pieces_size_ -= piece.bytes.size();
    if (pieces_size_ < inbound_limit) settled_.set();
    co_return piece;
  }

  Task<error_code> flush(TimePoint deadline) override {
    while (!ended_ && (!window_.empty() || has_new_data() || ack_due_)) {
      if (clock_.now() >= deadline) co_return asio::error::timed_out;
      settled_.clear();
      co_await wait(settled_, deadline);
    }
    co_return ended_;
  }

  void accept_records(std::size_t largest) override { options_.largest_record = largest; }

  void close() override { end(Error::closed); }

  Statistics statistics() const override {
    Statistics now = statistics_;
    now.round_trip = round_trip_.smoothed();
    return now;
  }

 private:
  Task<> wait(Event& event, TimePoint deadline) {
    if (deadline == never) {
      co_await event.wait();
    } else {
      co_await first_of(event.wait(), clock_.wait_until(deadline));
    }
  }

  void end(error_code why) {
    if (!ended_) ended_ = why;
    for (Event* event : {&outbound_, &inbound_, &room_, &settled_}) event->set();
  }

  // ---- receiving

  Task<> read_loop() {
    std::array<std::uint8_t, 4096> buffer;
    while (!ended_) {
      while (!ended_ && pieces_size_ >= inbound_limit) {
        settled_.clear();
        co_await settled_.wait();
      }
      const auto deadline = last_heard_ + (probed_ ? options_.silence_limit : options_.probe_after);
      const auto count = co_await line_.read(buffer, deadline);
      if (count) {
        statistics_.bytes_received += *count;
        take_bytes(ByteView(buffer).first(*count));
      } else if (count.error() != asio::error::timed_out) {
        end(count.error());
      }
      // After bytes too: noise without a valid frame in it is silence.
      on_silence();
      // A read that finds bytes does not wait: others on this thread have their turn before the next one.
      co_await asio::post(asio::use_awaitable);
    }
  }

  void on_silence() {
    const auto silent_for = clock_.now() - last_heard_;
    if (silent_for >= options_.silence_limit) return end(Error::silent);
    if (silent_for >= options_.probe_after && !probed_) {
      probed_ = true;
      probe_due_ = true;
      outbound_.set();
    }
  }

  void take_bytes(ByteView bytes) {
    for (const auto byte : bytes) {
      if (byte != delimiter) {
        // Noise without a delimiter must not fill the memory; an overlong frame is dropped when it ends.
        if (partial_.size() <= longest_encoded) partial_.push_back(byte);
        continue;
      }
      if (!partial_.empty()) take_frame(partial_);
      partial_.clear();
      if (ended_) return;
    }
  }

  void take_frame(ByteView encoded) {
    auto decoded = decode_frame(encoded);
    if (const auto* error = std::get_if<FrameError>(&decoded)) {
      count(*error);
      return;
    }
    ++statistics_.frames_received;
    last_heard_ = clock_.now();
    probed_ = false;
    std::visit([this](auto& frame) { take(frame); }, std::get<Frame>(decoded));
  }

  void count(FrameError error) {
    if (!guarded("R37")) return;
    if (error == FrameError::bad_check) {
      ++statistics_.bad_checks;
    } else if (error == FrameError::unknown_kind) {
      ++statistics_.unknown_kinds;
    } else {
      ++statistics_.bad_frames;
    }
  }

  void take(DataFrame& frame) {
    const auto arrival = received_.add(std::move(frame));
    switch (arrival) {
      case ReceiveWindow::Arrival::out_of_window:
        return;
      case ReceiveWindow::Arrival::duplicate:
        ++statistics_.duplicates;
        demand_ack();
        break;
      case ReceiveWindow::Arrival::ahead:
        ++statistics_.out_of_order;
        demand_ack();
        break;
      case ReceiveWindow::Arrival::in_order:
        request_ack();
        break;
    }
    for (auto& ready : received_.ready()) deliver(ready);
  }

  void take(const AckFrame& ack) {
    const auto result = window_.acknowledge(ack, clock_.now());
    if (!result.valid) return end(Error::protocol);
    if (result.round_trip) round_trip_.measured(*result.round_trip);
    if (result.acked > 0) round_trip_.progressed();
    if (result.lost > 0) ++statistics_.rejects;
    frame_size_.arrived(result.acked);
    frame_size_.lost(result.lost);
    if (window_.empty() && !has_new_data()) settled_.set();
    outbound_.set();
  }

  void take(const ProbeFrame&) { demand_ack(); }

  void deliver(ReceiveWindow::Piece& frame) {
    if (frame.stream != Stream::control) return hand_over({frame.stream, std::move(frame.content)});
    std::vector<Bytes> complete;
    if (!control_.feed(frame.content, complete, options_.largest_record)) return end(Error::protocol);
    for (auto& bytes : complete) hand_over({Stream::control, std::move(bytes)});
  }

  void hand_over(Piece piece) {
    pieces_size_ += piece.bytes.size();
    pieces_.push_back(std::move(piece));
    inbound_.set();
  }

  /// An acknowledgement soon: one for several frames.
  void request_ack() {
    if (++unacknowledged_ >= frames_per_ack) return demand_ack();
    if (!ack_due_) ack_due_ = clock_.now() + ack_delay;
    outbound_.set();
  }

  /// An acknowledgement at once.
  void demand_ack() {
    ack_due_ = clock_.now();
    outbound_.set();
  }

  // ---- sending

  Task<> write_loop() {
    while (!ended_) {
      outbound_.clear();
      if (auto frame = next_frame()) {
        co_await put(*frame);
      } else {
        co_await wait(outbound_, next_timer());
        on_timer();
      }
    }
  }

  std::optional<Frame> next_frame() {
    const auto now = clock_.now();
    if (ack_due_ && *ack_due_ <= now) {
      ack_due_.reset();
      unacknowledged_ = 0;
      return Frame(received_.acknowledgement());
    }
    if (std::exchange(probe_due_, false)) return Frame(ProbeFrame{});
    if (auto lost = window_.repeat_lost(frame_size_.bytes(), now)) {
      ++statistics_.frames_repeated;
      return Frame(std::move(*lost));
    }
    if (!window_.has_room(window_limit())) return std::nullopt;
    for (std::size_t stream = 0; stream < stream_count; ++stream) {
      if (!queues_[stream].empty()) return Frame(new_frame(static_cast<Stream>(stream)));
    }
    return std::nullopt;
  }

  DataFrame new_frame(Stream stream) {
    auto& queue = queues_[static_cast<std::size_t>(stream)];
    const auto size = static_cast<long>(std::min(queue.size(), frame_size_.bytes()));
    Bytes content(queue.begin(), queue.begin() + size);
    queue.erase(queue.begin(), queue.begin() + size);
    if (queue.size() < backlog()) room_.set();
    return window_.add(stream, std::move(content), clock_.now());
  }

  Task<> put(const Frame& frame) {
    Bytes bytes = encode_frame(frame);
    const auto now = clock_.now();
    if (line_free_ <= now)
      bytes.insert(bytes.begin(), delimiter);  // the line was quiet: end whatever was before
    if (options_.bits_per_second) {
      line_free_ = std::max(now, line_free_) + byte_time() * static_cast<long>(bytes.size());
    } else {
      line_free_ = now + 1ms;
    }
    ++statistics_.frames_sent;
    statistics_.bytes_sent += bytes.size();
    if (const auto error = co_await line_.write(bytes, now + options_.silence_limit)) {
      end(error == asio::error::timed_out ? error_code(Error::silent) : error);
      co_return;
    }
    if (!ack_due_ && window_.empty() && !has_new_data()) settled_.set();
    if (options_.bits_per_second && line_free_ - clock_.now() > pacing_horizon) {
      co_await clock_.wait_until(line_free_ - pacing_horizon);
    }
  }

  std::size_t backlog() const { return options_.bits_per_second ? paced_backlog_limit : backlog_limit; }

  Duration byte_time() const {
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(10.0 / options_.bits_per_second));
  }

  /// Four times what the line holds: enough to stay busy through a loss, little enough to report in one ACK.
  std::size_t window_limit() const {
    if (options_.bits_per_second == 0) return window_bytes;
    const auto span = std::chrono::duration<double>(round_trip_.smoothed() + pacing_horizon).count();
    return std::max(smallest_window, static_cast<std::size_t>(4 * span * options_.bits_per_second / 10));
  }

  Duration retransmission_timeout() const {
    const auto two_frames = options_.bits_per_second
                                ? byte_time() * static_cast<long>(2 * frame_size_.bytes()) + pacing_horizon
                                : Duration();
    return round_trip_.timeout(two_frames);
  }

  TimePoint next_timer() const {
    TimePoint next = never;
    if (ack_due_) next = *ack_due_;
    if (const auto oldest = window_.oldest_sent()) next = std::min(next, *oldest + retransmission_timeout());
    return next;
  }

  void on_timer() {
    const auto oldest = window_.oldest_sent();
    if (!oldest || clock_.now() < *oldest + retransmission_timeout()) return;
    ++statistics_.timeouts;
    round_trip_.timed_out();
    frame_size_.lost(1);
    window_.expect_oldest_lost();
  }

  bool has_new_data() const {
    return std::any_of(queues_.begin(), queues_.end(), [](const auto& queue) { return !queue.empty(); });
  }

  line::Line& line_;
  Clock& clock_;
  Options options_;
  error_code ended_;

  std::array<std::deque<std::uint8_t>, stream_count> queues_;
  RecordStream control_;
  std::deque<Piece> pieces_;
  std::size_t pieces_size_ = 0;

  Event outbound_;  ///< something to send, or a timer changed
  Event inbound_;   ///< a piece to receive
  Event room_;      ///< a stream's backlog shrank
  Event settled_;   ///< everything was acknowledged, or pieces were taken

  SendWindow window_;
  ReceiveWindow received_;
  Bytes partial_;
  std::optional<TimePoint> ack_due_;
  std::size_t unacknowledged_ = 0;
  bool probe_due_ = false;
  bool probed_ = false;
  TimePoint last_heard_;
  TimePoint line_free_{};
  FrameSize frame_size_;
  RoundTrip round_trip_;
  Statistics statistics_;
};

}  // namespace

std::unique_ptr<Link> make_link(line::Line& line, Clock& clock, const asio::any_io_executor& executor,
                                Options options) {
  return std::make_unique<ArqLink>(line, clock, executor, options);
}

}  // namespace external::link
