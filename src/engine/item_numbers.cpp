#include "item_numbers.h"

#include <external/base/replace_file.h>
#include <external/session/number_set.h>

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <random>
#include <system_error>

namespace external::engine {

namespace {

std::uint64_t new_series() {
  std::random_device chance;
  std::uniform_int_distribution<std::uint64_t> any(1, session::NumberSet::limit - 1);
  return any(chance);
}

/// A number of 1 and more, and what follows the blank behind it.
std::optional<std::pair<std::uint64_t, std::string>> numbered(const std::string& line) {
  std::uint64_t number = 0;
  const auto end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data(), end, number);
  if (error != std::errc() || rest == end || *rest != ' ' || number == 0) return std::nullopt;
  if (number >= session::NumberSet::limit) return std::nullopt;
  return std::pair(number, std::string(rest + 1, end));
}

}  // namespace

ItemNumbers::ItemNumbers(const std::filesystem::path& maildir) : file_(maildir / "external-numbers") {
  read();
  if (series_ != 0) return;
  numbers_.clear();
  next_ = 1;
  series_ = new_series();
}

/// The first line has the series and the word series, the second the next number, the others those given. A
/// damaged file is as good as none: nothing is lost but that mail is offered again, and recognised.
void ItemNumbers::read() {
  std::ifstream in(file_);
  if (!in && errno != ENOENT) throw std::system_error(errno, std::generic_category(), file_.string());
  std::string line;
  if (!std::getline(in, line)) return;
  const auto series = numbered(line);
  if (!series || series->second != "series" || !std::getline(in, line)) return;
  const auto next = numbered(line);
  if (!next || next->second != "next") return;
  while (std::getline(in, line)) {
    auto one = numbered(line);
    if (!one || one->first >= next->first) return;
    numbers_.emplace(std::move(one->second), one->first);
  }
  next_ = next->first;
  series_ = series->first;
}

void ItemNumbers::number(std::vector<MailboxItem>& items) {
  std::map<std::string, std::uint64_t> now;
  bool changed = items.size() != numbers_.size() || numbers_.empty();
  for (auto& item : items) {
    const auto known = numbers_.find(item.name);
    changed = changed || known == numbers_.end();
    item.number = known != numbers_.end() ? known->second : next_++;
    now.emplace(item.name, item.number);
  }
  numbers_ = std::move(now);
  if (changed) replace_file(file_, text());
}

std::string ItemNumbers::text() const {
  auto text = fmt::format("{} series\n{} next\n", series_, next_);
  for (const auto& [name, number] : numbers_) text += fmt::format("{} {}\n", number, name);
  return text;
}

}  // namespace external::engine
