#include "socket_path.h"

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/un.h>

namespace external::control {

SocketPath::SocketPath(const std::string& path) : text_(path) {
  if (path.size() < sizeof(sockaddr_un::sun_path)) return;
  const std::filesystem::path full(path);
  folder_.reset(::open(full.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder_) throw boost::system::system_error(errno, boost::system::system_category());
  text_ = "/proc/self/fd/" + std::to_string(folder_.get()) + "/" + full.filename().string();
}

}  // namespace external::control
