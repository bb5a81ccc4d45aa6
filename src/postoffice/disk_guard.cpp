#include <external/base/text.h>
#include <external/postoffice/disk_guard.h>

#include <algorithm>
#include <utility>

#include <sys/statvfs.h>

namespace external::postoffice {

namespace {

std::string kilobytes(std::uint64_t bytes) {
  return with_commas(bytes / 1024) + " KB";
}

}  // namespace

std::optional<std::uint64_t> free_space(const std::filesystem::path& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(disk.f_bavail) * static_cast<std::uint64_t>(disk.f_frsize);
}

DiskGuard::DiskGuard(std::filesystem::path folder, DiskLimits limits, AskFreeSpace ask)
    : folder_(std::move(folder)),
      limits_{limits.full, std::max(limits.full, limits.not_full)},
      ask_(std::move(ask)) {
  look();
}

bool DiskGuard::look() {
  const bool before = full_;
  free_ = ask_(folder_);
  full_ = free_ && *free_ < (before ? limits_.not_full : limits_.full);
  return full_ != before;
}

std::string DiskGuard::refusal(std::uint64_t bytes, const std::string& where) {
  look();
  if (full_) return std::string(disk_full_words) + " at " + where + ": " + kilobytes(*free_) + " are free";
  if (!free_ || (bytes <= *free_ && *free_ - bytes >= limits_.full)) return {};
  return "no room at " + where + " for " + with_commas(bytes) + " bytes: " + kilobytes(*free_) + " are free";
}

std::string DiskGuard::text() const {
  const auto room = free_ ? kilobytes(*free_) + " are free in " + folder_.string() : "its room is unknown";
  if (!full_) return "Disk storage available again: " + room + "; mail is taken again.";
  return std::string(disk_full_words) + ": " + room + ", no mail is taken until there are " +
         kilobytes(limits_.not_full) + " (MinKDiskNotFull); make room.";
}

std::string DiskGuard::settings_text() const {
  return "Disk: " + (free_ ? kilobytes(*free_) + " free" : std::string("room unknown")) + " in " +
         folder_.string() + ", MinKDiskFull = " + std::to_string(limits_.full / 1024) +
         ", MinKDiskNotFull = " + std::to_string(limits_.not_full / 1024);
}

}  // namespace external::postoffice
