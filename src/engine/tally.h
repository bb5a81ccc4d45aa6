#pragma once
// What a line has done since the start.

#include <external/engine/report.h>

#include <set>

namespace external::engine {

/// What one call took of a line.
struct CallUse {
  double seconds = 0;
  double capacity = 0;  ///< bytes
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t wire_bytes_sent = 0;
  std::uint64_t wire_bytes_received = 0;
  std::uint64_t retransmissions = 0;
  std::uint64_t damaged_frames = 0;
};

/// Sums of one line. One thread.
class Tally {
 public:
  static constexpr std::string_view good = "ok";  ///< the result of a call that ended well
  static constexpr std::string_view stopped = "hung up";

  /// A call that counts while it stands, and stays counted.
  class Standing {
   public:
    Standing(Tally& tally, std::function<CallUse()> use) : tally_(tally), use_(std::move(use)) {
      tally_.standing_.insert(this);
      tally_.newest_ = this;
    }
    Standing(const Standing&) = delete;
    Standing& operator=(const Standing&) = delete;
    ~Standing();

   private:
    friend Tally;
    Tally& tally_;
    std::function<CallUse()> use_;
  };

  /// A call that we make: counted when it is over, also when it is cut short.
  class Dialling {
   public:
    explicit Dialling(Tally& tally) : tally_(tally) {}
    Dialling(const Dialling&) = delete;
    Dialling& operator=(const Dialling&) = delete;
    ~Dialling() {
      if (!result_.empty()) tally_.made(result_);
    }

    void ends(std::string_view result) { result_ = result; }
    void was_none() { result_ = {}; }

   private:
    Tally& tally_;
    std::string_view result_ = stopped;
  };

  /// A call is over that we made, or that we took. `result` is `good` or why it failed.
  void made(std::string_view result);
  void answered(std::string_view result);

  LineTotals totals() const;

  /// Frames damaged or sent again in the call that began last.
  std::uint64_t line_errors() const;

 private:
  void count(LineTotals::Results& results, std::string_view result);

  LineTotals past_;  ///< calls that are over
  std::set<const Standing*> standing_;
  const Standing* newest_ = nullptr;  ///< if it stands
  std::uint64_t last_errors_ = 0;     ///< of the call that began last, if it is over
};

}  // namespace external::engine
