#pragma once
// Whose turn it is to send on a half-duplex line. No I/O and no clock of its own.

#include <external/base/clock.h>

#include <utility>

namespace external::link {

/// Without half duplex both ends may always send. With it the answerer begins; who has had nothing more to
/// send for a moment, or has sent for long, says "over". A turn that is lost on the way is taken back after a
/// silence, by the answerer sooner than by the caller.
class Turns {
 public:
  Turns(bool needed, bool answerer, TimePoint now)
      : needed_(needed), answerer_(answerer), mine_(!needed || answerer), since_(now), quiet_since_(now) {}

  bool needed() const { return needed_; }
  bool mine() const { return mine_; }

  /// Agreed while signing on, where the ends speak in turn of themselves. `mine`: it is this end's turn now,
  /// whether or not the other end, which may not have known, has said so.
  void take_turns(bool mine) {
    const bool known = std::exchange(needed_, true);
    mine_ = mine || (known ? mine_ : offered_);
  }

  /// Content goes, and is wholly on the line at `until`.
  void sending(TimePoint until) {
    quiet_since_ = until;
    spoke_ = true;
  }

  /// Whether the turn is to be handed over now. `more`: there is more to send; `answering`: an
  /// acknowledgement is owed.
  bool pass(TimePoint now, bool more, bool answering) {
    if (!needed_) return false;
    const bool long_enough = now - since_ >= longest_turn;
    const bool quiet = !more && now - quiet_since_ >= lull(answering);
    if (!long_enough && !quiet) return false;
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
    if (needed_ && over) take(now);
  }

  /// True if the turn was lost and is taken back.
  bool reclaim(TimePoint now) {
    if (mine_ || now - since_ < patience()) return false;
    take(now);
    return true;
  }

  /// When pass() or reclaim() may say something else.
  TimePoint next_timer(bool answering) const {
    if (!needed_) return never;
    return mine_ ? quiet_since_ + lull(answering) : since_ + patience();
  }

 private:
  static constexpr Duration longest_turn = std::chrono::seconds(20);

  void take(TimePoint now) {
    mine_ = true;
    since_ = now;
    quiet_since_ = now;
    spoke_ = false;
  }

  /// Long enough for the disk to bring the next content, or an answer to what has come; to turn the line
  /// round costs more than that. Who has nothing to say at all keeps the turn for a while.
  Duration lull(bool answering) const { return std::chrono::milliseconds(spoke_ || answering ? 300 : 2000); }

  Duration patience() const { return std::chrono::seconds(answerer_ ? 5 : 8); }

  bool needed_;
  bool answerer_;
  bool mine_;
  bool offered_ = false;   ///< by the last frame
  bool spoke_ = false;     ///< content went in this turn
  TimePoint since_;        ///< when the turn changed, or the other end was last heard
  TimePoint quiet_since_;  ///< when the last content of this turn was on the line
};

}  // namespace external::link
