#include "header_fields.h"

#include <external/base/text.h>

namespace external::commands {

namespace {

// The next field with its folded lines and line ends, taken off `header`.
std::string_view take_field(std::string_view& header) {
  std::size_t end = 0;
  do {
    const auto line_end = header.find('\n', end);
    end = line_end == std::string_view::npos ? header.size() : line_end + 1;
  } while (end < header.size() && (header[end] == ' ' || header[end] == '\t'));
  const auto field = header.substr(0, end);
  header.remove_prefix(end);
  return field;
}

bool has_name(std::string_view field, std::string_view name) {
  return equal_no_case(trim(field.substr(0, field.find(':'))), name) &&
         field.find(':') != std::string_view::npos;
}

class AddressList {
 public:
  explicit AddressList(std::string_view text) : text_(text) {}

  std::vector<std::string> read() {
    while (!text_.empty()) step();
    finish();
    return std::move(found_);
  }

 private:
  void step() {
    const char c = text_.front();
    text_.remove_prefix(1);
    switch (c) {
      case '"':
        return quoted();
      case '(':
        return comment();
      case '<':
        return angle();
      case ',':
      case ';':
        return finish();
      case ':':
        return words_.clear();  // it was the name of a group
      default:
        words_ += c;
    }
  }

  // A quoted part belongs to a name, or is a mailbox with unusual characters.
  void quoted() {
    while (!text_.empty() && text_.front() != '"') {
      if (text_.front() == '\\' && text_.size() > 1) text_.remove_prefix(1);
      words_ += text_.front();
      text_.remove_prefix(1);
    }
    if (!text_.empty()) text_.remove_prefix(1);
  }

  void comment() {
    for (int depth = 1; depth > 0 && !text_.empty(); text_.remove_prefix(1)) {
      if (text_.front() == '\\' && text_.size() > 1) {
        text_.remove_prefix(1);
      } else if (text_.front() == '(') {
        ++depth;
      } else if (text_.front() == ')') {
        --depth;
      }
    }
  }

  void angle() {
    const auto end = text_.find('>');
    angle_ = std::string(trim(text_.substr(0, end)));
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
  }

  void finish() {
    const auto address = angle_.empty() ? std::string(trim(words_)) : angle_;
    if (!address.empty()) found_.push_back(address);
    words_.clear();
    angle_.clear();
  }

  std::string_view text_;
  std::string words_;
  std::string angle_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> addresses_in(std::string_view list) {
  return AddressList(list).read();
}

std::vector<std::string> field_values(std::string_view header, std::string_view name) {
  std::vector<std::string> values;
  while (!header.empty()) {
    const auto field = take_field(header);
    if (!has_name(field, name)) continue;
    std::string value;
    for (const char c : field.substr(field.find(':') + 1)) {
      if (c != '\r' && c != '\n') value += c;
    }
    values.emplace_back(trim(value));
  }
  return values;
}

std::string without_field(std::string_view header, std::string_view name) {
  std::string rest;
  while (!header.empty()) {
    const auto field = take_field(header);
    if (!has_name(field, name)) rest += field;
  }
  return rest;
}

}  // namespace external::commands
