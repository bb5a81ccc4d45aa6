#include "mailbox_name.h"

#include <external/base/text.h>
#include <external/postoffice/address.h>
#include <external/unicode/name.h>
#include <external/unicode/utf8.h>

#include <algorithm>

namespace external::postoffice {

namespace {

constexpr std::size_t most_characters = 64;
constexpr std::size_t most_bytes = 255;  // of a name in a file system
constexpr std::string_view marks = ".#$&'*+-=?^_`{|}~";

bool is_ascii_character(char32_t c) {
  return c < 0x80;
}

bool all_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_mailbox_character(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         !is_ascii_character(c) || marks.find(static_cast<char>(c)) != std::string_view::npos;
}

void check_size(std::size_t characters, std::size_t bytes) {
  if (characters > most_characters)
    throw BadAddress("the mailbox has more than " + std::to_string(most_characters) + " characters");
  if (bytes > most_bytes)
    throw BadAddress("the mailbox has more than " + std::to_string(most_bytes) + " bytes");
}

void check_characters(std::u32string_view name) {
  if (name.find_first_of(U"%!") != std::u32string_view::npos) {
    throw BadAddress(
        "'%' and '!' in a mailbox stand for a way through other hosts, which is not taken; write "
        "mailbox@domain alone");
  }
  if (std::all_of(name.begin(), name.end(), is_mailbox_character)) return;
  throw BadAddress("the mailbox may have letters, digits and " + std::string(marks));
}

// A dot in front would hide the folder, a dash would make it look like an option, a bar like a program.
void check_ends(std::u32string_view name) {
  const char32_t first = name.front();
  if (first != '.' && first != '-' && first != '|' && name.back() != '.' &&
      name.find(U"..") == std::u32string_view::npos)
    return;
  throw BadAddress("the mailbox may have dots only between other characters, and no '-' or '|' in front");
}

std::u32string read(std::string_view text) {
  if (text.empty()) throw BadAddress("the mailbox is missing");
  // Before anything is made of it: whoever sends megabytes gets no more than this look.
  if (text.size() > most_characters * 4) check_size(text.size(), text.size());
  auto name = unicode::decode(text);
  if (!name) throw BadAddress("the mailbox has bytes that are no UTF-8");
  check_size(name->size(), text.size());
  check_characters(*name);
  check_ends(*name);
  const auto complaint = unicode::complaint_about(*name);
  if (!complaint.empty()) throw BadAddress("the mailbox " + complaint);
  return std::move(*name);
}

}  // namespace

std::string canonical_mailbox(std::string_view text) {
  const auto name = read(text);
  if (all_ascii(text)) return to_upper(text);
  const auto capitals = unicode::in_capitals(name);
  auto canonical = unicode::encode(capitals);
  check_size(capitals.size(), canonical.size());
  const auto again = read(canonical);
  // Else two mailboxes could look like one, or one be found by one of its spellings only.
  if (unicode::in_capitals(again) != capitals || unicode::in_capitals(unicode::folded(again)) != capitals)
    throw BadAddress("the mailbox reads differently in capitals and in small letters; write it another way");
  return canonical;
}

std::string lower_mailbox(std::string_view mailbox) {
  if (all_ascii(mailbox)) return to_lower(mailbox);
  const auto name = unicode::decode(mailbox);
  return name ? unicode::encode(unicode::folded(*name)) : std::string(mailbox);
}

void check_local_part(std::string_view text) {
  read(text);
}

std::string without_quotes(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  std::string plain;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') {
      if (at + 1 == text.size()) return plain;
      break;
    }
    if (text[at] == '\\') ++at;
    if (at < text.size()) plain += text[at];
  }
  throw BadAddress("the quotes around the mailbox do not end before the @");
}

}  // namespace external::postoffice
