#pragma once
// Two modems on an exchange, in virtual time.

#include "exchange.h"
#include "modem.h"
#include "virtual_time.h"

#include <external/base/text.h>

namespace external::phonenet::test {

/// A computer with its modem: what it is sent, and when each piece came.
class Desk {
 public:
  Desk(VirtualTime& time, Exchange& exchange, const std::string& number, const std::string& name,
       const LineSettings& settings, ModemOptions options = {})
      : time_(time),
        line(exchange.add(number, name, settings)),
        modem(time.agenda(), line, options,
              {.to_computer = [this](ByteView bytes) { hear(bytes); },
               .room_made =
                   [this] {
                     if (on_room) on_room();
                   },
               .purge = {}}) {
    line.plug_in(modem);
    modem.set_dtr(true);
  }

  void say(std::string_view text) { modem.receive(as_bytes(text)); }

  /// What was heard since the last question, control characters made visible.
  std::string heard() { return visible(std::exchange(text_, {})); }
  bool has_heard(std::string_view words) const { return text_.find(words) != std::string::npos; }

  std::function<void()> on_room;
  std::vector<std::pair<TimePoint, std::size_t>> arrivals;
  std::string text_;

 private:
  void hear(ByteView bytes) {
    text_ += as_text(bytes);
    arrivals.emplace_back(time_.now(), bytes.size());
  }

  VirtualTime& time_;

 public:
  Subscriber& line;
  Modem modem;
};

struct Network {
  explicit Network(LineSettings settings = {}, ExchangeOptions options = {}, std::uint64_t seed = 1)
      : exchange(time.agenda(), options, seed, [this](const std::string& text) { log += text + "\n"; }),
        north(time, exchange, "5550001", "north", settings),
        south(time, exchange, "555-0002", "south", settings) {
    for (Desk* desk : {&north, &south}) desk->say("ATE0\r");
    time.advance(std::chrono::seconds(1));
    forget();
  }

  /// North calls, south answers by itself; both are online and have said so.
  bool connect() {
    south.say("ATS0=1\r");
    time.advance(std::chrono::seconds(1));
    north.say("ATDT5550002\r");
    const bool up =
        time.run_until([this] { return north.has_heard("CONNECT") && south.has_heard("CONNECT"); },
                       std::chrono::seconds(30));
    forget();
    return up;
  }

  void forget() {
    for (Desk* desk : {&north, &south}) {
      desk->heard();
      desk->arrivals.clear();
    }
  }

  std::string log;
  VirtualTime time;
  Exchange exchange;
  Desk north;
  Desk south;
};

}  // namespace external::phonenet::test
