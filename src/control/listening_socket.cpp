#include "listening_socket.h"

#include "socket_path.h"

#include <external/base/text.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace external::control {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& cause) {
  throw std::runtime_error("Cannot listen for commands at " + path + ": " + cause);
}

Descriptor lock_for(const std::string& path) {
  const std::string lock_path = path + ".lock";
  Descriptor lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock)
    refuse(path, std::string(std::strerror(errno)) + "; the folder must exist and be writable for this user");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    refuse(path, "another External is running here; stop it first (external stop)");
  }
  return lock;
}

void remove_stale_socket(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) refuse(path, "there is a file of this name that is no socket; move it away");
  ::unlink(path.c_str());
}

gid_t id_of(const std::string& group, const std::string& path) {
  std::vector<char> room(65536);
  struct group entry {};
  struct group* found = nullptr;
  const int error = ::getgrnam_r(group.c_str(), &entry, room.data(), room.size(), &found);
  if (found == nullptr) {
    refuse(path,
           "ControlGroup = " + visible(group) + ": " +
               (error == 0 ? "there is no such group; addgroup --system makes it" : std::strerror(error)));
  }
  return found->gr_gid;
}

// Nobody can connect before listen(), so there is no moment with a wrong mode.
void open_for(const std::string& group, const std::string& path) {
  if (!group.empty() && ::chown(path.c_str(), static_cast<uid_t>(-1), id_of(group, path)) != 0) {
    refuse(path, "ControlGroup = " + visible(group) + ": " + std::strerror(errno) +
                     "; the user who runs External must be a member of that group");
  }
  if (::chmod(path.c_str(), group.empty() ? 0600 : 0660) != 0) refuse(path, std::strerror(errno));
}

}  // namespace

ListeningSocket::ListeningSocket(const asio::any_io_executor& executor, const std::string& path,
                                 const std::string& group)
    : path_(path), lock_(lock_for(path)), acceptor_(executor) {
  remove_stale_socket(path);
  try {
    const SocketPath address(path);
    acceptor_.open();
    acceptor_.bind(address.text());
    open_for(group, path);
    acceptor_.listen();
  } catch (const boost::system::system_error& error) {
    refuse(path, error.code().message());
  }
}

// The lock file stays: to remove it would let two processes lock two files of one name.
ListeningSocket::~ListeningSocket() {
  ::unlink(path_.c_str());
}

}  // namespace external::control
