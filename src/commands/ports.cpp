#include "ports.h"

#include "exit.h"

#include <external/line/port.h>
#include <external/line/trouble.h>

namespace external::commands {

namespace {

constexpr auto connect_limit = std::chrono::seconds(10);

Task<Result<std::unique_ptr<line::Line>>> open(const std::string& port, const PortOptions& options,
                                               Clock& clock) {
  if (port.find("://") != std::string::npos && !line::remote_port(port))
    throw Failure(
        Exit::unavailable,
        port + ": this kind of port is not served; write a tty, rfc2217://host:port or tcp://host:port");
  line::TtyOptions tty;
  tty.speed = options.speed;
  tty.lock_folder = options.lock_folder.string();
  tty.note = options.note;
  co_return co_await line::open_port(port, tty, clock, clock.now() + connect_limit);
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
