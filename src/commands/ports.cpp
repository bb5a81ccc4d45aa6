#include "ports.h"

#include "exit.h"

#include <external/config/values.h>
#include <external/line/rfc2217.h>
#include <external/line/tcp.h>
#include <external/line/tty.h>

namespace external::commands {

namespace {

constexpr auto connect_limit = std::chrono::seconds(10);
constexpr std::string_view tcp = "tcp://";
constexpr std::string_view rfc2217 = "rfc2217://";

std::string holder_text(const std::string& port, const PortOptions& options) {
  const auto holder = line::holder_of(port, options.lock_folder.string());
  if (!holder || holder->pid == 0) return "held by another program; end it and try again";
  const auto program = holder->program.empty() ? "a program" : holder->program;
  return "held by " + program + ", process " + std::to_string(holder->pid) + "; end it and try again";
}

std::string cause_of(const std::string& port, error_code error, const PortOptions& options) {
  if (error == line::Error::held) return holder_text(port, options);
  if (error == boost::system::errc::no_such_file_or_directory)
    return "no such port; is the modem plugged in? ls /dev/serial/by-id shows those there are";
  if (error == boost::system::errc::permission_denied)
    return "no permission; add the user to the group of the port (dialout)";
  if (error == line::Error::not_a_terminal) return "no serial port; correct AsyncCommPort";
  return error.message();
}

Task<Result<std::unique_ptr<line::Line>>> open(const std::string& port, const PortOptions& options,
                                               Clock& clock) {
  if (port.starts_with(tcp)) {
    const auto address = config::parse_host_port(port.substr(tcp.size()));
    co_return co_await line::connect_tcp(address.host, address.port, clock, clock.now() + connect_limit);
  }
  if (port.starts_with(rfc2217)) {
    const auto address = config::parse_host_port(port.substr(rfc2217.size()));
    line::Rfc2217Options remote;
    remote.speed = options.speed;
    co_return co_await line::connect_rfc2217(address.host, address.port, remote, clock,
                                             clock.now() + connect_limit);
  }
  if (port.find("://") != std::string::npos)
    throw Failure(
        Exit::unavailable,
        port + ": this kind of port is not served; write a tty, rfc2217://host:port or tcp://host:port");
  line::TtyOptions tty;
  tty.speed = options.speed;
  tty.lock_folder = options.lock_folder.string();
  co_return line::open_tty(co_await asio::this_coro::executor, clock, port, tty);
}

}  // namespace

Task<std::unique_ptr<line::Line>> open_port(const std::string& port, const PortOptions& options,
                                            Clock& clock) {
  auto opened = co_await open(port, options, clock);
  if (!opened) throw Failure(Exit::unavailable, port + ": " + cause_of(port, opened.error(), options));
  co_return std::move(*opened);
}

}  // namespace external::commands
