#pragma once
// Two streams, joined in memory.

#include <external/base/async.h>
#include <external/stream/stream.h>

namespace external::test {

/// One end; hears what `other` says, until that is gone.
class PipedStream : public stream::Stream {
 public:
  explicit PipedStream(const asio::any_io_executor& executor) : more_(executor) {}
  PipedStream(const PipedStream&) = delete;
  PipedStream& operator=(const PipedStream&) = delete;
  ~PipedStream() override {
    if (!other || other->other != this) return;
    other->other = nullptr;
    other->close();
  }

  Task<std::size_t> read(std::span<char> to) override {
    while (heard_.empty() && !closed_) {
      more_.clear();
      co_await more_.wait();
    }
    const auto size = std::min(to.size(), heard_.size());
    std::copy_n(heard_.begin(), size, to.begin());
    heard_.erase(0, size);
    co_return size;
  }

  Task<bool> write(std::string_view text) override {
    while (stalled_ && !closed_) {
      more_.clear();
      co_await more_.wait();
    }
    said += text;
    if (other) other->hear(text);
    co_return !closed_;
  }

  bool has_gone() override { return closed_; }

  void hear(std::string_view text) {
    heard_ += text;
    more_.set();
  }

  /// From now on nobody takes what is written.
  void stall() { stalled_ = true; }

  void close() {
    closed_ = true;
    more_.set();
  }

  PipedStream* other = nullptr;
  std::string said;

 private:
  std::string heard_;
  Event more_;
  bool closed_ = false;
  bool stalled_ = false;
};

}  // namespace external::test
