#include "socket_path.h"

#include <external/control/client.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace external::control {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_answer = 16 * 1024 * 1024;

bool nobody_listens(int error) {
  return error == ENOENT || error == ECONNREFUSED || error == ENOTDIR;
}

// Connects, or returns why not as an errno.
int try_to_connect(int socket, const std::string& path) {
  try {
    const SocketPath reachable(path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, reachable.text().c_str(), sizeof address.sun_path - 1);
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  } catch (const boost::system::system_error& error) {
    return error.code().value();
  }
}

std::string name_of_user(uid_t id) {
  const passwd* entry = ::getpwuid(id);
  return entry != nullptr ? entry->pw_name : std::to_string(id);
}

std::string name_of_group(gid_t id) {
  const group* entry = ::getgrgid(id);
  return entry != nullptr ? entry->gr_name : std::to_string(id);
}

// The cure for who was refused.
std::string who_may(const std::string& path) {
  struct stat socket {};
  if (::stat(path.c_str(), &socket) != 0) return "; its folder is closed to you: ask as its owner or as root";
  const std::string owner = "; ask as the user " + name_of_user(socket.st_uid);
  if ((socket.st_mode & S_IWGRP) == 0) return owner + ", or name a group of yours in ControlGroup";
  return owner + ", or become a member of the group " + name_of_group(socket.st_gid);
}

Descriptor connect_to(const std::string& path, const std::string& folder) {
  const std::string failure = "cannot talk to the External of " + folder + ": ";
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) throw std::runtime_error(failure + std::strerror(errno));
  const int error = try_to_connect(socket.get(), path);
  if (error == 0) return socket;
  if (nobody_listens(error)) throw NotRunning("no External is running for " + folder);
  if (error == EAGAIN) throw std::runtime_error(failure + "too many are asking; try again");
  const bool forbidden = error == EACCES || error == EPERM;
  throw std::runtime_error(failure + std::strerror(error) + (forbidden ? who_may(path) : ""));
}

}  // namespace

ControlClient::ControlClient(const std::string& path, std::string folder)
    : folder_(std::move(folder)), socket_(connect_to(path, folder_)) {}

json::object ControlClient::request(json::object request, std::chrono::milliseconds patience,
                                    const OnMore& on_more) {
  request["v"] = 1;
  send(json::serialize(request) + "\n", std::chrono::steady_clock::now() + patience);
  for (;;) {
    boost::system::error_code error;
    json::value value = json::parse(read_line(std::chrono::steady_clock::now() + patience), error);
    if (error || !value.is_object()) fail("it answered something that is no reply; are both of one version?");
    json::object& reply = value.get_object();
    const auto* ok = reply.if_contains("ok");
    if (ok == nullptr || *ok != true) {
      const auto* text = reply.if_contains("error");
      throw Refused(text != nullptr && text->is_string() ? std::string(text->get_string())
                                                         : "refused without a reason");
    }
    if (!reply.contains("more")) return std::move(reply);
    if (on_more) on_more(reply);
  }
}

void ControlClient::send(const std::string& line, Deadline deadline) {
  std::string_view rest = line;
  while (!rest.empty()) {
    wait_for(POLLOUT, deadline);
    const ssize_t count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
    if (count < 0 && errno != EAGAIN && errno != EINTR) fail(std::strerror(errno));
  }
}

std::string ControlClient::read_line(Deadline deadline) {
  for (;;) {
    const auto end = received_.find('\n');
    if (end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    if (received_.size() > longest_answer) fail("its answer does not end");
    wait_for(POLLIN, deadline);
    char buffer[8192];
    const ssize_t count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (count == 0) fail("it ended before it answered");
    if (count > 0) received_.append(buffer, static_cast<std::size_t>(count));
    if (count < 0 && errno != EAGAIN && errno != EINTR) fail(std::strerror(errno));
  }
}

void ControlClient::wait_for(short events, Deadline deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd descriptor{socket_.get(), events, 0};
    const int wait = static_cast<int>(std::clamp<long long>(left.count(), 0, 3'600'000));
    const int ready = ::poll(&descriptor, 1, wait);
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) fail(std::strerror(errno));
    if (ready == 0 && std::chrono::steady_clock::now() >= deadline)
      fail("it does not answer; is it stopped or hung?");
  }
}

void ControlClient::fail(const std::string& cause) const {
  throw std::runtime_error("cannot talk to the External of " + folder_ + ": " + cause);
}

}  // namespace external::control
