#pragma once
// Sets of numbers, mostly of neighbours: the items of a mailbox.

#include <cstddef>
#include <cstdint>
#include <map>

namespace external::session {

/// Kept as runs, so that a mailbox of which all is known takes one, however large. A value.
class NumberSet {
 public:
  /// Numbers are below this; larger ones are not taken.
  static constexpr std::uint64_t limit = std::uint64_t{1} << 48;

  void add(std::uint64_t number) { add(number, number); }
  void add(std::uint64_t first, std::uint64_t last);

  bool contains(std::uint64_t number) const;
  bool empty() const { return runs_.empty(); }

  /// How many numbers are in it.
  std::uint64_t size() const;

  /// First number of each run, and the last.
  const std::map<std::uint64_t, std::uint64_t>& runs() const { return runs_; }

  bool operator==(const NumberSet&) const = default;

 private:
  std::map<std::uint64_t, std::uint64_t> runs_;
};

}  // namespace external::session
