#include "ports.h"

#include "exit.h"

#include <external/config/values.h>
#include <external/line/tcp.h>
#include <external/line/trouble.h>
#include <external/line/tty.h>

namespace external::commands {

namespace {

constexpr auto connect_limit = std::chrono::seconds(10);
constexpr std::string_view tcp = "tcp://";

Task<Result<std::unique_ptr<line::Line>>> open(const std::string& port, const PortOptions& options,
                                               Clock& clock) {
  if (port.starts_with(tcp)) {
    const auto address = config::parse_host_port(port.substr(tcp.size()));
    co_return co_await line::connect_tcp(address.host, address.port, clock, clock.now() + connect_limit);
  }
  if (port.find("://") != std::string::npos)
    throw Failure(Exit::unavailable,
                  port + ": this kind of port is not served; write a tty or tcp://host:port");
  line::TtyOptions tty;
  tty.speed = options.speed;
  tty.lock_folder = options.lock_folder.string();
  tty.note = options.note;
  co_return line::open_tty(co_await asio::this_coro::executor, clock, port, tty);
}

}  // namespace

Task<std::unique_ptr<line::Line>> open_port(const std::string& port, const PortOptions& options,
                                            Clock& clock) {
  auto opened = co_await open(port, options, clock);
  if (!opened) {
    const auto trouble = line::trouble_of(opened.error(), port, options.lock_folder.string());
    throw Failure(Exit::unavailable, trouble.cause + "; " + trouble.cure);
  }
  co_return std::move(*opened);
}

}  // namespace external::commands
