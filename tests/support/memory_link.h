#pragma once
// Two links joined in memory, on an injected clock: what a session needs of a link, without any line.

#include <external/base/async.h>
#include <external/base/clock.h>
#include <external/link/link.h>

namespace external::test {

struct MemoryLinkOptions {
  unsigned bytes_per_second = 5760;
  Duration latency = std::chrono::milliseconds(50);
  std::size_t chunk = 1024;  ///< bytes that are committed to the line at once, and that send() lets wait
  std::size_t portion = static_cast<std::size_t>(-1);
};

class MemoryLink final : public link::Link {
 public:
  MemoryLink(Clock& clock, const asio::any_io_executor& executor, MemoryLinkOptions options)
      : clock_(clock), executor_(executor), options_(options), outbound_(executor), inbound_(executor) {}

  void join(MemoryLink& other) { other_ = &other; }

  Task<error_code> run() override {
    while (!ended_) {
      const auto pieces = next_chunk();
      if (pieces->empty()) {
        outbound_.clear();
        co_await outbound_.wait();
        continue;
      }
      std::size_t size = 0;
      for (const auto& piece : *pieces) size += piece.bytes.size();
      co_await clock_.wait_for(std::chrono::nanoseconds(1'000'000'000ULL * size / options_.bytes_per_second));
      if (ended_) break;
      bytes_sent_ += size;
      asio::co_spawn(executor_, deliver(other_, &clock_, options_.latency, pieces), asio::detached);
    }
    co_return ended_;
  }

  Task<error_code> send(link::Stream stream, Bytes bytes) override {
    auto& queue = queues_[static_cast<std::size_t>(stream)];
    while (!ended_ && stream != link::Stream::control && waiting(queue) >= options_.chunk) {
      outbound_.set();
      Event& room = *rooms_.emplace_back(std::make_unique<Event>(executor_));
      co_await room.wait();
    }
    if (ended_) co_return ended_;
    queue.push_back(std::move(bytes));
    outbound_.set();
    co_return error_code();
  }

  std::size_t portion() const override { return options_.portion; }

  Task<Result<link::Piece>> receive(TimePoint) override {
    while (arrived_.empty()) {
      if (ended_) co_return ended_;
      inbound_.clear();
      co_await inbound_.wait();
    }
    link::Piece piece = std::move(arrived_.front());
    arrived_.pop_front();
    co_return piece;
  }

  Task<error_code> flush(TimePoint) override { co_return ended_; }

  // It needs no signing on, and is as good as sealed.
  Task<error_code> send_clear(Bytes) override { co_return ended_; }
  Task<Result<Bytes>> receive_clear(TimePoint) override { co_return error_code(asio::error::timed_out); }
  void secure(const link::Security&) override {}
  Task<error_code> meet(TimePoint) override { co_return ended_; }
  std::optional<std::uint32_t> losses() const override { return std::nullopt; }
  void avoid(std::uint32_t) override {}
  void trust_line() override {}
  void take_turns(bool) override {}

  void close() override { end(link::Error::closed); }
  link::Statistics statistics() const override { return {}; }

  /// What arrives from now on is lost; what has arrived can be received.
  void end(error_code why) {
    if (!ended_) ended_ = why;
    outbound_.set();
    inbound_.set();
    wake_senders();
  }

  std::uint64_t bytes_sent() const { return bytes_sent_; }

 private:
  using Pieces = std::shared_ptr<std::vector<link::Piece>>;

  static std::size_t waiting(const std::deque<Bytes>& queue) {
    std::size_t size = 0;
    for (const auto& bytes : queue) size += bytes.size();
    return size;
  }

  void wake_senders() {
    for (auto& room : rooms_) room->set();
    woken_.insert(woken_.end(), std::make_move_iterator(rooms_.begin()),
                  std::make_move_iterator(rooms_.end()));
    rooms_.clear();
  }

  Pieces next_chunk() {
    auto pieces = std::make_shared<std::vector<link::Piece>>();
    std::size_t room = options_.chunk;
    for (std::size_t stream = 0; stream < link::stream_count; ++stream) {
      auto& queue = queues_[stream];
      while (!queue.empty() && room > 0) {
        const auto size = stream == 0 ? queue.front().size() : std::min(room, queue.front().size());
        const auto middle = queue.front().begin() + static_cast<long>(size);
        link::Piece piece;
        piece.stream = static_cast<link::Stream>(stream);
        piece.bytes.assign(queue.front().begin(), middle);
        pieces->push_back(std::move(piece));
        queue.front().erase(queue.front().begin(), middle);
        if (queue.front().empty()) queue.pop_front();
        room -= std::min(room, size);
      }
    }
    wake_senders();
    return pieces;
  }

  static Task<> deliver(MemoryLink* to, Clock* clock, Duration latency, Pieces pieces) {
    co_await clock->wait_for(latency);
    if (to->ended_) co_return;
    for (auto& piece : *pieces) to->arrived_.push_back(std::move(piece));
    to->inbound_.set();
  }

  Clock& clock_;
  asio::any_io_executor executor_;
  MemoryLinkOptions options_;
  MemoryLink* other_ = nullptr;
  std::array<std::deque<Bytes>, link::stream_count> queues_;
  std::deque<link::Piece> arrived_;
  Event outbound_;
  Event inbound_;
  std::vector<std::unique_ptr<Event>> rooms_;
  std::vector<std::unique_ptr<Event>> woken_;
  error_code ended_;
  std::uint64_t bytes_sent_ = 0;
};

}  // namespace external::test
