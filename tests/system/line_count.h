#pragma once
// What calls put on the line beside the mail, counted by the exchange.

#include "end.h"

namespace external::test {

/// Bytes that nothing makes shorter, behind a header; the same for the same seed.
inline std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text = "Subject: " + std::to_string(seed) + "\n\n";
  while (text.size() < size) text += static_cast<char>(random());
  return text;
}

/// Counts what one end has put on the line since `start` was called, or since it was made.
class LineCount {
 public:
  LineCount(const Town& town, std::string name) : town_(town), name_(std::move(name)) { start(); }

  void start() { before_ = town_.bytes_sent(name_); }
  std::uint64_t bytes() const { return town_.bytes_sent(name_) - before_; }
  bool eventually_reaches(std::uint64_t goal) const {
    return eventually([&] { return bytes() >= goal; });
  }

 private:
  const Town& town_;
  std::string name_;
  std::uint64_t before_ = 0;
};

}  // namespace external::test
