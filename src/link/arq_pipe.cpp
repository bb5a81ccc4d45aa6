#include "frame.h"
#include "frame_size.h"
#include "pace.h"
#include "pipe_loops.h"
#include "receive_window.h"
#include "round_trip.h"
#include "send_window.h"
#include "turns.h"

#include <external/base/guard.h>
#include <external/base/wait.h>

namespace external::link {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t smallest_window = 6 * 1024;
constexpr std::size_t seal_size = 8;  // shared by the frames of a chunk
constexpr Duration shortest_ack_delay = 100ms;
constexpr Duration look_at_driver = 250ms;
constexpr std::size_t largest_clear_content = 96;  // before anything is known of the line

/// A chunk takes about half a second of the line: an urgent message waits for no more, and no more is lost
/// with the line. Below 1,536 bytes the overhead would weigh more than the wait.
std::size_t chunk_size_for(unsigned bits_per_second) {
  if (bits_per_second == 0) return largest_content;
  const std::size_t bytes_per_second = bits_per_second / 10;
  const auto small = std::min<std::size_t>(2048, bytes_per_second * 11 / 5);
  return std::clamp<std::size_t>(bytes_per_second * 23 / 45, std::max<std::size_t>(small, 128), 16 * 1024);
}

class ArqPipe final : public PipeLoops {
 public:
  ArqPipe(line::Line& line, Clock& clock, const asio::any_io_executor& executor, ChunkUser& user,
          PipeOptions options)
      : PipeLoops(line, clock, executor, user, options),
        pace_(options.bits_per_second),
        turns_(options.half_duplex, options.answerer, clock.now()),
        escaping_(unsafe_bytes()),
        frame_size_(std::min(largest_content, chunk_size_for(options.bits_per_second)),
                    content_overhead + seal_size / 2) {}

  bool settled() const override {
    return window_.empty() && rest_.empty() && !user_.has_chunk() && !ack_due_ && !writing_;
  }

  std::size_t chunk_size() const override { return chunk_size_for(pace_.bits_per_second()); }

  Statistics statistics() const override {
    Statistics now = statistics_;
    now.round_trip = round_trip_.smoothed();
    now.frames_mended = reader_.mended();
    if (!guarded("R37")) return now;
    now.bad_starts = reader_.bad_starts();
    now.bad_heads = reader_.bad_heads();
    return now;
  }

  std::optional<Losses> losses() const override { return losses_here_; }

  void avoid(Losses losses) override {
    losses_there_ = losses;
    escaping_.reset();
    if (losses != 0) escaping_ = bytes_to_avoid(losses);
  }

  void trust_line() override {
    trusted_ = true;
    window_.trust();
    ack_due_.reset();
    user_.pipe_moved();
  }

  void take_turns(bool mine) override { turns_.take_turns(mine); }

 private:
  // ---- receiving

  Task<> read_loop() override {
    std::array<std::uint8_t, 1024> buffer;
    while (!ended()) {
      co_await wait_for_room();
      const auto deadline = last_heard_ + (probed_ ? options_.silence_limit : options_.probe_after);
      const auto count = co_await line_.read(buffer, deadline);
      if (count) {
        statistics_.bytes_received += *count;
        turns_.heard(clock_.now());
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
    reader_.feed(bytes);
    while (!ended()) {
      const auto torn = reader_.bad_starts() + reader_.bad_heads();
      auto item = reader_.next();
      if (reader_.bad_starts() + reader_.bad_heads() > torn) noise_ += (1 - noise_) / 8;
      if (!item) return;
      if (std::holds_alternative<FrameError>(*item)) noise_ += (1 - noise_) / 8;
      if (std::holds_alternative<Frame>(*item)) noise_ -= noise_ / 8;
      std::visit([this](auto& one) { take(one); }, *item);
    }
  }

  void take(FrameError error) {
    if (!guarded("R37")) return;
    if (error == FrameError::bad_check) {
      ++statistics_.bad_checks;
      if (trusted_) end(Error::unreliable_line);
    } else {
      ++statistics_.bad_frames;
    }
  }

  void take(const Probe& probe) { losses_here_ = losses_here_.value_or(0) | probe.losses; }

  void take(Frame& frame) {
    ++statistics_.frames_received;
    last_heard_ = clock_.now();
    probed_ = false;
    if (frame.losses && (*frame.losses & ~losses_there_.value_or(0)) != 0)
      avoid(*frame.losses | losses_there_.value_or(0));
    if (frame.acknowledgement && !trusted_) take(*frame.acknowledgement);
    if (frame.content) take(*frame.content);
    if (frame.urge && !ended()) request_ack(clock_.now());
    turns_.received(frame.over, clock_.now());
    if (frame.over && turns_.needed()) take_over(frame.acknowledgement.has_value());
  }

  void take(Content& content) {
    // Of late: an end whose frames get shorter will soon be quiet.
    their_frame_ = std::max(content.bytes.size() + content_overhead, their_frame_ / 2);
    const auto arrival = received_.add(std::move(content));
    switch (arrival) {
      case ReceiveWindow::Arrival::out_of_window:
        return;
      case ReceiveWindow::Arrival::duplicate:
        ++statistics_.duplicates;
        demand_ack();
        break;
      case ReceiveWindow::Arrival::gap:
        ++statistics_.out_of_order;
        if (trusted_) return end(Error::unreliable_line);
        demand_ack();
        break;
      case ReceiveWindow::Arrival::ahead:
        ++statistics_.out_of_order;
        request_ack(clock_.now() + shortest_ack_delay);
        break;
      case ReceiveWindow::Arrival::in_order:
        if (!trusted_) request_ack(clock_.now() + ack_delay());
        break;
    }
    for (auto& ready : received_.ready()) {
      if (ended()) return;
      deliver(ready);
    }
  }

  void deliver(Content& content) {
    arriving_.clear = content.clear;
    arriving_.bytes.insert(arriving_.bytes.end(), content.bytes.begin(), content.bytes.end());
    if (arriving_.bytes.size() > user_.largest_chunk()) return end(Error::protocol);
    if (!content.ends) return;
    Chunk chunk = std::exchange(arriving_, {});
    user_.chunk_arrived(std::move(chunk));
  }

  void take(const Acknowledgement& ack) {
    const auto result = window_.acknowledge(ack, clock_.now());
    if (!result.valid) return end(Error::protocol);
    if (result.round_trip) round_trip_.measured(*result.round_trip);
    if (result.acked > 0) arrived(result.acked);
    if (result.lost > 0) ++statistics_.rejects;
    frame_size_.lost(result.lost);
    if (settled()) user_.pipe_moved();
    outbound_.set();
  }

  void arrived(std::size_t frames) {
    round_trip_.progressed();
    frame_size_.arrived(frames);
    silent_timeouts_ = 0;
    plain_form_works_ = plain_form_works_ || !escaping_;
    if (!fell_back_) return;
    arrived_since_ += frames;
    if (arrived_since_ < trial_after_) return;
    // It may have been noise: try the plain form again; if that is of no use, the next time much later.
    trial_after_ *= 4;
    fell_back_ = false;
    avoid(losses_there_.value_or(0));
  }

  void fall_back() {
    fell_back_ = true;
    arrived_since_ = 0;
    escaping_ = unsafe_bytes();
  }

  void take_over(bool acknowledged) {
    // It has said what it got. What it did not name is lost.
    if (acknowledged) frame_size_.lost(window_.expect_all_lost());
    outbound_.set();
  }

  /// An acknowledgement by `when`, with other content if some goes before.
  void request_ack(TimePoint when) {
    ack_due_ = std::min(when, ack_due_.value_or(when));
    outbound_.set();
  }

  /// An acknowledgement before any content: something is missing.
  void demand_ack() {
    ack_alone_ = true;
    request_ack(clock_.now());
  }

  /// In noise a short one has a better chance.
  std::size_t ack_ranges() const {
    constexpr double much_noise = 0.2;
    constexpr std::size_t few = 4;
    return noise_ > much_noise ? few : most_ack_ranges;
  }

  /// Long enough for a full frame of ours to take the acknowledgement along.
  Duration ack_delay() const {
    return std::clamp<Duration>(pace_.time_of(frame_size_.bytes() + content_overhead), shortest_ack_delay,
                                1s);
  }

  // ---- sending

  Task<> write_loop() override {
    if (turns_.mine()) co_await put(probe_bytes());
    while (!ended()) {
      outbound_.clear();
      if (const auto frame = next_frame()) {
        const auto bytes = escaping_ ? encode_escaped(*frame, *escaping_) : encode_frame(*frame);
        ++statistics_.frames_sent;
        co_await put(bytes);
        if (settled()) user_.pipe_moved();
      } else {
        co_await wait_until(outbound_, clock_, next_timer());
        on_timer();
      }
    }
  }

  Bytes probe_bytes() {
    probe_sent_ = true;
    Bytes bytes{mark};
    bytes.insert(bytes.end(), probe_text().begin(), probe_text().end());
    bytes.push_back(mark);
    return bytes;
  }

  std::optional<Frame> next_frame() {
    const auto now = clock_.now();
    if (!turns_.mine()) return std::nullopt;
    Frame frame;
    if (!(ack_alone_ && ack_due_)) frame.content = next_content(now);
    const bool more = has_content();
    if (frame.content) turns_.sending(pace_.done_at(now, frame.content->bytes.size()));
    frame.over = turns_.pass(now, more, ack_due_.has_value());
    // On a half-duplex line an acknowledgement goes with the turn.
    const bool ack_is_due = ack_due_ && *ack_due_ <= now && !turns_.needed();
    if (!frame.content && !ack_is_due && !probe_due_ && !frame.over) return std::nullopt;
    if (!trusted_ && (ack_due_ || frame.over))
      frame.acknowledgement = received_.acknowledgement(ack_ranges());
    ack_due_.reset();
    ack_alone_ = false;
    if (!frame.content) frame.losses = losses_to_report();
    urged_ = frame.content && !more && !trusted_;
    frame.urge = std::exchange(probe_due_, false) || urged_;
    return frame;
  }

  std::optional<Losses> losses_to_report() const {
    if (losses_here_.value_or(0) == 0) return std::nullopt;
    return losses_here_;
  }

  bool has_content() const { return window_.has_lost() || !rest_.empty() || user_.has_chunk(); }

  std::optional<Content> next_content(TimePoint now) {
    // A frame counts from the moment when it is wholly on the line.
    const auto limit = content_limit();
    if (auto lost = window_.repeat_lost(limit, pace_.done_at(now, limit))) {
      ++statistics_.frames_repeated;
      return lost;
    }
    if (!window_.has_room(window_limit())) return std::nullopt;
    if (rest_.empty() && !take_chunk()) return std::nullopt;
    Content content;
    content.clear = clear_;
    content.bytes = cut();
    content.ends = rest_.empty();
    const auto done = pace_.done_at(now, content.bytes.size());
    content = window_.add(std::move(content), done);
    if (trusted_) window_.trust();
    return content;
  }

  bool take_chunk() {
    auto chunk = user_.next_chunk();
    if (!chunk) return false;
    clear_ = chunk->clear;
    rest_ = std::move(chunk->bytes);
    return true;
  }

  std::size_t content_limit() const {
    return clear_ ? std::min(largest_clear_content, frame_size_.bytes()) : frame_size_.bytes();
  }

  /// The next part of the chunk: as few parts as may be, all of about the same size.
  Bytes cut() {
    const auto limit = content_limit();
    const auto parts = (rest_.size() + limit - 1) / limit;
    const auto size = (rest_.size() + parts - 1) / parts;
    Bytes part(rest_.begin(), rest_.begin() + static_cast<long>(size));
    rest_.erase(rest_.begin(), rest_.begin() + static_cast<long>(size));
    return part;
  }

  /// In slices, so that what waits in the driver is soon on the line.
  Task<> put(Bytes bytes) {
    if (!probe_sent_) {
      const auto probe = probe_bytes();
      bytes.insert(bytes.begin(), probe.begin(), probe.end());
    }
    writing_ = true;
    statistics_.bytes_sent += bytes.size();
    for (std::size_t at = 0; at < bytes.size() && !ended();) {
      const auto slice = ByteView(bytes).subspan(at, std::min(pace_.slice(), bytes.size() - at));
      co_await write(slice);
      pace_.wrote(slice.size(), clock_.now());
      at += slice.size();
      co_await keep_pace();
    }
    writing_ = false;
  }

  /// Until the next slice may be written. A driver that keeps what was written, because the line is slower
  /// than its port, gets no more.
  Task<> keep_pace() {
    while (!ended()) {
      const auto now = clock_.now();
      if (const auto unsent = line_.unsent()) pace_.driver_holds(*unsent, now);
      const auto next = pace_.next_slice();
      if (next <= now) co_return;
      co_await clock_.wait_until(std::min<TimePoint>(next, now + look_at_driver));
    }
  }

  /// Enough to stay busy through a loss and its repeat, little enough to report in one acknowledgement.
  std::size_t window_limit() const {
    if (pace_.bits_per_second() == 0) return window_bytes;
    const auto span = std::chrono::duration<double>(2 * round_trip_.smoothed() + 300ms).count();
    return std::max(smallest_window, static_cast<std::size_t>(span * pace_.bits_per_second() / 10));
  }

  /// When something that was sent should have been acknowledged.
  std::optional<TimePoint> retransmission_due() const {
    // The other end may be in the middle of a frame, and take the acknowledgement along with the next.
    const auto their_frames = 2 * pace_.time_of(their_frame_);
    if (urged_) {
      const auto newest = window_.newest_sent();
      if (!newest) return std::nullopt;
      return *newest + round_trip_.urged_timeout(their_frames);
    }
    const auto oldest = window_.oldest_sent();
    if (!oldest) return std::nullopt;
    // It may put an acknowledgement off for as long as this end would.
    return *oldest + round_trip_.timeout(std::max(their_frames, ack_delay()));
  }

  TimePoint next_timer() const {
    if (turns_.needed()) return turns_.next_timer(ack_due_.has_value());
    TimePoint next = ack_due_.value_or(never);
    if (const auto due = retransmission_due()) next = std::min(next, *due);
    return next;
  }

  void on_timer() {
    const auto now = clock_.now();
    if (turns_.needed()) {
      if (turns_.reclaim(now)) probe_due_ = true;
      return;
    }
    const auto due = retransmission_due();
    if (!due || now < *due) return;
    ++statistics_.timeouts;
    round_trip_.timed_out();
    const bool nothing_yet = round_trip_.smoothed() == Duration::zero();
    if (silent_timeouts_ > 0 || nothing_yet) {
      frame_size_.silent();
    } else {
      frame_size_.lost(1);
    }
    if (urged_) {
      window_.guess_all_lost();  // nothing else is to be sent, so the line has time for all of it
    } else {
      window_.expect_oldest_lost();
    }
    // Noise lets something through now and then; a line that eats bytes nobody knew of may not.
    if (++silent_timeouts_ == timeouts_before_escaping && !plain_form_works_) fall_back();
  }

  static constexpr int timeouts_before_escaping = 6;

  Pace pace_;
  Turns turns_;
  bool trusted_ = false;

  // What the line eats, and what is done about it.
  std::optional<ByteSet> escaping_;     ///< frames are sent without these bytes
  std::optional<Losses> losses_here_;   ///< seen in the other end's probe
  std::optional<Losses> losses_there_;  ///< told by the other end
  bool probe_sent_ = false;
  int silent_timeouts_ = 0;  ///< in a row, without anything acknowledged
  bool plain_form_works_ = false;
  bool fell_back_ = false;  ///< to the escaped form, because nothing arrived
  std::size_t arrived_since_ = 0;
  std::size_t trial_after_ = 32;  ///< frames that arrived

  SendWindow window_;
  Bytes rest_;  ///< of the chunk being sent
  bool clear_ = false;
  bool urged_ = false;  ///< the last frame asked for an acknowledgement at once
  bool probe_due_ = false;

  FrameReader reader_;
  ReceiveWindow received_;
  Chunk arriving_;
  std::optional<TimePoint> ack_due_;
  bool ack_alone_ = false;
  double noise_ = 0;  ///< share of what came of late that was no whole frame
  bool probed_ = false;
  std::size_t their_frame_ = 0;  ///< bytes
  FrameSize frame_size_;
  RoundTrip round_trip_;
};

}  // namespace

std::unique_ptr<Pipe> make_arq_pipe(line::Line& line, Clock& clock, const asio::any_io_executor& executor,
                                    ChunkUser& user, PipeOptions options) {
  return std::make_unique<ArqPipe>(line, clock, executor, user, options);
}

}  // namespace external::link
