#include "mailbox_name.h"

#include <external/postoffice/address.h>
#include <external/postoffice/mailbox.h>

#include <algorithm>

namespace external::postoffice {

namespace fs = std::filesystem;

namespace {

/// The name as addresses have it, if it is one.
std::optional<std::string> canonical(const std::string& folder) {
  try {
    return parse_mailbox(folder);
  } catch (const BadAddress&) {
    return std::nullopt;
  }
}

bool is_mailbox(const fs::directory_entry& entry) {
  std::error_code error;
  return fs::is_directory(entry.path() / "new", error) && canonical(entry.path().filename().string());
}

bool has_mail(const fs::path& maildir) {
  std::error_code error;
  for (const auto* part : {"new", "cur"}) {
    const fs::directory_iterator entry(maildir / part, error);
    if (error || entry != fs::directory_iterator()) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> Mailboxes::list() const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    if (is_mailbox(*entry)) names.push_back(entry->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw DeliveryError("cannot read " + folder_.string() + ": " + error.message(), error.value());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<fs::path> Mailboxes::find(std::string_view name) const {
  const auto wanted = parse_mailbox(name);
  // The usual spellings first, so that a delivery need not read the whole folder.
  for (const auto& spelling : {std::string(name), wanted, lower_mailbox(wanted)}) {
    std::error_code error;
    if (fs::is_directory(folder_ / spelling / "new", error)) return folder_ / spelling;
  }
  for (const auto& other : list()) {
    if (canonical(other) == wanted) return folder_ / other;
  }
  if (wanted != postmaster) return std::nullopt;
  Maildir(folder_ / postmaster).create();
  return folder_ / postmaster;
}

bool Mailboxes::add(std::string_view name) const {
  const auto there = find(name);
  // Who made it may have been killed before it was durable.
  Maildir(there.value_or(folder_ / std::string(name))).create();
  return !there;
}

Mailboxes::Removed Mailboxes::remove(std::string_view name, bool with_mail) const {
  const auto maildir = find(name);
  if (parse_mailbox(name) == postmaster) return Removed::needed;
  if (!maildir) return Removed::unknown;
  if (!with_mail && has_mail(*maildir)) return Removed::not_empty;
  std::error_code error;
  fs::remove_all(*maildir, error);
  if (error)
    throw DeliveryError("cannot remove " + maildir->string() + ": " + error.message(), error.value());
  return Removed::yes;
}

}  // namespace external::postoffice
