#pragma once
// One call, from the first ring to the last byte.

#include "agenda.h"
#include "subscriber.h"
#include "wire.h"

namespace external::phonenet {

class Call {
 public:
  Call(Exchange& exchange, Agenda& agenda, Subscriber& caller, Subscriber& callee);

  /// Begins to ring the callee.
  void start();
  /// The callee goes off hook.
  void answer();
  bool answered() const { return phase_ != Phase::ringing; }

  /// `who` goes on hook. What it sent and is in flight still reaches the other end, which then loses the
  /// carrier.
  void leave(Subscriber& who);
  /// Both ends lose the carrier at once, and what was in flight is lost.
  void drop();

  void send(Subscriber& from, ByteView bytes);
  std::size_t room(const Subscriber& from) const;
  std::size_t unsent(const Subscriber& from) const;
  void settings_changed();

  /// Both ends have, or had, a carrier; from then on there is a record.
  bool connected() const { return up_since_.has_value(); }
  CallRecord record(const Subscriber& who) const;

  bool over() const { return phase_ == Phase::over; }

 private:
  enum class Phase { ringing, handshake, up, ending, over };

  struct Direction {
    Subscriber& from;
    Subscriber& to;
    Wire wire;
    TimePoint last_delivery{};
    bool wants_room = false;
    std::uint64_t sent_before = 0;  // counters of `from` when the call came up, for the report
    std::uint64_t received_before = 0;
    std::optional<TimePoint> first_byte{};  // began on the line
    std::optional<TimePoint> last_byte{};   // is wholly on the line then
  };

  Direction& from(const Subscriber& who) { return &who == &caller_ ? forth_ : back_; }
  const Direction& from(const Subscriber& who) const { return &who == &caller_ ? forth_ : back_; }
  Direction& to(const Subscriber& who) { return &who == &caller_ ? back_ : forth_; }
  Subscriber& other(const Subscriber& who) const { return &who == &caller_ ? callee_ : caller_; }

  void ring_next();
  void connect();
  void tick();
  void schedule();
  void deliver(Direction& direction);
  std::size_t cut(Direction& direction);
  void end();
  void make_room(Direction& direction);
  void lose(Direction& direction);
  void hang_up_in_call(Subscriber& who);
  void last_words();
  void lost_by(Subscriber& who);
  void finish();
  void report_end(const Subscriber& who, const std::string& what);

  Exchange& exchange_;
  Agenda& agenda_;
  Subscriber& caller_;
  Subscriber& callee_;
  Direction forth_;
  Direction back_;
  Phase phase_ = Phase::ringing;
  const RingTrain train_;
  unsigned rings_ = 0;
  std::optional<TimePoint> up_since_;
  WallTime up_since_wall_{};
  std::optional<TimePoint> ended_;
  Subscriber* left_behind_ = nullptr;  // while ending: who still has to lose the carrier
  Timer progress_;
  Timer tick_;
};

}  // namespace external::phonenet
