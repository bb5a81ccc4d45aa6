#include "port.h"

#include <external/line/tcp.h>
#include <external/line/tty.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

constexpr Duration connect_limit = std::chrono::seconds(10);  ///< for a modem behind a socket

}  // namespace

Task<Result<std::unique_ptr<line::Line>>> open_port(Context& context, const config::Instance& settings) {
  if (context.open_line) co_return co_await context.open_line(settings);
  constexpr std::string_view tcp = "tcp://";
  const std::string& port = settings.async_comm_port;
  if (port.starts_with(tcp)) {
    const auto end = config::parse_host_port(port.substr(tcp.size()));
    co_return co_await line::connect_tcp(end.host, end.port, context.clock,
                                         context.clock.now() + connect_limit);
  }
  line::TtyOptions options;
  options.speed = settings.async_speed;
  options.lock_folder = settings.lock_folder.string();
  co_return line::open_tty(context.executor, context.clock, port, options);
}

bool is_absent(error_code error) {
  return error == boost::system::errc::no_such_file_or_directory || error == line::Error::hung_up;
}

std::string port_trouble(const config::Instance& settings, error_code error) {
  const std::string& port = settings.async_comm_port;
  if (error == line::Error::held) {
    const auto holder = line::holder_of(port, settings.lock_folder.string());
    if (!holder) return fmt::format("Port {} is held by another process; end it, or use another port.", port);
    return fmt::format("Port {} is held by {} (process {}); end it, or use another port.", port,
                       holder->program.empty() ? "a process" : holder->program, holder->pid);
  }
  if (is_absent(error)) {
    return fmt::format("Port {} is absent; plug the modem in, or correct AsyncCommPort.", port);
  }
  if (error == boost::system::errc::permission_denied) {
    return fmt::format("Port {} may not be opened: {}; add the user to the group dialout.", port,
                       error.message());
  }
  return fmt::format("Port {} cannot be opened: {}.", port, error.message());
}

}  // namespace external::engine
