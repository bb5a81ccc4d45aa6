#pragma once
// What this process, or another one, takes of the computer.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <malloc.h>
#include <unistd.h>

namespace external::soak {

struct Resources {
  std::uint64_t heap = 0;      ///< bytes in use; 0 under sanitizers, which count otherwise
  std::uint64_t resident = 0;  ///< bytes
  std::uint64_t files = 0;     ///< open descriptors
  std::uint64_t database = 0;  ///< bytes of all queues
};

inline std::uint64_t resident_bytes(const std::string& process = "self") {
  std::ifstream file("/proc/" + process + "/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

inline std::uint64_t open_files(const std::string& process = "self") {
  const std::filesystem::directory_iterator files("/proc/" + process + "/fd");
  return static_cast<std::uint64_t>(std::distance(files, std::filesystem::directory_iterator()));
}

inline Resources resources_of_this_process() {
  ::malloc_trim(0);
  const auto heap = ::mallinfo2();
  return {heap.uordblks + heap.hblkhd, resident_bytes(), open_files(), 0};
}

/// Lines of a table: what was measured when a tenth, a half and all of a soak was over.
inline std::string table_of(const std::vector<Resources>& measured) {
  const auto row = [&](const char* name, std::uint64_t Resources::*value, std::uint64_t unit) {
    auto text = fmt::format("  {:<16}", name);
    for (const auto& at : measured) text += fmt::format("{:>12}", at.*value / unit);
    return text + "\n";
  };
  std::string text = "                     10 %        50 %       100 %\n";
  const bool has_heap = std::ranges::any_of(measured, [](const auto& at) { return at.heap > 0; });
  if (has_heap) text += row("heap in use, KB", &Resources::heap, 1024);
  text += row("resident, KB", &Resources::resident, 1024);
  text += row("descriptors", &Resources::files, 1);
  return text + row("queues, KB", &Resources::database, 1024);
}

}  // namespace external::soak
