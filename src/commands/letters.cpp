#include "letters.h"

#include "exit.h"
#include "mbox.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

namespace external::commands {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot_read(const fs::path& file, int error) {
  throw Failure(exit_for_errno(error), file.string() + " cannot be read: " + std::strerror(error));
}

std::ifstream open(const fs::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) cannot_read(file, errno != 0 ? errno : EIO);
  return in;
}

bool is_maildir(const fs::path& folder) {
  return fs::is_directory(folder / "new") && fs::is_directory(folder / "cur");
}

std::vector<fs::path> files_of_maildir(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const char* part : {"new", "cur"}) {
    for (const auto& entry : fs::directory_iterator(folder / part)) {
      const bool hidden = entry.path().filename().string().starts_with('.');
      if (!hidden && entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::ranges::sort(files, {}, [](const fs::path& file) { return file.filename(); });
  return files;
}

void take_one(const fs::path& file, const std::function<void(Source)>& take) {
  auto in = open(file);
  take(from_stream(in, file.string()));
}

}  // namespace

void each_in_file(const fs::path& path, const std::function<void(Source)>& take) {
  if (!fs::is_directory(path)) return take_one(path, take);
  if (!is_maildir(path)) {
    throw Failure(Exit::no_input, path.string() + " is a folder but no Maildir; name the files in it: " +
                                      path.string() + "/*");
  }
  for (const auto& file : files_of_maildir(path)) take_one(file, take);
}

void each_in_mbox_file(const fs::path& path, const std::function<void(Source)>& take) {
  if (fs::is_directory(path)) cannot_read(path, EISDIR);
  auto in = open(path);
  each_in_mbox(from_stream(in, path.string()), path.string(), take);
}

}  // namespace external::commands
