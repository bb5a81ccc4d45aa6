#include "home.h"

#include <external/base/async.h>
#include <external/base/text.h>
#include <external/line/local_port.h>
#include <external/line/port.h>
#include <external/line/tty.h>
#include <external/service/signals.h>

#include <iostream>

namespace external::commands {

namespace {

using namespace std::chrono_literals;

constexpr Duration connect_limit = 10s;
constexpr Duration write_limit = 1min;
constexpr Duration look_interval = 50ms;  ///< between looks at speed and DTR, which tell no changes
constexpr Duration pause_after_failure = 1s;

/// What a pool offers, as an AsyncCommPort: with Telnet if it can be, for that carries DTR and speed.
std::string place_of(const config::Share& share) {
  const bool telnet = !share.listen.empty();
  const auto& at = telnet ? share.listen.front() : share.listen_raw.front();
  const bool here = at.host.empty() || at.host == "0.0.0.0" || at.host == "::";
  return (telnet ? "rfc2217://" : "tcp://") + (here ? "127.0.0.1" : at.host) + ":" + at.port;
}

const config::Share& pool_named(const config::Settings& settings, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& share : settings.shares) {
    if (equal_no_case(share.name, name)) return share;
    known.push_back(share.name);
  }
  const auto near = nearest(name, known);
  throw Failure(Exit::config,
                "there is no pool " + visible(name) +
                    (near.empty() ? "; add [Share " + visible(name) + "] to " + settings.file.string()
                                  : "; did you mean " + near + "?"));
}

/// A local port, and the lease that whoever opens it gets.
class Attachment {
 public:
  Attachment(asio::io_context& io, Clock& clock, const config::Share& share, std::filesystem::path link,
             std::ostream& err)
      : io_(io),
        clock_(clock),
        place_(place_of(share)),
        password_(share.password),
        link_(std::move(link)),
        err_(err) {
    renew();
  }

  /// Never ends.
  Task<> run() {
    for (;;) {
      co_await port_->wait_until_open();
      line::TtyOptions options;
      options.speed = std::max(port_->speed(), 300U);
      auto modem = co_await line::open_port(place_, options, clock_, clock_.now() + connect_limit);
      co_await cancellation_point();
      if (!modem) {
        err_ << "external: no modem at " << place_ << ": " << modem.error().message() << std::endl;
        renew();  // who has the port open is hung up
        co_await clock_.wait_for(pause_after_failure);
        continue;
      }
      co_await use(**modem);
      (*modem)->close();
      renew();
    }
  }

 private:
  void renew() {
    port_.reset();
    port_.emplace(io_.get_executor(), clock_, link_);
  }

  /// Until the program has closed the port, or the lease has ended.
  Task<> use(line::Line& modem) {
    if (!password_.empty()) {
      const auto words = password_ + "\r";
      co_await modem.write(as_bytes(words), clock_.now() + write_limit);
    }
    co_await first_of(port_->wait_until_closed(), to_modem(modem), from_modem(modem), follow_lines(modem));
  }

  Task<> to_modem(line::Line& modem) {
    std::array<std::uint8_t, 2048> buffer;
    for (;;) {
      const auto size = co_await port_->read(buffer, never);
      co_await cancellation_point();
      if (!size) co_return;
      const auto error = co_await modem.write(ByteView(buffer).first(*size), clock_.now() + write_limit);
      co_await cancellation_point();
      if (error) co_return;
    }
  }

  Task<> from_modem(line::Line& modem) {
    std::array<std::uint8_t, 2048> buffer;
    for (;;) {
      const auto size = co_await modem.read(buffer, never);
      co_await cancellation_point();
      if (!size) co_return;
      const auto error = co_await port_->write(ByteView(buffer).first(*size), clock_.now() + write_limit);
      co_await cancellation_point();
      if (error) co_return;
    }
  }

  /// Speed and DTR of the local port, for the modem.
  Task<> follow_lines(line::Line& modem) {
    unsigned speed = port_->speed();
    for (;;) {
      co_await clock_.wait_for(look_interval);
      const unsigned now = port_->speed();
      if (now == speed) continue;
      if (now == 0 || speed == 0) modem.set_dtr(now != 0);
      if (now != 0) modem.set_speed(now);
      speed = now;
    }
  }

  asio::io_context& io_;
  Clock& clock_;
  const std::string place_;
  const std::string password_;
  const std::filesystem::path link_;
  std::ostream& err_;
  std::optional<line::LocalPort> port_;
};

Exit run(Invocation& invocation) {
  const auto link = invocation.arguments.value("link");
  if (invocation.operands().size() != 1 || !link)
    throw Failure(Exit::usage, "write: external share attach POOL --link PATH");
  const auto settings = load_settings(invocation);
  const auto& share = pool_named(settings, invocation.operands().front());
  asio::io_context io(1);
  std::optional<Attachment> attachment;
  try {
    attachment.emplace(io, invocation.world.clock, share, *link, invocation.world.err);
  } catch (const std::runtime_error& error) {
    throw Failure(Exit::cannot_create, error.what());
  }
  service::Signals stop(io.get_executor(), service::stop_signals);
  std::exception_ptr failure;
  auto serve = [&]() -> Task<> {
    auto wait = [&]() -> Task<> { co_await stop.next(); };
    co_await first_of(attachment->run(), wait());
  };
  asio::co_spawn(io, serve(), [&](std::exception_ptr thrown) { failure = thrown; });
  invocation.world.err << "external: " << *link << " is a port of " << share.name
                       << "; who opens it gets a modem, who closes it gives it back" << std::endl;
  io.run();
  if (failure) std::rethrow_exception(failure);
  return Exit::ok;
}

}  // namespace

Command share_attach_command() {
  return {
      "share attach",
      {"POOL --link PATH"},
      "Make a serial port for programs that know nothing else",
      {{"link", "PATH", "the name of the port"}},
      "To open the port takes a modem of the pool, to close it gives the modem back; meanwhile nothing is "
      "held.\nRuns until it is ended by a signal.\n",
      run};
}

}  // namespace external::commands
