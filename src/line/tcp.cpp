#include "descriptor_io.h"

#include <external/base/async.h>
#include <external/base/connect.h>
#include <external/line/tcp.h>

#include <netinet/tcp.h>

namespace external::line {

namespace {

using asio::ip::tcp;

class TcpLine final : public Line {
 public:
  TcpLine(tcp::socket socket, Clock& clock) : clock_(clock), socket_(std::move(socket)) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    // What waits here cannot be overtaken by what is urgent, and tells nothing of the line's speed.
    constexpr int unsent_limit = 256 * 1024;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_limit, sizeof unsent_limit);
    socket_.non_blocking(true, ignored);  // also what is read without waiting
    const auto end = socket_.remote_endpoint(ignored);
    name_ = end.address().to_string() + ":" + std::to_string(end.port());
  }
  ~TcpLine() override { TcpLine::close(); }

  std::string name() const override { return name_; }

  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override {
    co_return co_await read_some(socket_, into, clock_, deadline);
  }

  Task<error_code> write(ByteView bytes, TimePoint deadline) override {
    co_return co_await write_all(socket_, bytes, clock_, deadline);
  }

  std::size_t discard_input() override {
    std::array<std::uint8_t, 4096> rubbish;
    std::size_t total = 0;
    for (;;) {
      error_code error;
      const auto count = socket_.is_open() ? socket_.read_some(asio::buffer(rubbish), error) : 0;
      if (error || count == 0) return total;
      total += count;
    }
  }

  void discard_output() override {}
  Result<ControlLines> control_lines() override { return error_code(Error::unsupported); }
  error_code set_dtr(bool) override { return Error::unsupported; }
  unsigned speed() const override { return 0; }
  error_code set_speed(unsigned) override { return Error::unsupported; }

  void close() override {
    error_code ignored;
    if (socket_.is_open()) socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

 private:
  Clock& clock_;
  tcp::socket socket_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Line> make_tcp_line(tcp::socket socket, Clock& clock) {
  return std::make_unique<TcpLine>(std::move(socket), clock);
}

Task<Result<std::unique_ptr<Line>>> connect_tcp(const std::string& host, const std::string& port,
                                                Clock& clock, TimePoint deadline) {
  auto socket = co_await connect_socket(host, port, clock, deadline);
  if (!socket) co_return socket.error();
  co_return make_tcp_line(std::move(*socket), clock);
}

}  // namespace external::line
