#pragma once
// The messages in a Maildir, as their owner sees them.

#include <external/base/clock.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace external::engine {

/// Between the unique name of a message and its flags.
inline constexpr std::string_view info_mark = ":2,";

/// One message. Its file may be renamed at any time by programs that set flags; its name stays.
struct MailboxItem {
  std::string name;            ///< unique in its Maildir, without flags
  std::filesystem::path file;  ///< where it was when it was looked for
  std::string flags;           ///< letters, in their order: S is read
  std::uint64_t size = 0;
  WallTime arrived{};
  std::uint64_t number = 0;  ///< given by ItemNumbers; 0: none yet
  bool operator==(const MailboxItem&) const = default;
};

// Functions block on the disk, and throw std::filesystem::filesystem_error for trouble with it.

/// All in new/ and cur/, those that arrived first at the front. None if the folder is not there. Files whose
/// name cannot be said in a line are passed over.
std::vector<MailboxItem> items_in(const std::filesystem::path& maildir);

/// The same message where it is now; nothing if it is gone.
std::optional<MailboxItem> find_again(const std::filesystem::path& maildir, const MailboxItem& item);

/// `flags` with some added and some removed, in order and each once. Only letters of Maildirs are taken.
std::string change_flags(std::string_view flags, std::string_view added, std::string_view removed);

/// Gives the message these flags; false if it is not where it was: gone, or renamed by somebody else.
bool set_flags(const std::filesystem::path& maildir, const MailboxItem& item, const std::string& flags);

/// Makes renames and removals durable.
void sync_maildir(const std::filesystem::path& maildir);

}  // namespace external::engine
