#pragma once
// Whose turn it is to send on a half-duplex line. No I/O and no clock of its own.

#include <external/base/clock.h>

#include <utility>

namespace external::link {

/// Without half duplex both ends may always send. With it the answerer begins; who has nothing more to send,
/// or has sent for long, says "over" in its last frame. A turn that is lost on the way is taken back after a
/// silence, by the answerer sooner than by the caller.
class Turns {
 public:
  Turns(bool needed, bool answerer, TimePoint now)
      : needed_(needed), answerer_(answerer), mine_(!needed || answerer), since_(now) {}

  bool needed() const { return needed_; }
  bool mine() const { return mine_; }

  /// Agreed while signing on, where the ends speak in turn of themselves. `mine`: it is this end's turn now,
  /// whether or not the other end, which may not have known, has said so.
  void take_turns(bool mine) {
    const bool known = std::exchange(needed_, true);
    mine_ = mine || (known ? mine_ : offered_);
  }

  /// Whether the frame that goes now hands the turn over. `more`: there is more to send; `something`: the
  /// frame says anything beside.
  bool pass(TimePoint now, bool more, bool something) {
    if (!needed_) return false;
    const bool long_enough = now - since_ >= longest_turn;
    const bool idle = !something && now - since_ >= idle_turn;
    if (!(long_enough || idle || (something && !more))) return false;
    mine_ = false;
    since_ = now;
    return true;
  }

  /// Anything at all came.
  void heard(TimePoint now) {
    if (!mine_) since_ = now;
  }

  /// A frame came, with or without "over".
  void received(bool over, TimePoint now) {
    offered_ = over;
    if (!needed_ || !over) return;
    mine_ = true;
    since_ = now;
  }

  /// True if the turn was lost and is taken back.
  bool reclaim(TimePoint now) {
    if (mine_ || now - since_ < patience()) return false;
    mine_ = true;
    since_ = now;
    return true;
  }

  TimePoint next_timer() const {
    if (!needed_) return never;
    return since_ + (mine_ ? idle_turn : patience());
  }

 private:
  static constexpr Duration longest_turn = std::chrono::seconds(20);
  static constexpr Duration idle_turn = std::chrono::seconds(2);

  Duration patience() const { return std::chrono::seconds(answerer_ ? 5 : 8); }

  bool needed_;
  bool answerer_;
  bool mine_;
  bool offered_ = false;  ///< by the last frame
  TimePoint since_;       ///< when the turn changed, or the other end was last heard
};

}  // namespace external::link
