#pragma once
// Which entry of a list is chosen, and which part of the list is on the screen.

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace external::console {

/// The choice stays with its entry while the list changes; when the entry goes, with its place.
class Choice {
 public:
  /// The list as it is now, by names that stay.
  void update(std::vector<std::string> names) {
    names_ = std::move(names);
    const auto found = std::find(names_.begin(), names_.end(), name_);
    if (found != names_.end()) index_ = static_cast<std::size_t>(found - names_.begin());
    choose(index_);
  }

  /// Up or down by `steps`, no further than to an end.
  void move(int steps) {
    const auto wanted = static_cast<long long>(index_) + steps;
    choose(static_cast<std::size_t>(std::max(wanted, 0LL)));
  }

  void choose_first() { choose(0); }
  void choose_last() { choose(names_.size()); }

  /// The last one of another list, which the next update() brings.
  void choose_last_of_next() {
    name_.clear();
    index_ = std::numeric_limits<int>::max();
  }

  bool is_first() const { return index_ == 0; }
  bool is_last() const { return index_ + 1 >= names_.size(); }
  std::size_t index() const { return index_; }

  /// Empty if the list is.
  const std::string& name() const { return name_; }

  /// The first entry to show where `rows` fit, so that the chosen one is among them.
  std::size_t top(std::size_t rows) {
    if (rows == 0) return index_;
    if (index_ < top_) top_ = index_;
    if (index_ >= top_ + rows) top_ = index_ + 1 - rows;
    const std::size_t last_top = names_.size() > rows ? names_.size() - rows : 0;
    top_ = std::min(top_, last_top);
    return top_;
  }

 private:
  void choose(std::size_t index) {
    index_ = names_.empty() ? 0 : std::min(index, names_.size() - 1);
    name_ = names_.empty() ? std::string() : names_[index_];
  }

  std::vector<std::string> names_;
  std::string name_;
  std::size_t index_ = 0;
  std::size_t top_ = 0;
};

}  // namespace external::console
