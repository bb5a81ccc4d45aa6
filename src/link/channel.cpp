#include "chunk.h"
#include "packing.h"
#include "record_stream.h"
#include "refusal.h"
#include "seal.h"

#include <external/base/wait.h>
#include <external/link/link.h>

namespace external::link {

namespace {

constexpr std::size_t inbound_limit = 512 * 1024;      // arrived and not taken, before reading pauses
constexpr std::size_t largest_clear = 1024;            // record of the signing on
constexpr std::size_t largest_sealed = 256 * 1024;     // chunk
constexpr std::size_t largest_unpacked = 1024 * 1024;  // what a chunk may become

/// Streams, packed and sealed into chunks, over a pipe.
class Channel final : public Link, private ChunkUser {
 public:
  Channel(line::Line& line, Clock& clock, const asio::any_io_executor& executor, const Options& options)
      : clock_(clock),
        packer_(options.bits_per_second),
        inbound_(executor),
        room_(executor),
        settled_(executor),
        met_event_(executor),
        pipe_(make_pipe(line, clock, executor, options)) {}

  Task<error_code> run() override {
    ended_ = co_await pipe_->run();
    for (Event* event : {&inbound_, &room_, &settled_, &met_event_}) event->set();
    co_return ended_;
  }

  Task<error_code> send(Stream stream, Bytes bytes) override {
    auto& queue = queues_[static_cast<std::size_t>(stream)];
    while (!ended_ && stream != Stream::control &&
           !packer_.has_room(queue.size(), bytes.size(), chunk_size())) {
      room_.clear();
      co_await room_.wait();
    }
    if (ended_) co_return ended_;
    queue.append(stream == Stream::control ? framed_record(bytes) : std::move(bytes));
    pipe_->wake();
    co_return error_code();
  }

  Task<Result<Piece>> receive(TimePoint deadline) override {
    const auto waited = co_await wait_for(pieces_, deadline);
    if (waited) co_return waited;
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    taken(piece.bytes.size());
    co_return piece;
  }

  Task<error_code> send_clear(Bytes record) override {
    if (ended_) co_return ended_;
    clear_out_.push_back(std::move(record));
    pipe_->wake();
    co_return error_code();
  }

  Task<Result<Bytes>> receive_clear(TimePoint deadline) override {
    const auto waited = co_await wait_for(clear_in_, deadline);
    if (waited) co_return waited;
    Bytes record = std::move(clear_in_.front());
    clear_in_.pop_front();
    taken(record.size());
    co_return record;
  }

  void secure(const Security& security) override {
    const auto protection = security.encrypted ? Protection::encrypted : Protection::authenticated;
    sealer_.emplace(security.send, protection);
    opener_.emplace(security.receive, protection);
    packer_.use(security.dictionary);
    unpacker_.use(security.dictionary);
    early_size_ = 0;
    for (auto& sealed : std::exchange(early_, {})) open(std::move(sealed));
    pipe_->wake();
  }

  Task<error_code> meet(TimePoint deadline) override {
    while (!met_) {
      if (ended_) co_return ended_;
      if (clock_.now() >= deadline) co_return asio::error::timed_out;
      met_event_.clear();
      co_await wait_until(met_event_, clock_, deadline);
    }
    co_return error_code();
  }

  Task<error_code> flush(TimePoint deadline) override {
    while (!ended_ && !pipe_->settled()) {
      if (clock_.now() >= deadline) co_return asio::error::timed_out;
      settled_.clear();
      co_await wait_until(settled_, clock_, deadline);
    }
    co_return ended_;
  }

  std::size_t portion() const override {
    return packer_.speed_known() ? packer_.portion(chunk_size()) : largest_unpacked;
  }

  std::optional<std::uint32_t> losses() const override { return pipe_->losses(); }
  void avoid(std::uint32_t losses) override { pipe_->avoid(losses); }
  void trust_line() override { pipe_->trust_line(); }
  void take_turns(bool mine) override { pipe_->take_turns(mine); }
  void close() override { pipe_->end(Error::closed); }
  Statistics statistics() const override { return pipe_->statistics(); }

 private:
  std::unique_ptr<Pipe> make_pipe(line::Line& line, Clock& clock, const asio::any_io_executor& executor,
                                  const Options& options) {
    PipeOptions pipe;
    pipe.bits_per_second = options.bits_per_second;
    pipe.probe_after = options.probe_after;
    pipe.silence_limit = options.silence_limit;
    pipe.half_duplex = options.half_duplex;
    pipe.answerer = options.answerer;
    const auto make = options.carries_all ? make_plain_pipe : make_arq_pipe;
    return make(line, clock, executor, *this, pipe);
  }

  /// Until something has arrived in `queue`.
  template <class Queue>
  Task<error_code> wait_for(const Queue& queue, TimePoint deadline) {
    while (queue.empty()) {
      if (ended_) co_return ended_;
      if (clock_.now() >= deadline) co_return asio::error::timed_out;
      inbound_.clear();
      co_await wait_until(inbound_, clock_, deadline);
    }
    co_return error_code();
  }

  void taken(std::size_t bytes) {
    const bool full = !has_room();
    arrived_size_ -= bytes;
    if (full && has_room()) pipe_->wake();
  }

  /// Small until something sealed has come: the other end may still be making its key.
  std::size_t chunk_size() const {
    return met_ ? pipe_->chunk_size() : std::min(pipe_->chunk_size(), largest_before_met);
  }

  // What the pipe asks for and brings:

  std::optional<Chunk> next_chunk() override {
    if (!clear_out_.empty()) {
      Chunk chunk{true, std::move(clear_out_.front())};
      clear_out_.pop_front();
      return chunk;
    }
    if (!sealer_) return std::nullopt;
    auto packed = packer_.pack(queues_, chunk_size() - seal_size);
    if (!packed) return std::nullopt;
    room_.set();
    return Chunk{false, sealer_->seal(std::move(*packed))};
  }

  void chunks_went(std::size_t size, Duration making, Duration sending) override {
    packer_.sent(size, making, sending, clock_.now());
  }

  bool has_chunk() const override {
    if (!clear_out_.empty()) return true;
    return sealer_ &&
           std::any_of(queues_.begin(), queues_.end(), [](const auto& queue) { return !queue.empty(); });
  }

  bool has_room() const override {
    return arrived_size_ + early_size_ < (opener_ ? inbound_limit : early_limit);
  }

  /// Before this end has its keys, too: the other end may send mail right behind its last word of signing on.
  std::size_t largest_chunk() const override { return opener_ ? largest_sealed : largest_before_keys; }

  void pipe_moved() override { settled_.set(); }

  void chunk_arrived(Chunk chunk) override {
    if (chunk.clear) return take_clear(std::move(chunk.bytes));
    if (opener_) return open(std::move(chunk.bytes));
    early_size_ += chunk.bytes.size();
    early_.push_back(std::move(chunk.bytes));
  }

  void take_clear(Bytes record) {
    if (opener_) return take_refusal(record);
    if (record.size() > largest_clear || clear_in_.size() >= most_clear_records)
      return pipe_->end(Error::protocol);
    arrived_size_ += record.size();
    clear_in_.push_back(std::move(record));
    inbound_.set();
  }

  /// The caller may have sent mail behind a reply that is not accepted.
  void take_refusal(const Bytes& record) {
    if (met_ || record.empty() || record[0] != refusal_type) return pipe_->end(Error::protocol);
    const auto refusal = decode_refusal(ByteView(record).subspan(1));
    pipe_->end(refusal ? refusal->why : error_code(Error::protocol));
  }

  void open(Bytes sealed) {
    const auto packed = opener_->open(std::move(sealed));
    if (!packed) return pipe_->end(Error::broken_seal);
    if (!std::exchange(met_, true)) met_event_.set();
    auto pieces = unpacker_.unpack(*packed, largest_unpacked);
    if (!pieces) return pipe_->end(Error::protocol);
    for (auto& piece : *pieces) deliver(piece.stream, std::move(piece.bytes));
  }

  void deliver(Stream stream, Bytes bytes) {
    if (stream != Stream::control) return hand_over({stream, std::move(bytes)});
    std::vector<Bytes> complete;
    if (!control_.feed(bytes, complete, largest_record)) return pipe_->end(Error::protocol);
    for (auto& record : complete) hand_over({Stream::control, std::move(record)});
  }

  void hand_over(Piece piece) {
    arrived_size_ += piece.bytes.size();
    pieces_.push_back(std::move(piece));
    inbound_.set();
  }

  static constexpr std::size_t most_clear_records = 4;
  static constexpr std::size_t largest_before_met = 4 * 1024;
  static constexpr std::size_t largest_before_keys = 2 * largest_before_met;
  static constexpr std::size_t early_limit = 16 * 1024;

  Clock& clock_;
  error_code ended_;

  std::array<ByteQueue, stream_count> queues_;
  std::deque<Bytes> clear_out_;
  std::deque<Bytes> clear_in_;
  bool met_ = false;         ///< something sealed by the other end has come
  std::deque<Bytes> early_;  ///< sealed chunks that came before the keys
  std::size_t early_size_ = 0;
  std::deque<Piece> pieces_;
  std::size_t arrived_size_ = 0;  ///< of pieces_ and clear_in_

  Packer packer_;
  Unpacker unpacker_;
  RecordStream control_;
  std::optional<Sealer> sealer_;
  std::optional<Opener> opener_;

  Event inbound_;  ///< something to receive
  Event room_;     ///< a stream's backlog shrank
  Event settled_;  ///< everything was acknowledged
  Event met_event_;
  std::unique_ptr<Pipe> pipe_;
};

}  // namespace

std::unique_ptr<Link> make_link(line::Line& line, Clock& clock, const asio::any_io_executor& executor,
                                Options options) {
  return std::make_unique<Channel>(line, clock, executor, options);
}

}  // namespace external::link
