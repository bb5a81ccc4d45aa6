#pragma once
// The books of a soak: what was accepted, and what became of it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace external::soak {

/// Kept small: a day has thousands, and memory is measured.
struct Letter {
  std::uint32_t size = 0;
  std::uint8_t recipients = 1;
  std::uint8_t delivered = 0;
  std::uint8_t returned = 0;
  bool damaged = false;
};

class Letters {
 public:
  explicit Letters(std::size_t most) { all_.reserve(most); }

  /// Begins the next one; its number.
  unsigned add(std::size_t size, unsigned recipients) {
    all_.push_back({static_cast<std::uint32_t>(size), static_cast<std::uint8_t>(recipients)});
    return static_cast<unsigned>(all_.size() - 1);
  }

  static std::string text(unsigned number, std::size_t size) {
    std::mt19937 random(number);
    std::string text = mark + std::to_string(number) + "\n\n";
    while (text.size() < size) text += text.size() % 77 == 76 ? '\n' : static_cast<char>('!' + random() % 94);
    return text;
  }

  /// A file in a mailbox for mail.
  void came(const std::string& file) {
    auto* letter = find(file);
    if (letter == nullptr) return;
    ++letter->delivered;
    const auto number = static_cast<unsigned>(letter - all_.data());
    letter->damaged = letter->damaged || !file.ends_with(text(number, letter->size));
  }

  /// A file in a mailbox for notices.
  void came_back(const std::string& file) {
    if (auto* letter = find(file)) ++letter->returned;
  }

  struct Sums {
    std::uint64_t accepted = 0;  ///< recipients, like those that follow
    std::uint64_t delivered = 0;
    std::uint64_t returned = 0;
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
    std::uint64_t damaged = 0;  ///< messages
    std::uint64_t from_nowhere = 0;
  };

  Sums sums() const {
    Sums sums;
    for (const auto& letter : all_) {
      const unsigned ended = letter.delivered + letter.returned;
      sums.accepted += letter.recipients;
      sums.delivered += letter.delivered;
      sums.returned += letter.returned;
      if (ended < letter.recipients) sums.lost += letter.recipients - ended;
      if (ended > letter.recipients) sums.doubled += ended - letter.recipients;
      sums.damaged += letter.damaged ? 1 : 0;
    }
    sums.from_nowhere = from_nowhere_;
    return sums;
  }

  std::size_t size() const { return all_.size(); }

  /// Every recipient has got the letter, as it was sent and once, or its sender a notice.
  void expect_in_order() const {
    const auto all = sums();
    EXPECT_EQ(all.lost, 0u) << bad();
    EXPECT_EQ(all.doubled, 0u) << bad();
    EXPECT_EQ(all.damaged, 0u) << bad();
    EXPECT_EQ(all.from_nowhere, 0u);
    EXPECT_GT(all.delivered, 0u);
  }

  /// A line of a table.
  std::string text_of_sums() const {
    const auto all = sums();
    return fmt::format(
        "  messages {}, recipients {}: delivered {}, returned {}, lost {}, doubled {}, damaged {}\n", size(),
        all.accepted, all.delivered, all.returned, all.lost, all.doubled, all.damaged);
  }

 private:
  static inline const std::string mark = "Subject: soak ";

  /// Numbers of those that have not ended well, the first few.
  std::string bad() const {
    std::string text;
    int left = 20;
    for (unsigned number = 0; number < all_.size() && left > 0; ++number) {
      const auto& letter = all_[number];
      if (letter.delivered + letter.returned == letter.recipients && !letter.damaged) continue;
      --left;
      text += "letter " + std::to_string(number) + " of " + std::to_string(letter.recipients) +
              " recipients: delivered " + std::to_string(letter.delivered) + ", returned " +
              std::to_string(letter.returned) + (letter.damaged ? ", damaged" : "") + "\n";
    }
    return text;
  }

  Letter* find(const std::string& file) {
    const auto at = file.find(mark);
    const auto number = at == std::string::npos ? all_.size() : std::stoul(file.substr(at + mark.size(), 10));
    if (number < all_.size()) return &all_[number];
    ++from_nowhere_;
    return nullptr;
  }

  std::vector<Letter> all_;
  std::uint64_t from_nowhere_ = 0;
};

}  // namespace external::soak
