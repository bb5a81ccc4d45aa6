#pragma once
// What is to be sent to an RFC 2217 server: data and commands in one order, of which the data can be dropped.

#include <external/base/asio.h>

namespace external::line {

/// Pieces of an encoded Telnet stream. A piece is whole in itself: dropping one does not harm those around
/// it.
class Rfc2217Outgoing {
 public:
  void data(Bytes piece) { add(std::move(piece), true); }
  void command(Bytes piece) { add(std::move(piece), false); }

  bool empty() const { return pieces_.empty(); }
  std::size_t size() const { return size_; }

  /// What is to be sent next.
  ByteView front() const { return ByteView(pieces_.front().bytes).subspan(sent_); }

  /// `count` bytes of front() have been sent.
  void sent(std::size_t count) {
    sent_ += count;
    size_ -= count;
    if (sent_ < pieces_.front().bytes.size()) return;
    pieces_.pop_front();
    sent_ = 0;
  }

  /// Drops the data of which nothing was sent yet.
  void drop_data() {
    const auto first = pieces_.begin() + (sent_ > 0 ? 1 : 0);
    const auto last = std::remove_if(first, pieces_.end(), [this](const Piece& piece) {
      if (piece.is_data) size_ -= piece.bytes.size();
      return piece.is_data;
    });
    pieces_.erase(last, pieces_.end());
  }

 private:
  struct Piece {
    Bytes bytes;
    bool is_data;
  };

  void add(Bytes bytes, bool is_data) {
    if (bytes.empty()) return;
    size_ += bytes.size();
    pieces_.push_back({std::move(bytes), is_data});
  }

  std::deque<Piece> pieces_;
  std::size_t sent_ = 0;  ///< of the first piece
  std::size_t size_ = 0;
};

}  // namespace external::line
