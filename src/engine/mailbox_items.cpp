#include <external/base/descriptor.h>
#include <external/engine/mailbox_items.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>

namespace external::engine {

namespace fs = std::filesystem;

namespace {

/// Of Maildirs: passed on, replied, seen, trashed, draft, flagged. Others belong to the programs of one end.
constexpr std::string_view known_flags = "DFPRST";

bool can_be_said(const std::string& name) {
  return !name.empty() && name.front() != '.' &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 127; });
}

std::optional<MailboxItem> item_at(const fs::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  MailboxItem item;
  const auto whole = file.filename().string();
  const auto colon = whole.find(':');
  item.name = whole.substr(0, colon);
  if (!can_be_said(whole)) return std::nullopt;
  const auto info = whole.find(info_mark);
  if (info != std::string::npos) item.flags = change_flags({}, whole.substr(info + info_mark.size()), {});
  item.file = file;
  item.size = static_cast<std::uint64_t>(status.st_size);
  item.arrived =
      WallTime(std::chrono::seconds(status.st_mtim.tv_sec)) +
      std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(status.st_mtim.tv_nsec));
  return item;
}

template <class Take>
void each_file(const fs::path& folder, Take take) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) take(entry->path());
  if (error) throw fs::filesystem_error("cannot read", folder, error);
}

}  // namespace

std::vector<MailboxItem> items_in(const fs::path& maildir) {
  std::vector<MailboxItem> items;
  std::set<std::string> known;
  // cur/ last: what is moved there meanwhile is not missed, but may be met twice.
  for (const auto* part : {"new", "cur"}) {
    each_file(maildir / part, [&](const fs::path& file) {
      auto item = item_at(file);
      if (item && known.insert(item->name).second) items.push_back(std::move(*item));
    });
  }
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
    return std::tie(a.arrived, a.name) < std::tie(b.arrived, b.name);
  });
  return items;
}

std::optional<MailboxItem> find_again(const fs::path& maildir, const MailboxItem& item) {
  std::optional<MailboxItem> found;
  for (const auto* part : {"new", "cur"}) {
    each_file(maildir / part, [&](const fs::path& file) {
      const auto name = file.filename().string();
      if (found || !name.starts_with(item.name) || name.substr(0, name.find(':')) != item.name) return;
      found = item_at(file);
    });
  }
  if (found) found->number = item.number;
  return found;
}

std::string change_flags(std::string_view flags, std::string_view added, std::string_view removed) {
  std::string result;
  for (const char flag : known_flags) {
    const bool here =
        flags.find(flag) != std::string_view::npos || added.find(flag) != std::string_view::npos;
    if (here && removed.find(flag) == std::string_view::npos) result += flag;
  }
  return result;
}

bool set_flags(const fs::path& maildir, const MailboxItem& item, const std::string& flags) {
  const auto place = maildir / "cur" / (item.name + std::string(info_mark) + flags);
  if (place == item.file) return true;
  std::error_code error;
  fs::rename(item.file, place, error);
  if (error == std::errc::no_such_file_or_directory) return false;
  if (error) throw fs::filesystem_error("cannot rename", item.file, place, error);
  return true;
}

void sync_maildir(const fs::path& maildir) {
  for (const auto* part : {"new", "cur"}) {
    const auto folder = maildir / part;
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor || ::fsync(descriptor.get()) != 0)
      throw fs::filesystem_error("cannot write", folder, std::error_code(errno, std::generic_category()));
  }
}

}  // namespace external::engine
