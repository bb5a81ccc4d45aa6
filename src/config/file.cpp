#include "file.h"

#include <external/base/descriptor.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

namespace external::config {

namespace {

constexpr std::size_t greatest_size = 1 << 20;

[[noreturn]] void cannot_read(int error) {
  throw std::runtime_error("cannot be read: " + std::generic_category().message(error));
}

}  // namespace

SmallFile read_small_file(const std::filesystem::path& path) {
  // O_NONBLOCK: a named pipe in place of the file must not hold the caller.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) cannot_read(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) cannot_read(errno);
  if (!S_ISREG(status.st_mode)) throw std::runtime_error("cannot be read: not a regular file");

  SmallFile result;
  result.others_can_read = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
  std::array<char, 16384> buffer;
  for (;;) {
    const auto count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) cannot_read(errno);
    if (count == 0) return result;
    result.text.append(buffer.data(), static_cast<std::size_t>(count));
    if (result.text.size() > greatest_size) throw std::runtime_error("cannot be read: larger than 1 MB");
  }
}

}  // namespace external::config
