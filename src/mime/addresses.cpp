#include "library.h"

#include <external/base/text.h>
#include <external/mime/addresses.h>

#include <algorithm>
#include <cstring>

namespace external::mime {

namespace {

/// GMime calls itself for each group in a group, and a stack has an end; nobody nests groups at all.
constexpr std::ptrdiff_t most_groups = 500;

/// Lists between semicolons; each is read again from there.
constexpr std::size_t most_parts = 1000;

/// What GMime complains about while it reads a list.
struct Complaints {
  bool any = false;
  const char* semicolon = nullptr;  ///< where it stopped, if at one
};

void complain(gint64, GMimeParserWarning, const char* where, void* complaints) {
  auto& all = *static_cast<Complaints*>(complaints);
  all.any = true;
  if (where != nullptr && *where == ';') all.semicolon = where;
}

void add(InternetAddressList* list, std::vector<std::string>& found) {
  for (int at = 0; at < internet_address_list_length(list); ++at) {
    auto* const one = internet_address_list_get_address(list, at);
    if (INTERNET_ADDRESS_IS_GROUP(one)) {
      add(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)), found);
    } else {
      found.emplace_back(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one)));
    }
  }
}

}  // namespace

Addresses addresses_in(std::string_view list) {
  Addresses addresses;
  if (std::count(list.begin(), list.end(), ':') > most_groups) return {{}, false};
  if (list.find('\0') != std::string_view::npos) addresses.complete = false;
  const auto options = make_options();
  const std::string text(list.substr(0, list.find('\0')));
  const char* rest = text.c_str();
  for (std::size_t part = 0; rest != nullptr; ++part) {
    rest += std::strspn(rest, " \t\r\n,;");
    if (*rest == '\0') return addresses;
    if (part == most_parts) break;
    Complaints complaints;
    g_mime_parser_options_set_warning_callback(options.get(), complain, &complaints);
    const Object<InternetAddressList> read(internet_address_list_parse(options.get(), rest));
    if (read) add(read.get(), addresses.found);
    if ((complaints.any || !read) && complaints.semicolon == nullptr) break;
    rest = complaints.semicolon;
    if (rest == nullptr) return addresses;
  }
  addresses.complete = false;
  return addresses;
}

std::string named_address(const std::string& name, const std::string& address) {
  if (name.empty()) return "<" + address + ">";
  const auto options = make_options();  // GMime is ready then
  const Object<InternetAddress> mailbox(internet_address_mailbox_new(name.c_str(), address.c_str()));
  internet_address_set_charset(mailbox.get(), "utf-8");
  const Text text(internet_address_to_string(mailbox.get(), nullptr, 1));
  return text.get();
}

}  // namespace external::mime
