#pragma once
// Wrong passwords, by the address they came from.

#include <external/base/clock.h>

#include <map>
#include <string>

namespace external::intake {

/// Who guesses passwords is not listened to for a while, on however many connections. On one thread.
class Guesses {
 public:
  static constexpr std::size_t most = 10;                ///< wrong ones ...
  static constexpr std::chrono::minutes memory{10};      ///< ... since the last pause of so long
  static constexpr std::size_t most_addresses = 10'000;  ///< that are remembered

  bool may(const std::string& address, TimePoint now) const;
  void wrong(const std::string& address, TimePoint now);
  void right(const std::string& address) { guesses_.erase(address); }

 private:
  struct Count {
    std::size_t wrong = 0;
    TimePoint last{};
  };

  void forget_old(TimePoint now);

  std::map<std::string, Count> guesses_;
};

}  // namespace external::intake
