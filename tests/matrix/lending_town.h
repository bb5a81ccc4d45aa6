#pragma once
// A post office that lends its modems, those who borrow them, and those who call; in virtual time.

#include "caller.h"
#include "virtual_town.h"

#include <external/base/text.h>
#include <external/sharing/pools.h>

namespace external::matrix {

/// A program that wants a modem, and its connection to the pool.
class Program {
  struct Wire {
    explicit Wire(const asio::any_io_executor& executor) : more(executor) {}
    std::string to_pool;
    std::string from_pool;
    bool closed = false;  ///< by the program
    bool over = false;    ///< the pool has let go of it
    Event more;
  };

  class WireStream final : public stream::Stream {
   public:
    explicit WireStream(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
    ~WireStream() override { wire_->over = true; }

    Task<std::size_t> read(std::span<char> to) override {
      while (wire_->to_pool.empty() && !wire_->closed) {
        wire_->more.clear();
        co_await wire_->more.wait();
      }
      const auto size = std::min(to.size(), wire_->to_pool.size());
      std::copy_n(wire_->to_pool.begin(), size, to.begin());
      wire_->to_pool.erase(0, size);
      co_return size;
    }
    Task<bool> write(std::string_view text) override {
      if (!wire_->closed) wire_->from_pool += text;
      co_return !wire_->closed;
    }
    bool has_gone() override { return wire_->closed; }

   private:
    std::shared_ptr<Wire> wire_;
  };

 public:
  Program(external::test::VirtualWorld& world, sharing::Pools& pools, const std::string& pool,
          sharing::Protocol protocol, std::string address)
      : world_(world),
        pools_(pools),
        address_(std::move(address)),
        wire_(std::make_shared<Wire>(world.io.get_executor())) {
    pools.welcome(pool, protocol, std::make_unique<WireStream>(wire_), address_);
  }
  /// It dies, as far as the pool can see.
  ~Program() { close(); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  const std::string& address() const { return address_; }
  void say(std::string_view text) {
    wire_->to_pool += text;
    wire_->more.set();
  }
  void close() {
    wire_->closed = true;
    wire_->more.set();
  }
  const std::string& heard() const { return wire_->from_pool; }
  void forget() { wire_->from_pool.clear(); }
  bool over() const { return wire_->over; }

  /// Runs until `words` have come.
  bool hears(std::string_view words, Duration limit = 1min) {
    return world_.clock.run_until([&] { return heard().find(words) != std::string::npos; }, limit);
  }
  bool is_sent_away(Duration limit = 1min) {
    return world_.clock.run_until([&] { return over(); }, limit);
  }
  /// Says it, and runs until `words` have come in answer.
  bool asks(std::string_view text, std::string_view words, Duration limit = 1min) {
    forget();
    say(text);
    return hears(words, limit);
  }

  /// The instance whose modem it has; empty: none.
  std::string instance() const {
    for (const auto& pool : pools_.report()) {
      for (const auto& lease : pool.leases) {
        if (lease.client == address_) return lease.instance;
      }
    }
    return {};
  }
  bool has_modem() const { return !instance().empty(); }
  bool gets_modem(Duration limit = 1min) {
    return world_.clock.run_until([&] { return has_modem(); }, limit);
  }

 private:
  external::test::VirtualWorld& world_;
  sharing::Pools& pools_;
  const std::string address_;
  std::shared_ptr<Wire> wire_;
};

struct LendingOptions {
  std::string share{};                   ///< more of [Share OFFICE]
  std::string instance{};                ///< more of each instance
  std::vector<std::string> instances{};  ///< more of the first one, the second one, ...
  std::string more{};                    ///< more sections, or of the last instance
  unsigned modems = 1;
  StationOptions station{};
};

/// SOUTH/HUB lends its modems, Modem1 at 5550101, Modem2 at 5550102, ...; NORTH/CLINIC (5550001) has one that
/// it does not lend. Each may call the other; NORTH is not started. A caller is at 5550009.
struct LendingTown : external::test::VirtualWorld {
  explicit LendingTown(LendingOptions options = {})
      : phones(io.get_executor(), clock),
        north_modem(phones, "5550001", "north"),
        caller(phones, "5550009", "caller"),
        north(*this, "NORTH/CLINIC", port_of(north_modem), "",
              "[PostOffice SOUTH/HUB]\nPhone = 5550101\nPassword = one\n"),
        office(*this, "SOUTH/HUB", open_line(), of_instance(options, 1), sections(options)) {
    for (unsigned i = 1; i <= options.modems; ++i)
      modems.push_back(
          std::make_unique<Station>(phones, number(i), "south" + std::to_string(i), options.station));
    auto shares = config::parse(office.settings(), office.folder.path() / "external.ini").shares;
    for (auto& share : shares) {
      share.listen.clear();  // who comes is welcomed by hand
      share.listen_raw.clear();
    }
    pools.emplace(io.get_executor(), clock, office.log, std::move(shares));
    pools->serve(lines());
    asio::co_spawn(io, pools->run(), asio::bind_cancellation_slot(stop_pools.slot(), asio::detached));
  }
  ~LendingTown() {
    EXPECT_TRUE(office.stop()) << office.log.all();
    stop_pools.emit(asio::cancellation_type::terminal);
    clock.advance(10s);
  }

  static std::string number(unsigned modem) { return "555010" + std::to_string(modem); }
  Station& modem(unsigned which = 1) { return *modems[which - 1]; }

  bool start() {
    start_office();
    return run_until([&] {
      return std::ranges::all_of(office.engine->report().lines,
                                 [](const auto& line) { return line.state == engine::LineState::listening; });
    });
  }
  void start_office() {
    engine::EngineOptions options;
    options.lender = &*pools;
    office.start_with(std::move(options));
  }
  /// The north is there, too, to be called and to call.
  bool start_north() {
    north.start();
    return north.is_in_state(engine::LineState::listening);
  }

  engine::LineState state(unsigned which = 1) const {
    return office.engine->line_state("Modem" + std::to_string(which));
  }
  bool is_in_state(engine::LineState wanted, unsigned which = 1, Duration limit = 2min) {
    return run_until([&] { return state(which) == wanted; }, limit);
  }
  bool run_until(const std::function<bool()>& done, Duration limit = 10min) {
    return clock.run_until(done, limit);
  }

  std::unique_ptr<Program> program(const std::string& address = "192.0.2.7:4711",
                                   sharing::Protocol protocol = sharing::Protocol::raw,
                                   const std::string& pool = "OFFICE") {
    return std::make_unique<Program>(*this, *pools, pool, protocol, address);
  }

  /// Somebody who calls now is answered by External, who says something.
  void expect_answered(unsigned which = 1) {
    caller.call(number(which), {});
    EXPECT_TRUE(run_until([&] { return !caller.heard().empty(); }, 2min))
        << (caller.was_connected() ? "connected, but nothing was said\n" : "not connected\n")
        << office.log.all();
    caller.leave();
    EXPECT_TRUE(is_in_state(engine::LineState::listening, which)) << office.log.all();
  }

  Telephony phones;
  std::vector<std::unique_ptr<Station>> modems;
  Station north_modem;
  Caller caller;
  Office north;
  std::optional<sharing::Pools> pools;
  asio::cancellation_signal stop_pools;
  Office office;  // goes first: it is lent by

 private:
  static std::string sections(const LendingOptions& options) {
    std::string text;
    for (unsigned i = 2; i <= options.modems; ++i) {
      const auto name = std::to_string(i);
      const auto its_own = of_instance(options, i);
      const bool has_speed = its_own.find("AsyncSpeed") != std::string::npos;
      text += "[External-Modem" + name + "]\nAsyncCommPort = /dev/modem" + name + "\nRetryInterval = 5s\n" +
              (has_speed ? "" : "AsyncSpeed = 9600\n") + its_own;
    }
    return text + options.more + "\n[Share OFFICE]\nListen = 7000\n" + options.share +
           "\n[PostOffice NORTH/CLINIC]\nPhone = 5550001\nPassword = one\n";
  }

  static std::string of_instance(const LendingOptions& options, unsigned which) {
    return options.instance + (which <= options.instances.size() ? options.instances[which - 1] : "");
  }

  engine::OpenLine open_line() {
    return [this](const config::Instance& instance) -> Task<Result<std::unique_ptr<line::Line>>> {
      const auto which = static_cast<unsigned>(std::stoul(instance.name.substr(5)));
      co_return modem(which).open();
    };
  }

  /// As `external run` does it.
  sharing::Lines lines() {
    sharing::Lines all;
    all.wake = [this](const std::string& instance) {
      if (office.engine) office.engine->wake_line(instance);
    };
    all.is_free = [this](const std::string& instance) {
      return office.engine && office.engine->line_state(instance) == engine::LineState::listening;
    };
    all.activity = [this](const std::string& instance) {
      return office.engine ? "is " + to_lower(std::string(name_of(office.engine->line_state(instance))))
                           : std::string("is not there");
    };
    return all;
  }
};

/// The same at work, with the first modem lent to a program at 192.0.2.7:1. The north is there, too.
struct LentTown : LendingTown {
  explicit LentTown(LendingOptions options = {}) : LendingTown(std::move(options)) {
    EXPECT_TRUE(start());
    EXPECT_TRUE(start_north());
    owner = program("192.0.2.7:1");
    EXPECT_TRUE(owner->gets_modem(5s)) << office.log.all();
  }
  std::unique_ptr<Program> owner;
};

}  // namespace external::matrix
