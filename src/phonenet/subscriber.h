#pragma once
// One telephone line of the exchange, with its number, its transmission properties and its counters.

#include "agenda.h"
#include "noise.h"
#include "telephone.h"

namespace external::phonenet {

class Call;
class Exchange;

/// How bytes travel that this line sends.
struct LineSettings {
  unsigned rate = 57600;      ///< bits per second, 10 bits a byte; over 0
  Duration latency{};         ///< one way
  double bit_error_rate = 0;  ///< of the data bits, 0 to 1
};

/// How a call rings.
struct RingTrain {
  unsigned rings = 8;  ///< then the caller hears that nobody answers
  Duration interval = std::chrono::seconds(6);
};

enum class LineState { on_hook, ringing, off_hook, dialling, calling, handshake, connected };
std::string_view to_string(LineState state);

/// Since the start. Sent bytes were wholly on the line; dropped ones were taken from the modem but never
/// delivered, or had nobody to go to.
struct LineStatistics {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t dropped = 0;
  std::uint64_t bit_errors = 0;   ///< made in what this line sent
  std::size_t highest_queue = 0;  ///< bytes in front of the line
  unsigned calls = 0;             ///< that connected
  unsigned rings = 0;
  Duration connected{};
};

/// One call that connected, as one end saw it. Bytes "on the line" are those of both ends.
struct CallRecord {
  std::string with;  ///< the other end's name
  WallTime connected_at{};
  TimePoint connected{};
  std::optional<TimePoint> first_byte;  ///< the first byte began on the line
  std::optional<TimePoint> first_sent;  ///< the first byte of this end did
  std::optional<TimePoint> last_byte;   ///< the last byte was wholly on the line
  std::optional<TimePoint> ended;       ///< the first end went on hook, or both lost the carrier
  std::uint64_t sent = 0;               ///< as in LineStatistics, in this call
  std::uint64_t received = 0;
};

class Subscriber final : public Jack {
 public:
  Subscriber(Exchange& exchange, Agenda& agenda, std::string number, std::string name, LineSettings settings,
             std::uint64_t seed);

  const std::string& number() const { return number_; }
  const std::string& name() const { return name_; }
  const LineSettings& settings() const { return settings_; }
  LineState state() const { return state_; }
  LineStatistics statistics() const;
  /// The call that goes on, else the last one; none before the first that connected.
  std::optional<CallRecord> last_call() const;

  /// The modem at the other end of the cord; outlives every call.
  void plug_in(Telephone& telephone) { telephone_ = &telephone; }

  /// Takes effect at once, in a call as well.
  void change(const LineSettings& settings);

  /// How calls ring here; without, as the exchange's options say. From the next call on.
  void set_ring_train(std::optional<RingTrain> train) { ring_train_ = train; }
  const std::optional<RingTrain>& ring_train() const { return ring_train_; }

  /// Callers hear the busy tone although nobody talks.
  void set_forced_busy(bool busy) { forced_busy_ = busy; }
  bool forced_busy() const { return forced_busy_; }
  /// No dial tone, no ring; a call is lost.
  void set_cut(bool cut);
  bool cut() const { return cut_; }
  /// Rings a few times though nobody calls, or somebody who soon gives up. False when the line is not on
  /// hook. `rings` over 0; without an interval, as the exchange rings.
  bool phantom_ring(unsigned rings, std::optional<Duration> interval = std::nullopt);
  /// Likewise, as often as the exchange's options say.
  bool phantom_ring();
  /// The call, if any, loses its carrier at both ends at once. False when there is none.
  bool drop();

  bool dial_tone() const override { return !cut_; }
  bool answered() const override;
  void off_hook() override;
  void dial(const std::string& digits) override;
  void answer() override;
  void hang_up() override;
  void send(ByteView bytes) override;
  std::size_t room() const override;

 private:
  friend class Call;
  friend class Exchange;

  bool can_be_called() const { return state_ == LineState::on_hook && !forced_busy_; }
  void ring();
  void phantom_ring_next();
  void join(Call& call, LineState state);
  void now_connected(unsigned rate);
  void leave_call();
  void fail(DialFailure failure);

  Exchange& exchange_;
  Agenda& agenda_;
  const std::string number_;
  const std::string name_;
  LineSettings settings_;
  Noise noise_;
  Telephone* telephone_ = nullptr;
  Call* call_ = nullptr;
  LineState state_ = LineState::on_hook;
  std::optional<RingTrain> ring_train_;
  bool forced_busy_ = false;
  bool cut_ = false;
  std::string dialled_;
  unsigned phantom_rings_ = 0;
  Duration phantom_interval_{};
  std::optional<TimePoint> connected_since_;
  LineStatistics statistics_;
  std::optional<CallRecord> last_call_;  // that is over
  Timer dial_timer_;
  Timer phantom_timer_;
};

}  // namespace external::phonenet
