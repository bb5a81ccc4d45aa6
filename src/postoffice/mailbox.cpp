#include <external/base/text.h>
#include <external/postoffice/address.h>
#include <external/postoffice/mailbox.h>

#include <algorithm>

namespace external::postoffice {

namespace fs = std::filesystem;

namespace {

bool is_mailbox(const fs::directory_entry& entry) {
  std::error_code error;
  if (!fs::is_directory(entry.path() / "new", error)) return false;
  try {
    parse_mailbox(entry.path().filename().string());
    return true;
  } catch (const BadAddress&) {
    return false;
  }
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
  parse_mailbox(name);
  // The usual spellings first, so that a delivery need not read the whole folder.
  for (const auto& spelling : {std::string(name), to_upper(name), to_lower(name)}) {
    std::error_code error;
    if (fs::is_directory(folder_ / spelling / "new", error)) return folder_ / spelling;
  }
  for (const auto& other : list()) {
    if (equal_no_case(other, name)) return folder_ / other;
  }
  if (!equal_no_case(name, postmaster)) return std::nullopt;
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
  if (equal_no_case(name, postmaster)) return Removed::needed;
  const auto maildir = find(name);
  if (!maildir) return Removed::unknown;
  if (!with_mail && has_mail(*maildir)) return Removed::not_empty;
  std::error_code error;
  fs::remove_all(*maildir, error);
  if (error)
    throw DeliveryError("cannot remove " + maildir->string() + ": " + error.message(), error.value());
  return Removed::yes;
}

}  // namespace external::postoffice
