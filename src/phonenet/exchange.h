#pragma once
// The telephone exchange: numbers, rings, calls.

#include "agenda.h"
#include "call.h"
#include "subscriber.h"

namespace external::phonenet {

struct ExchangeOptions {
  Duration setup_delay = std::chrono::seconds(1);  ///< from the last digit to the first ring
  Duration ring_interval = std::chrono::seconds(6);
  unsigned rings = 8;  ///< then the caller hears that nobody answers
  unsigned phantom_rings = 3;
  Duration connect_time = std::chrono::seconds(1);  ///< from the answer to the carrier
  Duration quantum = std::chrono::milliseconds(5);  ///< bytes are handed over in bursts no longer than this
  std::size_t buffer = 1024;                        ///< bytes a modem holds in front of the line
};

class Exchange {
 public:
  using Log = std::function<void(const std::string&)>;

  /// `log` gets one line per event, as "NAME: what happened". `seed` makes bit errors repeatable.
  Exchange(Agenda& agenda, ExchangeOptions options, std::uint64_t seed, Log log = {});
  ~Exchange();

  /// A new line. `number` is compared by its digits, and must be new. The reference stays good.
  Subscriber& add(const std::string& number, const std::string& name, const LineSettings& settings);

  const ExchangeOptions& options() const { return options_; }

  /// Bytes queued in front of a line of this rate before its modem stops the computer: the option, but at
  /// least what the line sends in 40 ms, so that fast lines do not run dry.
  std::size_t buffer(unsigned rate) const;

 private:
  friend class Call;
  friend class Subscriber;

  void route(Subscriber& caller, const std::string& digits);
  void log(const std::string& text) const;
  void sweep_soon() { sweep_.start_in({}); }

  Agenda& agenda_;
  const ExchangeOptions options_;
  const std::uint64_t seed_;
  Log log_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::vector<std::unique_ptr<Call>> calls_;
  Timer sweep_;
};

}  // namespace external::phonenet
