#include "pages.h"
#include "tables.h"

#include <external/base/text.h>
#include <external/log/messages.h>

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace external::log {

namespace {

const std::string& cell(const PageTable& table, const std::vector<std::string>& row, std::string_view name) {
  const auto column = table.column(name);
  if (!column) throw std::runtime_error("a table lacks its column " + std::string(name));
  return row[*column];
}

std::string only_quoted(const std::string& cell) {
  const auto names = quoted(cell);
  if (names.size() != 1) throw std::runtime_error("one name in backticks is wanted: " + cell);
  return names.front();
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 15 && text.find_first_not_of("0123456789") == std::string::npos;
}

// "5" and "[005]" are "005".
std::string code_name(std::string_view name) {
  name = trim(name);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  auto text = to_upper(trim(name));
  if (is_number(text) && text.size() < 3) text.insert(0, 3 - text.size(), '0');
  return text;
}

}  // namespace

Messages::Messages() : Messages(session_log_page(), codes_page()) {}

Messages::Messages(std::string_view session_log_page, std::string_view codes_page) {
  for (const auto& table : tables_of(session_log_page)) {
    if (table.head.front() == "line") read_messages(table);
    if (table.head.front() == "reason") read_reasons(table);
  }
  for (const auto& table : tables_of(codes_page)) {
    if (table.column("meaning") && table.column("what to do")) read_codes(table);
  }
}

void Messages::read_messages(const PageTable& table) {
  for (const auto& row : table.rows) {
    Message message;
    message.patterns = quoted(cell(table, row, "line"));
    message.code = only_quoted(cell(table, row, "code"));
    const auto level = log::level_of(cell(table, row, "level"));
    if (!level || message.patterns.empty()) throw std::runtime_error("not a kind of line: " + row.front());
    message.level = *level;
    message.meaning = plain(cell(table, row, "meaning"));
    message.cure = plain(cell(table, row, "what to do"));
    for (const auto& pattern : message.patterns) patterns_.push_back(compile(pattern, messages_.size()));
    messages_.push_back(std::move(message));
  }
}

void Messages::read_reasons(const PageTable& table) {
  for (const auto& row : table.rows) {
    Code reason;
    reason.names = quoted(cell(table, row, "reason"));
    reason.title = "reason";
    reason.meaning = plain(cell(table, row, "meaning"));
    reason.cure = plain(cell(table, row, "what to do"));
    for (const auto& pattern : reason.names) reason_patterns_.push_back(compile(pattern, reasons_.size()));
    reasons_.push_back(std::move(reason));
  }
}

void Messages::read_codes(const PageTable& table) {
  for (const auto& row : table.rows) {
    Code code;
    code.names = quoted(row.front());
    code.title = table.head.front();
    code.meaning = plain(cell(table, row, "meaning"));
    code.cure = plain(cell(table, row, "what to do"));
    if (code.names.empty()) throw std::runtime_error("a code without a name: " + row.front());
    codes_.push_back(std::move(code));
  }
}

Messages::Pattern Messages::compile(const std::string& text, std::size_t owner) {
  Pattern pattern;
  pattern.text = text;
  pattern.owner = owner;
  pattern.literals.emplace_back();
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find('>');
    const auto name = rest.starts_with('<') && end != std::string_view::npos ? rest.substr(1, end - 1) : "";
    if (!name.empty() && name.find('<') == std::string_view::npos) {
      pattern.fields.emplace_back(name);
      std::ranges::replace(pattern.fields.back(), ' ', '_');
      pattern.literals.emplace_back();
      rest.remove_prefix(end + 1);
    } else if (rest.starts_with("...") && (rest.size() == 3 || rest.size() == text.size())) {
      pattern.fields.emplace_back();
      pattern.literals.emplace_back();
      rest.remove_prefix(3);
    } else {
      pattern.literals.back() += rest.front();
      rest.remove_prefix(1);
      ++pattern.weight;
    }
  }
  return pattern;
}

// Each gap is as short as it can be, but for the last, which reaches to the end that is given.
std::optional<Messages::Fields> Messages::fit(const Pattern& pattern, std::string_view text) {
  if (!text.starts_with(pattern.literals.front())) return std::nullopt;
  text.remove_prefix(pattern.literals.front().size());
  Fields fields;
  for (std::size_t gap = 0; gap < pattern.fields.size(); ++gap) {
    const auto& literal = pattern.literals[gap + 1];
    const bool last = gap + 1 == pattern.fields.size();
    std::size_t end = last ? text.size() - std::min(text.size(), literal.size()) : text.find(literal);
    if (end == std::string_view::npos || text.substr(end, literal.size()) != literal) return std::nullopt;
    const auto& name = pattern.fields[gap];
    if (end == 0 && !name.empty()) return std::nullopt;
    if (!name.empty()) fields.emplace_back(name, text.substr(0, end));
    text.remove_prefix(end + literal.size());
  }
  if (!text.empty()) return std::nullopt;
  return fields;
}

const Messages::Pattern* Messages::best(const std::vector<Pattern>& patterns, std::string_view text) {
  const Pattern* found = nullptr;
  for (const auto& pattern : patterns) {
    if (found != nullptr && found->weight >= pattern.weight) continue;
    if (fit(pattern, text)) found = &pattern;
  }
  return found;
}

std::optional<KnownLine> Messages::find(std::string_view text) const {
  const auto* pattern = best(patterns_, text);
  if (pattern == nullptr) return std::nullopt;
  return KnownLine{&messages_[pattern->owner], pattern->text, *fit(*pattern, text)};
}

Level Messages::level_of(std::string_view text) const {
  const auto* pattern = best(patterns_, text);
  return pattern == nullptr ? Level::info : messages_[pattern->owner].level;
}

std::optional<Code> Messages::reason(std::string_view text) const {
  const auto* pattern = best(reason_patterns_, text);
  if (pattern == nullptr) return std::nullopt;
  return reasons_[pattern->owner];
}

std::vector<Code> Messages::codes(std::string_view name) const {
  const auto wanted = code_name(name);
  std::vector<Code> found;
  for (const auto& code : codes_) {
    if (std::ranges::any_of(code.names, [&](const auto& one) { return code_name(one) == wanted; }))
      found.push_back(code);
  }
  return found;
}

std::string format_json(const Entry& entry, const Messages& messages) {
  const auto text = visible(entry.text);
  const auto known = messages.find(text);
  boost::json::object object;
  object["time"] = format_iso_time(entry.when);
  if (!entry.instance.empty()) object["instance"] = visible(entry.instance);
  if (!entry.call.empty()) object["call"] = entry.call;
  object["level"] = name_of(known ? known->message->level : Level::info);
  if (known) object["code"] = known->message->code;
  object["text"] = text;
  if (!known) return boost::json::serialize(object);
  for (const auto& [name, value] : known->fields) {
    if (object.contains(name)) continue;
    if (is_number(value)) {
      object[name] = std::stoll(value);
    } else {
      object[name] = value;
    }
  }
  return boost::json::serialize(object);
}

}  // namespace external::log
