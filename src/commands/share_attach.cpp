#include "home.h"
#include "pool_words.h"

#include <external/base/async.h>
#include <external/base/text.h>
#include <external/line/local_port.h>
#include <external/line/port.h>
#include <external/line/tty.h>
#include <external/service/signals.h>

#include <fstream>
#include <iostream>

namespace external::commands {

namespace {

using namespace std::chrono_literals;

constexpr Duration connect_limit = 10s;
constexpr Duration write_limit = 1min;
constexpr Duration look_interval = 50ms;  ///< between looks at speed and DTR, which tell no changes
constexpr Duration pause_after_failure = 1s;

/// A pool as it is reached from here.
struct PoolPort {
  std::string name;      ///< empty: an address was given, not a pool of external.ini
  std::string place;     ///< as an AsyncCommPort
  std::string password;  ///< empty: none
};

/// What a pool offers: with Telnet if it can be, for that carries DTR and speed.
std::string place_of(const config::Share& share) {
  const bool telnet = !share.listen.empty();
  const auto& at = telnet ? share.listen.front() : share.listen_raw.front();
  const bool here = at.host.empty() || at.host == "0.0.0.0" || at.host == "::";
  const bool ipv6 = !here && at.host.find(':') != std::string::npos;
  const auto host = here ? "127.0.0.1" : ipv6 ? "[" + at.host + "]" : at.host;
  return (telnet ? "rfc2217://" : "tcp://") + host + ":" + at.port;
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

PoolPort port_of(const config::Share& share) {
  if (!share.certificate.empty()) {
    throw Failure(Exit::config,
                  "[Share " + share.name +
                      "] has a Certificate, and share attach speaks no TLS; lend its modems by a second "
                      "section, too, without Certificate and with Listen for this computer only");
  }
  return {share.name, place_of(share), share.password};
}

std::string password_in(const std::string& file) {
  std::error_code error;
  const auto others = std::filesystem::perms::group_read | std::filesystem::perms::others_read;
  const auto permissions = std::filesystem::status(file, error).permissions();
  std::ifstream stream(file);
  std::string password;
  if (error || !stream || (!std::getline(stream, password) && stream.bad()))
    throw Failure(Exit::no_input, file + " cannot be read; it is to hold the password of the pool");
  if ((permissions & others) != std::filesystem::perms::none)
    throw Failure(Exit::no_permission, file + ": other users can read it; run: chmod 600 " + file);
  while (password.ends_with('\r')) password.pop_back();
  if (password.empty()) throw Failure(Exit::data, file + ": its first line, the password, is empty");
  return password;
}

PoolPort port_named(const Invocation& invocation, const std::string& operand) {
  const auto file = invocation.arguments.value("password-file");
  PoolPort port;
  if (operand.find("://") == std::string::npos) {
    port = port_of(pool_named(load_settings(invocation), operand));
  } else if (line::remote_port(operand)) {
    port.place = operand;
  } else {
    throw Failure(Exit::usage,
                  visible(operand) + " is no pool; write rfc2217://HOST:PORT or tcp://HOST:PORT");
  }
  if (file) port.password = password_in(*file);
  return port;
}

/// A local port, and the lease that whoever opens it gets.
class Attachment {
 public:
  Attachment(asio::io_context& io, Clock& clock, PoolPort pool_port, std::filesystem::path link,
             std::ostream& err)
      : io_(io), clock_(clock), pool_port_(std::move(pool_port)), link_(std::move(link)), err_(err) {
    renew();
  }

  /// Never ends.
  Task<> run() {
    for (;;) {
      co_await port_->wait_until_open();
      line::TtyOptions options;
      options.speed = std::max(port_->speed(), 300U);
      auto modem = co_await line::open_port(pool_port_.place, options, clock_, clock_.now() + connect_limit);
      co_await cancellation_point();
      if (!modem) {
        say("no modem at " + pool_port_.place + ": " + modem.error().message());
        renew();  // who has the port open is hung up
        co_await clock_.wait_for(pause_after_failure);
        continue;
      }
      const bool taken_back = co_await use(**modem);
      (*modem)->close();
      // One that opened the port again at once has a lease of its own.
      if (taken_back || !port_->is_open()) renew();
    }
  }

 private:
  void renew() {
    // The name leads to the new one before the old one goes, so that there is a port at every moment.
    auto fresh = std::make_unique<line::LocalPort>(io_.get_executor(), clock_, link_);
    port_ = std::move(fresh);
  }

  void say(const std::string& text) { err_ << "external: " << text << std::endl; }

  /// Until the program has closed the port, or the lease has ended; then it returns true.
  Task<bool> use(line::Line& modem) {
    PoolWords words(pool_port_.name, !pool_port_.password.empty());
    if (!pool_port_.password.empty()) {
      const auto line = pool_port_.password + "\r";
      co_await modem.write(as_bytes(line), clock_.now() + write_limit);
    }
    const auto first = co_await first_of(port_->wait_until_closed(), to_modem(modem),
                                         from_modem(modem, words), follow_lines(modem));
    const bool taken_back = first == 2;
    if (taken_back)
      say(words.last().empty() ? pool_port_.place + " has closed the connection" : words.last());
    co_return taken_back;
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

  Task<> from_modem(line::Line& modem, PoolWords& words) {
    std::array<std::uint8_t, 2048> buffer;
    for (;;) {
      const auto size = co_await modem.read(buffer, never);
      co_await cancellation_point();
      if (!size) co_return;
      const auto passed = words.take(ByteView(buffer).first(*size));
      for (const auto& line : words.told()) say(line);
      const auto error = co_await port_->write(passed, clock_.now() + write_limit);
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
  const PoolPort pool_port_;
  const std::filesystem::path link_;
  std::ostream& err_;
  std::unique_ptr<line::LocalPort> port_;
};

Exit run_share_attach(Invocation& invocation) {
  const auto link = invocation.arguments.value("link");
  if (invocation.operands().size() != 1 || !link)
    throw Failure(Exit::usage, "write: external share attach POOL --link PATH");
  const auto port = port_named(invocation, invocation.operands().front());
  asio::io_context io(1);
  std::optional<Attachment> attachment;
  try {
    attachment.emplace(io, invocation.world.clock, port, *link, invocation.world.err);
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
  invocation.world.err << "external: " << *link << " is a port of " << invocation.operands().front()
                       << "; who opens it gets a modem, who closes it gives it back" << std::endl;
  io.run();
  if (failure) std::rethrow_exception(failure);
  return Exit::ok;
}

}  // namespace

Command share_attach_command() {
  return {
      "share attach",
      {"POOL --link PATH", "rfc2217://HOST:PORT --link PATH [--password-file FILE]",
       "tcp://HOST:PORT --link PATH [--password-file FILE]"},
      "Make a serial port for programs that know nothing else",
      {{"link", "PATH", "the name of the port"},
       {"password-file", "FILE", "its first line is the password of the pool"}},
      "To open the port takes a modem of the pool, to close it gives the modem back; meanwhile nothing is "
      "held.\nPOOL is a [Share NAME] of external.ini; an address is that of a pool on any computer, and "
      "needs no\n"
      "external.ini. What the pool has to say, such as who has the modem, goes to standard error.\n"
      "Runs until it is ended by a signal.\n",
      run_share_attach};
}

}  // namespace external::commands
