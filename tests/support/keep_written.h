#pragma once
// What a test made programs write, kept for the one who looks through it all: tests/written_test.py.

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <unistd.h>

namespace external::test {

/// A new folder in the one that EXTERNAL_TEST_WRITTEN names; nothing if it names none.
inline std::optional<std::filesystem::path> place_to_keep() {
  static std::atomic<int> number{0};
  const char* folder = std::getenv("EXTERNAL_TEST_WRITTEN");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  const auto name = std::to_string(::getpid()) + "-" + std::to_string(number++);
  std::error_code ignored;
  std::filesystem::path place = std::filesystem::path(folder) / name;
  for (int again = 1; !std::filesystem::create_directories(place, ignored); ++again) {
    if (ignored || again > 10'000) return std::nullopt;
    place = std::filesystem::path(folder) / (name + "-" + std::to_string(again));
  }
  return place;
}

/// Whether a file is worth keeping: settings, logs, what programs print; mail in small pieces.
inline bool is_kept(const std::filesystem::directory_entry& entry) {
  constexpr std::uintmax_t largest = 4 << 20;
  std::error_code ignored;
  if (!entry.is_regular_file(ignored) || entry.is_symlink(ignored) || entry.file_size(ignored) > largest)
    return false;
  const auto name = entry.path().filename().string();
  const auto folder = entry.path().parent_path().filename().string();
  return name == "external.ini" || name.find(".log") != std::string::npos || name.ends_with(".out") ||
         name.ends_with(".printed") || folder == "new";
}

/// Copies what is kept of `folder`, which is about to be removed. At most a few mails of each mailbox.
inline void keep_written(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) return;
  std::optional<std::filesystem::path> place;
  std::filesystem::path mailbox;
  int mails = 0;
  using Files = std::filesystem::recursive_directory_iterator;
  for (Files file(folder, std::filesystem::directory_options::skip_permission_denied, ignored);
       file != Files(); file.increment(ignored)) {
    if (ignored || !is_kept(*file)) continue;
    if (file->path().parent_path().filename() == "new") {
      if (file->path().parent_path() != mailbox) mails = 0;
      mailbox = file->path().parent_path();
      if (++mails > 3) continue;
    }
    if (!place) place = place_to_keep();
    if (!place) return;
    const auto target = *place / file->path().lexically_relative(folder);
    std::filesystem::create_directories(target.parent_path(), ignored);
    std::filesystem::copy_file(file->path(), target, ignored);
  }
}

/// Keeps the text of lines of a log that was never a file.
template <class Lines>
void keep_lines(const Lines& lines) {
  if (lines.empty()) return;
  const auto place = place_to_keep();
  if (!place) return;
  std::ofstream out(*place / "lines");
  for (const auto& line : lines) out << line << "\n";
}

}  // namespace external::test
