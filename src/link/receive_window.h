#pragma once
// The receiver's half of selective repeat: puts content into order and says what has arrived. No I/O, no
// clock.

#include "frame.h"

namespace external::link {

class ReceiveWindow {
 public:
  enum class Arrival { in_order, ahead, duplicate, out_of_window };

  struct Piece {
    Stream stream;
    Bytes content;
  };

  /// Takes a frame; what is in order now is in ready(). Content that is there already is left out.
  Arrival add(DataFrame frame);

  /// Pieces in order since the last call, oldest first.
  std::vector<Piece> ready() { return std::exchange(ready_, {}); }

  /// What has arrived.
  AckFrame acknowledgement() const;

 private:
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, Piece> ahead_;  ///< never overlapping
  std::vector<Piece> ready_;
};

}  // namespace external::link
