#include <external/line/port.h>
#include <external/line/rfc2217.h>
#include <external/line/tcp.h>

namespace external::line {

std::optional<RemotePort> remote_port(const std::string& name) {
  constexpr std::string_view tcp = "tcp://";
  constexpr std::string_view rfc2217 = "rfc2217://";
  const bool plain = name.starts_with(tcp);
  if (!plain && !name.starts_with(rfc2217)) return std::nullopt;
  const auto address = name.substr(plain ? tcp.size() : rfc2217.size());
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return RemotePort{plain ? RemotePort::Kind::tcp : RemotePort::Kind::rfc2217, host,
                    address.substr(colon + 1)};
}

Task<Result<std::unique_ptr<Line>>> open_port(const std::string& name, const TtyOptions& options,
                                              Clock& clock, TimePoint deadline) {
  const auto remote = remote_port(name);
  if (!remote) {
    if (name.find("://") != std::string::npos)
      co_return make_error_code(boost::system::errc::invalid_argument);
    co_return open_tty(co_await asio::this_coro::executor, clock, name, options);
  }
  if (remote->kind == RemotePort::Kind::tcp) {
    co_return co_await connect_tcp(remote->host, remote->port, clock, deadline);
  }
  Rfc2217Options far;
  far.speed = options.speed;
  far.hardware_flow_control = options.hardware_flow_control;
  co_return co_await connect_rfc2217(remote->host, remote->port, far, clock, deadline);
}

}  // namespace external::line
