#include "idle_input.h"

#include <external/base/text.h>

namespace external::modem {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 3 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// RING, and the distinctive ones: RING A, RING 2.
bool is_ring(std::string_view line) {
  return line == "2" || line == "RING" || line.starts_with("RING ");
}

bool is_connect(std::string_view line, bool numbers) {
  if (line.starts_with("CONNECT")) return true;
  if (!numbers || !is_number(line)) return false;
  const int code = std::stoi(std::string(line));
  return code == 1 || code == 5 || code >= 10;
}

/// As caller identification is written everywhere: NAME = value.
bool is_information(std::string_view line) {
  const auto equals = line.find('=');
  return equals != std::string_view::npos && equals > 0 && !line.starts_with("AT");
}

/// Late results of what was asked long ago. Not the numbers 8 and 9, which null modems use.
bool is_result(std::string_view line) {
  constexpr std::string_view results[] = {"OK",   "ERROR",     "NO CARRIER",  "NO DIALTONE", "NO DIAL TONE",
                                          "BUSY", "NO ANSWER", "NO CARRIER,", "0",           "3"};
  return std::find(std::begin(results), std::end(results), line) != std::end(results);
}

class Sorter {
 public:
  Sorter(std::string_view input, bool whole, bool numbers)
      : input_(input), whole_(whole), numbers_(numbers) {}

  IdleInput run() {
    while (at_ < input_.size() && sorted_.connect.empty()) take_line();
    return std::move(sorted_);
  }

 private:
  static bool is_end(char c) { return c == '\r' || c == '\n'; }

  void take_line() {
    const std::size_t begin = at_;
    while (at_ < input_.size() && is_end(input_[at_])) ++at_;
    const std::size_t text = at_;
    while (at_ < input_.size() && !is_end(input_[at_])) ++at_;
    if (text == at_) return;  // only line ends: they belong to no line
    const auto line = input_.substr(text, at_ - text);
    const bool ended = end_line(line);
    if (!ended && !whole_) {
      sorted_.unfinished = input_.substr(begin);
      at_ = input_.size();
      return;
    }
    sort(line, input_.substr(begin, at_ - begin));
  }

  /// Moves behind the end of the line. Numbers end in CR, words in CR LF.
  bool end_line(std::string_view line) {
    if (at_ == input_.size()) return false;
    const bool carriage_return = input_[at_] == '\r';
    ++at_;
    if (!carriage_return || is_number(line)) return true;
    if (at_ == input_.size()) return false;
    if (input_[at_] == '\n') ++at_;
    return true;
  }

  void sort(std::string_view line, std::string_view as_written) {
    if (is_ring(line)) {
      // What scripts know is the plain form.
      sorted_.ring = line == "2" ? "2\r" : "\r\nRING\r\n";
      if (line.starts_with("RING ")) sorted_.information.emplace_back(line);
    } else if (is_connect(line, numbers_)) {
      sorted_.connect = line;
      sorted_.session = input_.substr(at_);
    } else if (is_information(line)) {
      sorted_.information.emplace_back(line);
    } else if (!is_result(line)) {
      sorted_.other += as_written;
    }
  }

  std::string_view input_;
  bool whole_;
  bool numbers_;
  std::size_t at_ = 0;
  IdleInput sorted_;
};

}  // namespace

IdleInput sort_idle_input(std::string_view input, bool whole, bool numbers) {
  return Sorter(input, whole, numbers).run();
}

}  // namespace external::modem
