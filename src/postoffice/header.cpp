#include "utf8.h"

#include <external/mime/header.h>
#include <external/postoffice/header.h>

namespace external::postoffice {

namespace {

constexpr std::size_t longest_value = 1000;

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The name of a field, or nothing if the line is none.
std::string_view field_name(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  auto name = line.substr(0, colon);
  while (name.ends_with(' ') || name.ends_with('\t')) name.remove_suffix(1);
  for (const char c : name) {
    if (c <= ' ' || c > '~') return {};
  }
  return name;
}

mime::Header fields_of(std::string_view start) {
  return mime::Header(header_of(start).substr(0, header_limit));
}

}  // namespace

bool uses_crlf(std::string_view start) {
  const auto end = start.find('\n');
  return end != std::string_view::npos && end > 0 && start[end - 1] == '\r';
}

bool has_header(std::string_view start) {
  return !field_name(take_line(start)).empty();
}

std::string header_field(std::string_view start, std::string_view name) {
  const auto values = fields_of(start).values(name);
  if (values.empty()) return {};
  return printable(std::string_view(values.front()).substr(0, longest_value));
}

std::string header_text(std::string_view start, std::string_view name) {
  return printable(fields_of(start).text(name).substr(0, longest_value));
}

std::string_view header_of(std::string_view start) {
  auto rest = start;
  while (!rest.empty()) {
    if (take_line(rest).empty()) return start.substr(0, start.size() - rest.size());
  }
  return start;
}

}  // namespace external::postoffice
