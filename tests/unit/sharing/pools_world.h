#pragma once
// Pools in virtual time; the lines are played by the test.

#include "piped_stream.h"

#include <external/line/memory.h>
#include <external/sharing/pools.h>

#include <gmock/gmock.h>

#include <deque>

namespace external::sharing {

using namespace std::chrono_literals;

/// Keeps what is written, each line with its instance.
class KeptLog final : public log::Log {
 public:
  void write(std::string_view instance, std::string_view text) override {
    lines.push_back(std::string(instance) + "|" + std::string(text));
  }
  std::vector<std::string> lines;
};

/// What somebody at the other end of a connection has.
struct Talk {
  std::string heard;
  test::PipedStream* end = nullptr;  ///< null: the connection is closed

  void say(std::string_view text) { end->hear(text); }
  bool is_closed() const { return end == nullptr; }
};

class Connection final : public test::PipedStream {
 public:
  Connection(const asio::any_io_executor& executor, Talk& talk) : PipedStream(executor), talk_(talk) {
    talk_.end = this;
  }
  ~Connection() override { talk_.end = nullptr; }

  Task<bool> write(std::string_view text) override {
    talk_.heard += text;
    return PipedStream::write(text);
  }

 private:
  Talk& talk_;
};

/// Stands for the line of an instance.
struct Modem {
  Modem(const asio::any_io_executor& executor, Clock& clock) : port(executor, clock, {}) {}

  line::MemoryLinePair port;
  bool free = true;
  std::vector<engine::LeaseEnd> ends{};
};

class PoolsTest : public testing::Test {
 protected:
  PoolsTest() { office.name = "OFFICE"; }
  ~PoolsTest() override { end(); }

  void cancel() { stop_.emit(asio::cancellation_type::terminal); }
  void end() {
    cancel();
    clock.advance(1min);
  }

  void open(std::vector<config::Share> shares, std::vector<std::string> instances) {
    for (const auto& name : instances) modems.try_emplace(name, io.get_executor(), clock);
    pools.emplace(io.get_executor(), clock, log, std::move(shares));
    Lines lines;
    lines.is_free = [this](const std::string& name) { return modems.at(name).free; };
    lines.wake = [this](const std::string& name) { wake(name); };
    lines.activity = [](const std::string&) { return std::string("is answering"); };
    pools->serve(std::move(lines));
    const auto ended = [this](const std::exception_ptr&) { has_ended = true; };
    asio::co_spawn(io, pools->run(), asio::bind_cancellation_slot(stop_.slot(), ended));
    clock.advance(10ms);
  }

  void open(std::vector<std::string> instances) {
    office.instances = instances;
    open({office}, std::move(instances));
  }

  Talk& come(const std::string& address, const std::string& pool = "OFFICE") {
    Talk& talk = talks_.emplace_back();
    pools->welcome(pool, Protocol::raw, std::make_unique<Connection>(io.get_executor(), talk), address);
    clock.advance(10ms);
    return talk;
  }

  /// As the line of an instance does that has nothing in hand.
  void wake(const std::string& name) {
    Modem& modem = modems.at(name);
    if (!modem.free) return;
    auto client = pools->lend(name, false);
    if (!client) return;
    modem.free = false;
    given.push_back(client->name());
    asio::co_spawn(io, lend(name, modem, std::move(client)), asio::detached);
  }

  Task<> lend(std::string name, Modem& modem, std::shared_ptr<engine::Borrower> client) {
    modem.ends.push_back(co_await client->use(modem.port.a(), false));
    client.reset();
    modem.free = true;
    wake(name);
  }

  /// As a reload does.
  std::vector<std::string> change(const std::vector<config::Share>& shares) {
    const auto plan = pools->prepare(read_pools(shares));
    auto lines = pools->use(*plan);
    clock.advance(10ms);
    return lines;
  }

  void hang_up(Talk& talk) {
    talk.end->close();
    clock.advance(10ms);
  }

  PoolReport report() { return pools->report().front(); }

  std::deque<Talk> talks_;
  std::vector<std::string> given;  ///< who got a modem, in order
  config::Share office;
  KeptLog log;
  asio::io_context io;
  VirtualClock clock{io};
  std::map<std::string, Modem> modems;
  std::optional<Pools> pools;
  bool has_ended = false;

 private:
  asio::cancellation_signal stop_;
};

}  // namespace external::sharing
