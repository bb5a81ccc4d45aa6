#pragma once
// What fuzzing has found worth keeping, played as a normal test.

#include <external/base/asio.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace external::test {

/// Gives each file of `folder` to `target`; returns how many there were.
inline std::size_t replay(const std::filesystem::path& folder, const std::function<void(ByteView)>& target) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    target(as_bytes(content));
    ++count;
  }
  return count;
}

}  // namespace external::test
