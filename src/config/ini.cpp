#include "encoding.h"

#include <external/base/text.h>
#include <external/config/ini.h>

namespace external::config {

namespace {

bool is_comment_mark(char c) {
  return c == ';' || c == '#';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_empty_or_comment(std::string_view text) {
  text = trim(text);
  return text.empty() || is_comment_mark(text.front());
}

// A comment needs a blank before it, because telephone numbers and file names hold '#' and ';' too.
std::string_view without_comment(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_comment_mark(text[at]) && (at == 0 || is_blank(text[at - 1]))) return text.substr(0, at);
  }
  return text;
}

class Reader {
 public:
  Reader(const std::string& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

  void read_line(std::string_view line) {
    ++line_;
    line = trim(line);
    if (is_empty_or_comment(line)) return;
    if (line.front() == '[') return read_heading(line);
    read_entry(line);
  }

  std::vector<IniSection> take() { return std::move(sections_); }

 private:
  void complain(std::string text) { diagnostics_.push_back({source_, line_, std::move(text)}); }

  void read_heading(std::string_view line) {
    // Entries after a broken heading must not fall to the section before it.
    sections_.push_back({"", line_, {}});
    skipping_ = true;
    const auto end = line.find(']');
    if (end == std::string_view::npos) return complain("the section name has no closing ']'");
    if (!is_empty_or_comment(line.substr(end + 1))) return complain("only a comment may follow the ']'");
    const auto name = trim(line.substr(1, end - 1));
    if (name.empty()) return complain("the section has no name; write [External]");
    sections_.back().name = name;
    skipping_ = false;
  }

  void read_entry(std::string_view line) {
    if (sections_.empty()) {
      complain("this stands before any section; write [External] above it");
      sections_.push_back({"", line_, {}});
      skipping_ = true;
    }
    if (skipping_) return;
    const auto equals = line.find('=');
    // In `Flag ; and = in a comment` the sign belongs to the comment.
    const auto bare = trim(without_comment(line));
    if (equals == std::string_view::npos || equals >= bare.size()) return add(bare, "yes");
    const auto name = trim(line.substr(0, equals));
    if (name.empty()) return complain("there is no name before the '='");
    const auto rest = line.substr(equals + 1);
    const auto start = trim(rest);
    if (start.starts_with('"')) return read_quoted(name, start.substr(1));
    add(name, std::string(trim(without_comment(rest))));
  }

  void read_quoted(std::string_view name, std::string_view text) {
    std::string value;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] != '"') {
        value += text[at];
      } else if (text.substr(at + 1).starts_with('"')) {
        value += '"';
        ++at;
      } else {
        if (!is_empty_or_comment(text.substr(at + 1))) {
          return complain(
              "only a comment may follow the closing quote; write \"\" for a quote inside a value");
        }
        return add(name, std::move(value));
      }
    }
    complain("the value has no closing quote");
  }

  void add(std::string_view name, std::string value) {
    sections_.back().entries.push_back({std::string(name), std::move(value), line_});
  }

  const std::string& source_;
  Diagnostics& diagnostics_;
  std::vector<IniSection> sections_;
  int line_ = 0;
  bool skipping_ = false;  // inside a section whose heading could not be read
};

}  // namespace

std::vector<IniSection> read_ini(std::string_view text, const std::string& source, Diagnostics& diagnostics) {
  const auto readable = to_utf8(text);
  if (!readable) {
    diagnostics.push_back({source, 0, "not a text in UTF-8; save it as UTF-8"});
    return {};
  }
  Reader reader(source, diagnostics);
  for (const auto& line : split(*readable, '\n')) reader.read_line(line);
  auto sections = reader.take();
  std::erase_if(sections, [](const IniSection& section) { return section.name.empty(); });
  return sections;
}

}  // namespace external::config
