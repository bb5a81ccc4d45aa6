#include "pipe_loops.h"

#include <external/link/wire.h>

namespace external::link {

namespace {

constexpr std::size_t head_size = 3;
constexpr std::uint32_t head_clear = 0x800000;
constexpr std::uint32_t head_ping = 0;           // a head without a chunk: are you there?
constexpr std::uint32_t head_pong = head_clear;  // and its answer
constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr std::size_t written_at_once = chunk_bytes;  // or a little more
constexpr std::size_t smallest_read = 1024;           // an idle call keeps no more
constexpr std::size_t largest_read = 512 * 1024;      // holds the largest chunk

/// Chunks with their length, on a line that carries every byte.
class PlainPipe final : public PipeLoops {
 public:
  using PipeLoops::PipeLoops;

  bool settled() const override { return !writing_ && !user_.has_chunk() && heads_.empty(); }
  std::size_t chunk_size() const override { return chunk_bytes; }
  Statistics statistics() const override { return statistics_; }
  std::optional<Losses> losses() const override { return Losses{}; }

 private:
  Task<> read_loop() override {
    arrived_.resize(smallest_read);
    while (!ended()) {
      co_await wait_for_room();
      const auto deadline = last_heard_ + (pinged_ ? options_.silence_limit : options_.probe_after);
      const auto count = co_await line_.read(std::span(arrived_).subspan(filled_), deadline);
      if (count) {
        statistics_.bytes_received += *count;
        last_heard_ = clock_.now();
        pinged_ = false;
        filled_ += *count;
        const bool full = filled_ == arrived_.size();
        take_chunks();
        if (full && arrived_.size() < largest_read) arrived_.resize(2 * arrived_.size());
      } else if (count.error() == asio::error::timed_out) {
        if (filled_ == 0) arrived_ = Bytes(smallest_read);
        on_silence();
      } else {
        end(count.error());
      }
      // A read that finds bytes does not wait: others on this thread have their turn before the next one.
      co_await asio::post(asio::use_awaitable);
    }
  }

  void on_silence() {
    if (clock_.now() - last_heard_ >= options_.silence_limit) return end(Error::silent);
    if (std::exchange(pinged_, true)) return;
    heads_.push_back(head_ping);
    outbound_.set();
  }

  void take_chunks() {
    std::size_t at = 0;
    while (!ended()) {
      const auto rest = ByteView(arrived_).first(filled_).subspan(at);
      if (rest.size() < head_size) break;
      const auto head = Reader(rest).u24();
      const std::size_t size = head & ~head_clear;
      if (size > user_.largest_chunk()) return end(Error::protocol);
      if (rest.size() < head_size + size) break;
      at += head_size + size;
      take(head, rest.subspan(head_size, size));
    }
    std::copy(arrived_.begin() + static_cast<long>(at), arrived_.begin() + static_cast<long>(filled_),
              arrived_.begin());
    filled_ -= at;
  }

  void take(std::uint32_t head, ByteView bytes) {
    if (head == head_pong) return;
    if (head == head_ping) {
      heads_.push_back(head_pong);
      return outbound_.set();
    }
    ++statistics_.frames_received;
    user_.chunk_arrived({(head & head_clear) != 0, Bytes(bytes.begin(), bytes.end())});
  }

  Task<> write_loop() override {
    while (!ended()) {
      outbound_.clear();
      const auto began = clock_.now();
      const Bytes bytes = next_bytes();
      if (bytes.empty()) {
        user_.pipe_moved();
        co_await outbound_.wait();
        continue;
      }
      writing_ = true;
      statistics_.bytes_sent += bytes.size();
      const auto made = clock_.now();
      co_await write(bytes);
      writing_ = false;
      if (bytes.size() >= chunk_bytes / 2) user_.chunks_went(bytes.size(), made - began, clock_.now() - made);
      // A write that finds room does not wait either.
      co_await asio::post(asio::use_awaitable);
    }
  }

  Bytes next_bytes() {
    Writer out;
    for (const auto head : std::exchange(heads_, {})) out.u24(head);
    while (out.data().size() < written_at_once) {
      const auto chunk = user_.next_chunk();
      if (!chunk) break;
      ++statistics_.frames_sent;
      const auto size = static_cast<std::uint32_t>(chunk->bytes.size());
      out.u24(chunk->clear ? size | head_clear : size).bytes(chunk->bytes);
    }
    return out.take();
  }

  std::vector<std::uint32_t> heads_;
  Bytes arrived_;           ///< what is read goes into it
  std::size_t filled_ = 0;  ///< bytes of it that are part of a chunk
  bool pinged_ = false;
};

}  // namespace

std::unique_ptr<Pipe> make_plain_pipe(line::Line& line, Clock& clock, const asio::any_io_executor& executor,
                                      ChunkUser& user, PipeOptions options) {
  return std::make_unique<PlainPipe>(line, clock, executor, user, options);
}

}  // namespace external::link
