#include "port_lock.h"
#include "port_path.h"

#include <external/base/guard.h>
#include <external/line/trouble.h>
#include <external/line/tty.h>

#include <ctime>

#include <unistd.h>

namespace external::line {

namespace {

namespace errc = boost::system::errc;

/// As Session.log writes times.
std::string local_time(WallTime when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%m-%d-%Y %H:%M", &local);
  return text;
}

Trouble held(const std::string& port, const std::optional<Holder>& holder) {
  if (!holder || holder->pid == 0)
    return {port + " is held by another program that cannot be seen",
            "end it, or look for it as root (fuser), or use another port"};
  const auto process = " (process " + std::to_string(holder->pid) + ")";
  if (holder->pid == ::getpid())
    return {port + " is held by this program itself" + process,
            "give each instance an AsyncCommPort of its own"};
  const auto program = holder->program.empty() ? "a program" : holder->program;
  const auto since = holder->since ? ", running since " + local_time(*holder->since) : "";
  return {port + " is held by " + program + process + since, "end it, or use another port"};
}

Trouble lock_trouble(error_code error, const std::string& port, const std::string& path,
                     const std::string& folder) {
  const auto file = lock_file_of(device_of(path), folder);
  if (error == Error::no_lock_folder)
    return {port + " cannot be locked: there is no folder " + folder,
            "create it, or name another one in LockFolder"};
  if (error == Error::lock_unreadable)
    return {port + " may be held: its lock file " + file + " may not be read",
            "look into it as root, and remove it if no program uses the port"};
  if (::access(file.c_str(), F_OK) == 0)
    return {port + " cannot be locked: the old lock file " + file + " may not be removed",
            "remove it as root"};
  return {port + " cannot be locked: " + folder + " may not be written to",
          "let the user of External write there, or name another folder in LockFolder"};
}

bool is_absence(error_code error) {
  return error == Error::hung_up || error == errc::no_such_file_or_directory ||
         error == errc::not_a_directory || error == errc::no_such_device ||
         error == errc::no_such_device_or_address || error == errc::io_error;
}

/// The errors of RFC 2217 bring their cure along.
Trouble remote_trouble(error_code error, const std::string& port) {
  if (error == Error::bad_speed) return {port + " does not have the speed that is set", "correct AsyncSpeed"};
  const auto words = error.message();
  const auto cure = words.find("; ");
  if (error.category() == error_category() && cure != std::string::npos)
    return {port + " cannot be used: " + words.substr(0, cure), words.substr(cure + 2)};
  return {port + " cannot be reached: " + words, "check that the other end runs, and AsyncCommPort"};
}

}  // namespace

Trouble trouble_of(error_code error, const std::string& path, const std::string& lock_folder) {
  const std::string port = "Port " + path;
  if (!guarded("R18")) return {port + " cannot be opened: " + error.message(), "check it"};
  if (path.find("://") != std::string::npos) return remote_trouble(error, port);
  if (error == Error::held) return held(port, holder_of(path, lock_folder));
  if (is_absence(error))
    return {port + " is absent", "plug the modem in, or correct AsyncCommPort (ls /dev/serial/by-id)"};
  if (error == errc::permission_denied)
    return {port + " may not be opened: " + error.message(), "add the user of External to the group dialout"};
  if (error == Error::not_a_terminal)
    return {port + " cannot be opened: not a serial port", "correct AsyncCommPort"};
  if (error == Error::bad_speed) return {port + " does not have the speed that is set", "correct AsyncSpeed"};
  if (error == Error::no_lock_folder || error == Error::lock_unreadable || error == Error::lock_unwritable)
    return lock_trouble(error, port, path, lock_folder);
  return {port + " cannot be opened: " + error.message(), "check the port and AsyncCommPort"};
}

Trouble silent_modem(const std::string& path) {
  return {"The modem at port " + path + " does not answer",
          "switch it on, and check its cable, AsyncSpeed and CommScript"};
}

std::string describe_trouble(error_code error, const std::string& path, const std::string& lock_folder) {
  return trouble_of(error, path, lock_folder).text();
}

}  // namespace external::line
