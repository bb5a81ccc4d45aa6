#include "library.h"

#include <external/base/text.h>
#include <external/mime/header.h>

#include <algorithm>

namespace external::mime {

namespace {

/// What stands behind the colon; as it came, NULs too, which GMime's strings end at.
std::string value_of(std::string_view field) {
  std::string line(field.substr(std::min(field.find(':') + 1, field.size())));
  std::erase_if(line, [](char c) { return c == '\r' || c == '\n'; });
  return std::string(trim(line));
}

/// The end of the field that begins there, with the lines it is folded over.
std::size_t end_of_field(std::string_view block, std::size_t begin) {
  auto end = begin;
  do {
    const auto line_end = block.find('\n', end);
    if (line_end == std::string_view::npos) return block.size();
    end = line_end + 1;
  } while (end < block.size() && (block[end] == ' ' || block[end] == '\t'));
  return end;
}

/// Lines "From ..." and ">From ...", which mail readers and UUCP put before the header.
std::size_t size_of_from_lines(std::string_view block) {
  std::size_t size = 0;
  while (block.substr(size).starts_with("From ") || block.substr(size).starts_with(">From ")) {
    const auto end = block.find('\n', size);
    if (end == std::string_view::npos) return block.size();
    size = end + 1;
  }
  return size;
}

Object<GMimeMessage> read(std::string_view block) {
  const auto options = make_options();
  const Object<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(block.data(), block.size()));
  const Object<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  return Object<GMimeMessage>(g_mime_parser_construct_message(parser.get(), options.get()));
}

}  // namespace

Header::Header(std::string_view block) : block_(block) {
  const auto base = size_of_from_lines(block);
  if (base == block.size()) return;
  const auto message = read(block.substr(base));
  if (!message) return;
  add(g_mime_object_get_header_list(GMIME_OBJECT(message.get())), base);
  // Content-Type and the like belong to what is in the message, as GMime sees it.
  auto* const content = g_mime_message_get_mime_part(message.get());
  if (content != nullptr) add(g_mime_object_get_header_list(content), base);
  std::sort(fields_.begin(), fields_.end(), [](const Field& a, const Field& b) { return a.begin < b.begin; });
}

void Header::add(void* from, std::size_t base) {
  auto* const list = static_cast<GMimeHeaderList*>(from);
  for (int at = 0; at < g_mime_header_list_get_count(list); ++at) {
    auto* const header = g_mime_header_list_get_header_at(list, at);
    const auto offset = g_mime_header_get_offset(header);
    if (offset < 0) continue;  // of GMime's own making
    const char* const text = g_mime_header_get_value(header);
    Field field;
    field.name = g_mime_header_get_name(header);
    field.text = text != nullptr ? std::string(trim(text)) : "";
    field.begin = std::min(base + static_cast<std::size_t>(offset), block_.size());
    field.end = end_of_field(block_, field.begin);
    field.value = value_of(block_.substr(field.begin, field.end - field.begin));
    fields_.push_back(std::move(field));
  }
}

bool Header::has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const Field& field) { return equal_no_case(field.name, name); });
}

std::vector<std::string> Header::values(std::string_view name) const {
  std::vector<std::string> all;
  for (const auto& field : fields_) {
    if (equal_no_case(field.name, name)) all.push_back(field.value);
  }
  return all;
}

std::string Header::text(std::string_view name) const {
  for (const auto& field : fields_) {
    if (equal_no_case(field.name, name)) return field.text;
  }
  return {};
}

std::string Header::without(std::string_view name) const {
  std::string rest;
  std::size_t at = 0;
  for (const auto& field : fields_) {
    if (!equal_no_case(field.name, name) || field.begin < at) continue;
    rest += block_.substr(at, field.begin - at);
    at = field.end;
  }
  return rest + std::string(block_.substr(at));
}

}  // namespace external::mime
