#pragma once
// The sender's half of selective repeat: what was sent and not acknowledged, and which of it is lost.
// No I/O and no clock of its own, so every rule of docs/protocol.md can be tested by hand.

#include "frame.h"

namespace external::link {

inline constexpr std::size_t window_bytes = 65536;
inline constexpr std::size_t window_frames = 1024;

class SendWindow {
 public:
  /// Whether new content may be sent when at most `limit` bytes may be unacknowledged.
  bool has_room(std::size_t limit = window_bytes) const {
    return unacknowledged() < std::min(limit, window_bytes) && sent_.size() < window_frames;
  }
  bool empty() const { return sent_.empty(); }

  /// Gives new content its place and remembers it as sent at `now`.
  Content add(Content content, TimePoint now);

  struct AckResult {
    bool valid = false;                  ///< the acknowledgement names only what was sent
    std::size_t acked = 0;               ///< frames newly acknowledged
    std::size_t lost = 0;                ///< frames newly known to be lost
    std::optional<Duration> round_trip;  ///< from the newest frame acknowledged that was sent only once
  };
  AckResult acknowledge(const Acknowledgement& ack, TimePoint now);

  /// The oldest lost content, at most `limit` bytes of it, marked as sent again at `now`; nothing if none is
  /// lost. Content may go in smaller frames than the first time: what was too large for the noise must not
  /// stay so.
  std::optional<Content> repeat_lost(std::size_t limit, TimePoint now);

  bool has_lost() const { return lost_count_ > 0; }

  /// The retransmission timer ran out: counts the oldest frame as lost.
  void expect_oldest_lost();

  /// The other end has said all that it will say about what was sent so far: the rest is lost. Returns how
  /// many frames that are.
  std::size_t expect_all_lost();

  /// Nothing gets lost: forgets what was sent.
  void trust();

  /// When the oldest unacknowledged frame was (last) sent, and the newest.
  std::optional<TimePoint> oldest_sent() const;
  std::optional<TimePoint> newest_sent() const;

 private:
  struct Sent {
    Content content;
    std::uint64_t arrived_order;  ///< if it has arrived, then at least by this sending among all sendings
    std::uint64_t last_order;
    TimePoint time;  ///< when the last sending is wholly on the line
    bool repeated = false;
    bool lost = false;
    bool guessed = false;  ///< that it is lost: by the timer
  };
  using Frames = std::map<std::uint64_t, Sent>;

  std::uint64_t unacknowledged() const { return end_ - base_; }
  void acknowledge_range(std::uint64_t from, std::uint64_t to, TimePoint now, AckResult& result);
  void split(Frames::iterator frame, std::size_t size);
  void find_lost(AckResult& result);
  Frames::const_iterator oldest() const;

  Frames sent_;                       ///< by place; acknowledged ones are gone
  std::uint64_t base_ = 0;            ///< everything before it is acknowledged
  std::uint64_t end_ = 0;             ///< place of the next new byte
  std::uint64_t order_ = 1;           ///< of the next sending
  std::uint64_t newest_arrived_ = 0;  ///< highest order known to have arrived
  std::uint64_t newest_measured_ = 0;
  std::size_t lost_count_ = 0;
};

}  // namespace external::link
