#include "durable_name.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace mailqueue {

void fail_with(const std::filesystem::path& path, const char* action, int error) {
  const std::string what =
      "mail queue: " + path.string() + " cannot be " + action + " (" + std::strerror(error) + "); ";
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      throw Error(ErrorKind::full, what + "the disk is full: free some space and try again");
    case EACCES:
    case EPERM:
    case EROFS:
      throw Error(ErrorKind::read_only, what + "make it and its folder writable for this user");
    default:
      throw Error(ErrorKind::io, what + "check the disk and its file system");
  }
}

void sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail_with(folder, "opened", errno);
  const int failed = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (failed != 0) fail_with(folder, "made durable", failed);
}

}  // namespace mailqueue
