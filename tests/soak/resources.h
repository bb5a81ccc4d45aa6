#pragma once
// What this process, or another one, takes of the computer.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

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

}  // namespace external::soak
