// HoldPort = call: a line that has its port only while it makes calls, and what it does without one.

#include "virtual_town.h"

namespace external::matrix::hold_port_test {
namespace {

using engine::LineState;
using testing::HasSubstr;
using testing::StartsWith;

const std::string for_calls = "HoldPort = call\nCommOutOnly = yes\n";

/// The port of a pool: until it `gives`, all that is there is a place in its queue.
class PoolPort final : public line::Line {
 public:
  struct Pool {
    Station& modem;
    Clock& clock;
    bool gives = false;
    int waiting = 0;
    int came = 0;
  };

  explicit PoolPort(Pool& pool) : pool_(pool) {
    ++pool_.waiting;
    ++pool_.came;
    discard_input();
  }
  ~PoolPort() override { close(); }

  std::string name() const override { return "pool"; }
  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override {
    while (words_.empty() && !has_modem()) {
      if (pool_.clock.now() >= deadline) co_return error_code(asio::error::timed_out);
      co_await pool_.clock.wait_until(std::min(deadline, pool_.clock.now() + 100ms));
    }
    if (words_.empty()) co_return co_await modem_->read(into, deadline);
    const auto size = std::min(into.size(), words_.size());
    std::copy_n(words_.begin(), size, into.begin());
    words_.erase(0, size);
    co_return size;
  }
  Task<error_code> write(ByteView bytes, TimePoint deadline) override {
    if (!has_modem()) co_return error_code();
    co_return co_await modem_->write(bytes, deadline);
  }
  std::size_t discard_input() override {
    if (has_modem()) return modem_->discard_input();
    words_ = "OFFICE: all modems are in use. You are number 1 in the queue.\r\n";
    return 0;
  }
  void discard_output() override {}
  Result<line::ControlLines> control_lines() override { return error_code(line::Error::unsupported); }
  error_code set_dtr(bool high) override {
    return has_modem() ? modem_->set_dtr(high) : error_code(line::Error::unsupported);
  }
  unsigned speed() const override { return 9600; }
  error_code set_speed(unsigned) override { return {}; }
  void close() override {
    if (std::exchange(waits_, false)) --pool_.waiting;
    modem_.reset();
  }

 private:
  bool has_modem() {
    if (modem_ || !pool_.gives) return modem_ != nullptr;
    auto opened = pool_.modem.open();
    if (!opened) return false;
    modem_ = *std::move(opened);
    if (std::exchange(waits_, false)) --pool_.waiting;
    words_ += "OFFICE: Modem1 is yours.\r\n";
    return true;
  }

  Pool& pool_;
  std::unique_ptr<line::Line> modem_;
  std::string words_;
  bool waits_ = true;
};

/// The north dials the south, and has its port for calls only.
struct HoldTown : external::test::VirtualWorld {
  explicit HoldTown(const std::string& more = "", const std::string& peers = "", bool from_pool = false)
      : phones(io.get_executor(), clock),
        north_modem(phones, "5550001", "north"),
        south_modem(phones, "5550002", "south"),
        north(*this, "NORTH/CLINIC", from_pool ? port_of_pool() : port_of(north_modem), for_calls + more,
              "[PostOffice SOUTH/HUB]\nPhone = 5550002\nPassword = one\n" + peers),
        south(*this, "SOUTH/HUB", port_of(south_modem), "", "[PostOffice NORTH/CLINIC]\nPassword = one\n") {}

  engine::OpenLine port_of_pool() {
    return [this](const config::Instance&) -> Task<Result<std::unique_ptr<line::Line>>> {
      co_return std::make_unique<PoolPort>(pool);
    };
  }

  bool start() {
    north.start();
    south.start();
    return north.is_in_state(LineState::resting) && south.is_in_state(LineState::listening);
  }
  bool run_until(const std::function<bool()>& done, Duration limit = 10min) {
    return clock.run_until(done, limit);
  }
  void queue_mail() { north.queue("SOUTH/HUB/ANNA", "Subject: mail\n\nmail\n"); }
  void expect_mail_arrives(std::size_t all) {
    EXPECT_TRUE(run_until([&] { return south.mailbox().size() == all; })) << north.log.all();
    EXPECT_TRUE(north.is_in_state(LineState::resting)) << north.log.all();
    EXPECT_FALSE(north_modem.is_open());
  }
  engine::CallReport call() {
    std::optional<engine::CallReport> report;
    north.call("SOUTH/HUB", report);
    EXPECT_TRUE(run_until([&] { return report.has_value(); })) << north.log.all();
    return report.value_or(engine::CallReport());
  }

  Telephony phones;
  Station north_modem;
  Station south_modem;
  PoolPort::Pool pool{north_modem, clock};
  Office north;
  Office south;
};

TEST(HoldPort, ALineRestsWithoutAPortAndOpensItForEachCall) {
  HoldTown town;
  ASSERT_TRUE(town.start());
  town.clock.advance(2h);
  EXPECT_EQ(town.north_modem.opens(), 0u) << "nobody wants a call";
  EXPECT_EQ(town.north.state(), LineState::resting);
  EXPECT_EQ(town.north.detail(), "No port is held; it is opened for the next call.");
  EXPECT_FALSE(town.north.log.has("hung")) << town.north.log.all();

  for (const std::size_t mail : {1u, 2u}) {
    town.queue_mail();
    town.expect_mail_arrives(mail);
    EXPECT_EQ(town.north_modem.opens(), mail);
    EXPECT_FALSE(town.north_modem.off_hook());
    EXPECT_FALSE(town.north_modem.dtr());
    EXPECT_EQ(town.north.log.count("No call is due; port /dev/modem is given back until the next one."),
              mail);
    EXPECT_EQ(town.north.log.count("Modem reset, port /dev/modem closed."), mail);
    EXPECT_THAT(town.north.detail(),
                StartsWith("No port is held; it is opened for the next call. Last: SOUTH/HUB: "));
    town.clock.advance(10min);
  }
}

TEST(HoldPort, CallsThatAreDueTogetherTakeThePortOnce) {
  HoldTown town("", "[PostOffice EAST/LAB]\nPhone = 5550002\nPassword = two\n");
  town.queue_mail();
  town.north.queue("EAST/LAB/BERT", "Subject: to nobody\n\nmail\n");
  ASSERT_TRUE(town.start());
  town.expect_mail_arrives(1);
  EXPECT_TRUE(town.north.log.has("Calling: EAST/LAB"));
  EXPECT_EQ(town.north_modem.opens(), 1u) << town.north.log.all();
}

TEST(HoldPort, MailThatComesDuringACallIsWorthNoOtherOpening) {
  HoldTown town("", "[PostOffice EAST/LAB]\nPhone = 5550002\nPassword = two\n");
  ASSERT_TRUE(town.start());
  town.queue_mail();
  ASSERT_TRUE(town.north.is_in_state(LineState::hanging_up));
  town.queue_mail();
  town.expect_mail_arrives(2);
  EXPECT_EQ(town.north_modem.opens(), 1u) << town.north.log.all();
}

TEST(HoldPort, APostOfficeThatDoesNotAnswerDoesNotKeepThePort) {
  HoldTown town;
  ASSERT_TRUE(town.start());
  ASSERT_TRUE(town.south.stop());
  town.queue_mail();
  ASSERT_TRUE(town.run_until([&] { return town.north_modem.opens() == 1; }));
  ASSERT_TRUE(town.north.is_in_state(LineState::resting)) << town.north.log.all();
  EXPECT_EQ(town.north.log.count("Calling: "), 1u) << "and that has failed";
  EXPECT_FALSE(town.north_modem.is_open());
  town.south.start();
  town.expect_mail_arrives(1);
  EXPECT_EQ(town.north_modem.opens(), town.north.log.count("Calling: "));
}

TEST(HoldPort, ItWaitsForAProgramThatHasThePortMeanwhile) {
  HoldTown town;
  ASSERT_TRUE(town.start());
  auto fax = town.north_modem.open();
  ASSERT_TRUE(fax) << "nobody has it";
  town.clock.advance(10min);
  EXPECT_EQ(town.north.state(), LineState::resting);
  town.queue_mail();
  ASSERT_TRUE(town.north.is_in_state(LineState::lock_wait));
  town.clock.advance(10min);
  EXPECT_TRUE(town.south.mailbox().empty());
  (*fax)->close();
  town.expect_mail_arrives(1);
}

TEST(HoldPort, MailWaitsForAPortThatIsNotThere) {
  HoldTown town;
  town.north_modem.unplug();
  ASSERT_TRUE(town.start());
  town.queue_mail();
  ASSERT_TRUE(town.north.is_in_state(LineState::absent));
  EXPECT_THAT(town.north.detail(), HasSubstr("/dev/modem"));
  town.clock.advance(1h);
  EXPECT_EQ(town.north.state(), LineState::absent);
  town.north_modem.plug();
  town.expect_mail_arrives(1);
}

TEST(HoldPort, ACallThatSomebodyAsksForIsMadeOrRefusedWithTheCause) {
  HoldTown town;
  ASSERT_TRUE(town.start());
  town.north_modem.unplug();
  const auto refused = town.call();
  EXPECT_FALSE(refused.ok);
  EXPECT_THAT(refused.text, HasSubstr("/dev/modem"));
  ASSERT_TRUE(town.north.is_in_state(LineState::resting)) << "nobody wants a call any more";
  EXPECT_EQ(town.north.detail(), "No port is held; it is opened for the next call. Last: " + refused.text);
  town.north_modem.plug();
  EXPECT_TRUE(town.call().ok) << town.north.log.all();
  EXPECT_TRUE(town.north.is_in_state(LineState::resting));
}

TEST(HoldPort, AModemThatIsSilentIsTriedEverMoreRarelyAndItsPortIsFreeMeanwhile) {
  HoldTown town;
  ASSERT_TRUE(town.start());
  town.north_modem.power_off();
  town.queue_mail();
  ASSERT_TRUE(town.north.is_in_state(LineState::wedged, 1h)) << town.north.log.all();
  EXPECT_FALSE(town.north_modem.is_open());
  const auto opens = town.north_modem.opens();
  town.clock.advance(1h);
  EXPECT_LT(town.north_modem.opens() - opens, 13u) << "every five minutes at most";
  town.north_modem.power_on();
  town.expect_mail_arrives(1);
}

// Whoever waits for it wants to know that there is a modem.
TEST(HoldPort, OneThatIsRequiredIsReadyOnceItsModemWas) {
  HoldTown town("Required = yes\n");
  town.north_modem.unplug();
  town.north.start();
  ASSERT_TRUE(town.north.is_in_state(LineState::absent));
  EXPECT_FALSE(town.north.engine->is_ready());
  town.north_modem.plug();
  ASSERT_TRUE(town.north.is_in_state(LineState::resting));
  EXPECT_TRUE(town.north.engine->is_ready());
  town.clock.advance(1h);
  EXPECT_EQ(town.north_modem.opens(), 1u);
}

TEST(HoldPort, ALineThatRestsStopsAtOnceAndStartsAgain) {
  HoldTown town;
  ASSERT_TRUE(town.start());
  const auto before = town.clock.now();
  ASSERT_TRUE(town.north.engine->stop_instance("Modem1"));
  ASSERT_TRUE(town.north.is_in_state(LineState::disabled, 1s));
  town.queue_mail();
  town.clock.advance(1h);
  EXPECT_EQ(town.north_modem.opens(), 0u);
  ASSERT_TRUE(town.north.engine->start_instance("Modem1"));
  town.expect_mail_arrives(1);
  EXPECT_TRUE(town.north.stop(1s));
  EXPECT_GT(town.clock.now(), before);
}

TEST(HoldPort, ARunOfOneCycleMakesItsCallsAndEnds) {
  HoldTown town;
  town.south.start();
  town.queue_mail();
  engine::EngineOptions options;
  options.once = true;
  town.north.start_with(std::move(options));
  ASSERT_TRUE(town.run_until([&] { return town.north.ended(); })) << town.north.log.all();
  EXPECT_EQ(town.south.mailbox().size(), 1u);
  EXPECT_FALSE(town.north_modem.is_open());
}

TEST(HoldPort, AtAPoolItKeepsItsPlaceUntilItGetsAModem) {
  HoldTown town("", "", true);
  ASSERT_TRUE(town.start());
  EXPECT_EQ(town.pool.came, 0);
  std::optional<engine::CallReport> report;
  town.north.call("SOUTH/HUB", report);
  ASSERT_TRUE(town.north.is_in_state(LineState::lock_wait)) << town.north.log.all();
  town.clock.advance(10min);
  EXPECT_EQ(town.pool.came, 1) << "who comes anew goes to the end of the queue";
  EXPECT_EQ(town.pool.waiting, 1);
  EXPECT_FALSE(report) << "to wait for a modem is a part of the call";
  EXPECT_EQ(town.north.log.count("are in use; waiting for one."), 1u);
  town.pool.gives = true;
  ASSERT_TRUE(town.run_until([&] { return report.has_value(); })) << town.north.log.all();
  EXPECT_TRUE(report->ok) << report->text;
  EXPECT_TRUE(town.north.is_in_state(LineState::resting));
  EXPECT_FALSE(town.north_modem.is_open());
}

TEST(HoldPort, ItLeavesTheQueueOfAPoolWhenNoCallIsDueAnyMore) {
  HoldTown town("", "", true);
  ASSERT_TRUE(town.start());
  town.queue_mail();
  ASSERT_TRUE(town.north.is_in_state(LineState::lock_wait)) << town.north.log.all();
  ASSERT_EQ(town.north.reload("Phone = 5550002\n", ""), "");
  ASSERT_TRUE(town.north.is_in_state(LineState::resting, 30s)) << town.north.log.all();
  EXPECT_EQ(town.pool.waiting, 0);
  EXPECT_TRUE(town.north.log.has("Port /dev/modem closed; no modem was given for it."));
}

TEST(HoldPort, WhoStopsWhileItWaitsAtAPoolLeavesItAtOnce) {
  HoldTown town("", "", true);
  ASSERT_TRUE(town.start());
  town.queue_mail();
  ASSERT_TRUE(town.north.is_in_state(LineState::lock_wait));
  EXPECT_TRUE(town.north.stop(1s)) << town.north.log.all();
  EXPECT_EQ(town.pool.waiting, 0);
}

/// The north has two lines to dial the south with.
struct TwoLineTown : external::test::VirtualWorld {
  explicit TwoLineTown(const std::string& first, const std::string& second)
      : phones(io.get_executor(), clock),
        modems{{phones, "5550001", "north"}, {phones, "5550003", "second"}},
        south_modem(phones, "5550002", "south"),
        north(*this, "NORTH/CLINIC", open_line(), first,
              "[External-Modem2]\nAsyncCommPort = /dev/second\nAsyncSpeed = 9600\n" + second +
                  "[PostOffice SOUTH/HUB]\nPhone = 5550002\nPassword = one\n"),
        south(*this, "SOUTH/HUB", port_of(south_modem), "", "[PostOffice NORTH/CLINIC]\nPassword = one\n") {
    south.start();
    north.start();
    clock.advance(1min);
  }

  engine::OpenLine open_line() {
    return [this](const config::Instance& instance) -> Task<Result<std::unique_ptr<line::Line>>> {
      co_return modems[instance.name == "Modem1" ? 0 : 1].open();
    };
  }
  void expect_mail_arrives() {
    north.queue("SOUTH/HUB/ANNA", "Subject: mail\n\nmail\n");
    EXPECT_TRUE(clock.run_until([&] { return south.mailbox().size() == 1; }, 10min)) << north.log.all();
    clock.advance(1min);
  }

  Telephony phones;
  Station modems[2];
  Station south_modem;
  Office north;
  Office south;
};

TEST(HoldPort, OfTwoThatRestOneIsEnoughForACall) {
  TwoLineTown town(for_calls, for_calls);
  town.expect_mail_arrives();
  EXPECT_EQ(town.modems[0].opens() + town.modems[1].opens(), 1u) << town.north.log.all();
}

TEST(HoldPort, ALineThatHasItsPortGoesFirst) {
  TwoLineTown town(for_calls, "");
  town.expect_mail_arrives();
  EXPECT_EQ(town.modems[0].opens(), 0u) << town.north.log.all();
}

TEST(HoldPort, WhereOneCannotMakeTheCallTheOtherDoes) {
  TwoLineTown town(for_calls, for_calls);
  town.modems[0].unplug();
  town.expect_mail_arrives();
  EXPECT_EQ(town.modems[1].opens(), 1u) << town.north.log.all();
  EXPECT_EQ(town.north.state(), LineState::resting) << "there is nothing left to do";
}

}  // namespace
}  // namespace external::matrix::hold_port_test
