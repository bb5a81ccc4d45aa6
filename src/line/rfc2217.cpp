#include "rfc2217_connection.h"

#include <external/base/async.h>
#include <external/base/connect.h>
#include <external/line/rfc2217.h>

namespace external::line {

namespace {

using Agreement = Rfc2217Protocol::Agreement;

class Rfc2217Line final : public Line {
 public:
  Rfc2217Line(asio::ip::tcp::socket socket, std::string name, bool hardware_flow_control, Clock& clock)
      : clock_(clock),
        connection_(std::make_shared<Rfc2217Connection>(std::move(socket), clock)),
        name_(std::move(name)),
        hardware_flow_control_(hardware_flow_control) {
    connection_->start();
  }
  ~Rfc2217Line() override { Rfc2217Line::close(); }

  /// Agrees with the server and sets the port up.
  Task<error_code> open(unsigned bits_per_second, TimePoint deadline) {
    protocol().offer_options();
    connection_->send_now();
    if (const auto error = co_await agree(deadline)) co_return error;
    protocol().set_up(bits_per_second, hardware_flow_control_);
    connection_->send_now();
    while (protocol().speed_pending()) {
      if (const auto error = co_await opening_news(deadline)) co_return error;
    }
    if (protocol().framing_refused()) co_return Error::not_transparent;
    if (protocol().take_speed_refused()) co_return Error::bad_speed;
    co_return error_code();
  }

  std::string name() const override { return name_; }

  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override {
    const auto connection = connection_;
    co_return co_await connection->read(into, deadline);
  }

  Task<error_code> write(ByteView bytes, TimePoint deadline) override {
    const auto connection = connection_;
    co_return co_await connection->write(bytes, deadline);
  }

  std::size_t discard_input() override { return connection_->failure() ? 0 : connection_->discard_input(); }

  void discard_output() override {
    protocol().purge_output();
    connection_->send_now();
  }

  Result<ControlLines> control_lines() override {
    connection_->receive_now();
    // The last that was known of a port out of reach would pass for the present.
    if (connection_->failure()) return connection_->failure();
    return protocol().take_control_lines();
  }

  error_code set_dtr(bool high) override { return control(high ? com_port::dtr_on : com_port::dtr_off); }

  error_code set_rts(bool high) override {
    if (hardware_flow_control_) return Error::unsupported;
    return control(high ? com_port::rts_on : com_port::rts_off);
  }

  Task<error_code> wait_for_change(TimePoint deadline) override {
    const auto connection = connection_;
    connection->receive_now();
    for (;;) {
      if (connection->failure()) co_return connection->failure();
      if (!connection->protocol().lines_known()) co_return Error::unsupported;
      if (connection->protocol().lines_changed()) co_return error_code();
      if (const auto error = co_await connection->news(deadline)) co_return error;
    }
  }

  Task<error_code> send_break(Duration duration) override {
    const auto connection = connection_;
    struct EndBreak {
      Rfc2217Connection& connection;
      ~EndBreak() {
        connection.protocol().control(com_port::break_off);
        connection.send_now();
      }
    } end{*connection};
    if (const auto error = control(com_port::break_on)) co_return error;
    co_await clock_.wait_for(duration);
    co_return connection->failure();
  }

  Result<PortErrors> port_errors() override { return protocol().port_errors(); }
  unsigned speed() const override { return connection_->protocol().speed(); }

  error_code set_speed(unsigned bits_per_second) override {
    if (connection_->failure()) return connection_->failure();
    // To a server, speed 0 is the question what the speed is.
    if (bits_per_second == 0) return Error::bad_speed;
    protocol().ask_speed(bits_per_second);
    connection_->send_now();
    return connection_->failure();
  }

  void close() override { connection_->close(); }

 private:
  Rfc2217Protocol& protocol() { return connection_->protocol(); }

  error_code control(com_port::Control value) {
    if (connection_->failure()) return connection_->failure();
    protocol().control(value);
    connection_->send_now();
    return connection_->failure();
  }

  Task<error_code> agree(TimePoint deadline) {
    for (;;) {
      const Agreement port = protocol().com_port_option();
      const Agreement binary = protocol().binary();
      if (port == Agreement::no) co_return Error::no_com_port_option;
      if (port == Agreement::yes && binary == Agreement::no) co_return Error::not_transparent;
      if (port == Agreement::yes && binary == Agreement::yes) co_return error_code();
      const auto error = co_await opening_news(deadline);
      if (error == asio::error::timed_out && !protocol().speaks_telnet()) co_return Error::no_answer;
      if (error == asio::error::timed_out && port == Agreement::pending) co_return Error::no_com_port_option;
      if (error) co_return error;
    }
  }

  Task<error_code> opening_news(TimePoint deadline) {
    if (const auto error = co_await connection_->news(deadline)) co_return error;
    if (connection_->failure() == Error::hung_up) co_return Error::turned_away;
    co_return connection_->failure();
  }

  Clock& clock_;
  std::shared_ptr<Rfc2217Connection> connection_;
  std::string name_;
  bool hardware_flow_control_;
};

}  // namespace

Task<Result<std::unique_ptr<Line>>> connect_rfc2217(const std::string& host, const std::string& port,
                                                    const Rfc2217Options& options, Clock& clock,
                                                    TimePoint deadline) {
  auto socket = co_await connect_socket(host, port, clock, deadline);
  if (!socket) co_return socket.error();
  auto line = std::make_unique<Rfc2217Line>(std::move(*socket), "rfc2217://" + host + ":" + port,
                                            options.hardware_flow_control, clock);
  if (const auto error = co_await line->open(options.speed, deadline)) co_return error;
  co_return std::unique_ptr<Line>(std::move(line));
}

}  // namespace external::line
