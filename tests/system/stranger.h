#pragma once
// Somebody without an External at a telephone line: a person at a terminal, a fax, a wrong number.

#include "process.h"

#include <termios.h>

namespace external::test {

/// Holds one port of the exchange and talks to its modem.
class Stranger {
 public:
  explicit Stranger(const std::filesystem::path& port) {
    eventually([&] { return std::filesystem::exists(port); });
    port_.reset(::open(port.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    termios settings{};
    if (!port_ || ::tcgetattr(port_.get(), &settings) != 0)
      throw std::runtime_error("no port for the stranger");
    ::cfmakeraw(&settings);
    ::tcsetattr(port_.get(), TCSANOW, &settings);
  }

  /// All of it goes out, as fast as the line takes it.
  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      pollfd ready{port_.get(), POLLOUT, 0};
      ::poll(&ready, 1, 10'000);
      const auto count = ::write(port_.get(), bytes.data(), bytes.size());
      if (count < 0) throw std::runtime_error("the stranger's line takes nothing");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  /// Waits until `text` came over the line or from the modem.
  bool hears(const std::string& text) {
    return eventually([&] {
      char buffer[4096];
      for (;;) {
        const auto count = ::read(port_.get(), buffer, sizeof buffer);
        if (count <= 0) break;
        heard_.append(buffer, static_cast<std::size_t>(count));
      }
      return heard_.find(text) != std::string::npos;
    });
  }

  void forget() { heard_.clear(); }

  bool dials(const std::string& number) {
    say("ATD" + number + "\r");
    return hears("CONNECT");
  }

 private:
  Descriptor port_;
  std::string heard_;
};

}  // namespace external::test
