#pragma once
// The receiver's half of selective repeat: puts content into order and says what has arrived. No I/O, no
// clock.

#include "frame.h"

namespace external::link {

class ReceiveWindow {
 public:
  enum class Arrival {
    in_order,
    ahead,  ///< something before it is missing, as is known
    gap,    ///< something right before it is missing, which is news
    duplicate,
    out_of_window
  };

  /// Takes content; what is in order now is in ready(). Bytes that are there already are left out.
  Arrival add(Content content);

  /// Content in order since the last call, oldest first.
  std::vector<Content> ready() { return std::exchange(ready_, {}); }

  /// What has arrived, as far as `ranges` tell.
  Acknowledgement acknowledgement(std::size_t ranges = most_ack_ranges) const;

 private:
  std::uint64_t next_ = 0;
  std::uint64_t reach_ = 0;                 ///< behind the last byte of all that has arrived
  std::map<std::uint64_t, Content> ahead_;  ///< never overlapping
  std::vector<Content> ready_;
};

}  // namespace external::link
