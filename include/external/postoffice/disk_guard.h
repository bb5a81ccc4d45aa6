#pragma once
// Whether the disk of the post office has room for more mail.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace external::postoffice {

/// Bytes that this user may still write below `folder`; nothing if that cannot be told.
using AskFreeSpace = std::function<std::optional<std::uint64_t>(const std::filesystem::path& folder)>;

/// Asks the system. Blocks as long as the file system does: not for the thread of the lines.
std::optional<std::uint64_t> free_space(const std::filesystem::path& folder);

/// Bytes. Settings have them as MinKDiskFull and MinKDiskNotFull, in KB of 1024 bytes.
struct DiskLimits {
  std::uint64_t full = 0;      ///< with less free than this the disk counts as full ...
  std::uint64_t not_full = 0;  ///< ... until so much is free; at least `full`
};

/// What begins every text that says that a disk is full and takes nothing, also when it is sent to other post
/// offices.
inline constexpr std::string_view disk_full_words = "Disk storage full";

/// Remembers whether the disk is full, so that a little room that comes and goes does not make it so each
/// time. Not for several threads.
class DiskGuard {
 public:
  /// Looks at once. `folder` is of the disk in question.
  DiskGuard(std::filesystem::path folder, DiskLimits limits, AskFreeSpace ask = free_space);

  /// Looks again; true if that changed full(). A disk that cannot be asked is not full: what is wrong with it
  /// is said by whoever uses it (Q123248).
  bool look();

  bool full() const { return full_; }

  /// As of the last look.
  std::optional<std::uint64_t> free() const { return free_; }

  /// Looks again. Empty if `bytes` more may come; else one line for a log, an answer to the peer or a reply
  /// to who submits (SMTP: 452). It begins with disk_full_words if full(); else there is only no room for so
  /// much, and less may come. `where` names the post office.
  std::string refusal(std::uint64_t bytes, const std::string& where);

  /// One line for the log: how it stands, what follows from that and what to do.
  std::string text() const;

  /// The limits and the room, for the log at the start.
  std::string settings_text() const;

 private:
  std::filesystem::path folder_;
  DiskLimits limits_;
  AskFreeSpace ask_;
  std::optional<std::uint64_t> free_;
  bool full_ = false;
};

}  // namespace external::postoffice
