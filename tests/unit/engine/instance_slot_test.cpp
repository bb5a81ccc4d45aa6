#include "../../../src/engine/instance_slot.h"

#include "lent.h"
#include "run.h"

#include <external/config/load.h>

#include <gmock/gmock.h>

namespace external::engine::instance_slot_test {
namespace {

using namespace std::chrono_literals;
using namespace ::testing;

struct Lines final : log::Log {
  void write(std::string_view instance, std::string_view text) override {
    lines.push_back(std::string(instance) + ": " + std::string(text));
  }
  std::vector<std::string> lines;
};

/// What instances made by the test do, one after the other; the last for ever.
enum class Fate { serves, throws, throws_late, hangs_up_slowly, cannot_be_made, is_misconfigured };

class FakeInstance final : public Instance {
 public:
  FakeInstance(Fate fate, Clock& clock, Board& board) : fate_(fate), clock_(clock), board_(board) {}
  void wake() override {}
  Task<> run(Event& stop) override {
    board_.show(LineState::initialising);
    co_await clock_.wait_for(1s);
    if (fate_ == Fate::throws) throw std::logic_error("a defect");
    board_.show(LineState::listening, "Ready.");
    if (fate_ == Fate::throws_late) {
      co_await clock_.wait_for(10min);
      throw std::logic_error("a late defect");
    }
    co_await stop.wait();
    if (fate_ == Fate::hangs_up_slowly) co_await clock_.wait_for(10s);
  }

 private:
  Fate fate_;
  Clock& clock_;
  Board& board_;
};

struct SlotTest : Test, external::test::VirtualWorld {
  SlotTest() { planner.instances({"Modem1"}); }
  ~SlotTest() override {
    if (!slot) return;
    slot->end();
    clock.run_until([this] { return ended; }, 1min);
    EXPECT_TRUE(ended);
  }

  void make(std::vector<Fate> all) {
    fates = std::move(all);
    SlotServices services{io.get_executor(), clock, log, planner, {}, {}, {}};
    services.make = [this](const config::Instance& instance, Board& board) {
      made.push_back(instance.async_speed);
      times.push_back(clock.now());
      const Fate fate = fates.front();
      if (fates.size() > 1) fates.erase(fates.begin());
      if (fate == Fate::cannot_be_made) throw std::runtime_error("no memory");
      if (fate == Fate::is_misconfigured) throw Misconfigured("Disabled: no such script.");
      return std::make_unique<FakeInstance>(fate, clock, board);
    };
    services.look_again = [this]() -> Task<> {
      ++looks;
      co_return;
    };
    slot.emplace(services, settings.instances.front(), [this] { ++changes; });
    asio::co_spawn(io, slot->run(), [this](const std::exception_ptr& failure) {
      EXPECT_FALSE(failure);
      ended = true;
    });
  }

  LineState state() const { return slot->board().report().state; }
  std::string detail() const { return slot->board().report().detail; }
  bool reaches(LineState wanted, Duration limit = 1min) {
    return clock.run_until([&] { return state() == wanted; }, limit);
  }
  std::string answer_to_a_wish() {
    const auto wish = std::make_shared<CallRequest>(io.get_executor(), "A/A");
    planner.request(wish);
    const auto text = wish->done.is_set() ? wish->report.text : "waits";
    planner.refuse(nullptr, "gone");
    return text;
  }

  config::Settings settings = config::parse(
      "[External]\nHomePO = N/C\n[External-Modem1]\nAsyncCommPort = /dev/a\n"
      "[PostOffice A/A]\nPhone = 1\nPassword = x\n",
      "/po/external.ini");
  Lines log;
  Planner planner{external::test::lent(settings), clock, false};
  std::vector<Fate> fates;
  std::vector<unsigned> made;
  std::vector<TimePoint> times;
  int looks = 0;
  int changes = 0;
  bool ended = false;
  std::optional<InstanceSlot> slot;
};

TEST_F(SlotTest, AnInstanceThatThrowsIsStartedAgainEverMoreRarely) {
  make({Fate::throws});
  clock.advance(2s);
  EXPECT_EQ(state(), LineState::modem_wait);
  EXPECT_EQ(detail(), "Unexpected trouble: a defect; the line is reset and tried again.");
  EXPECT_EQ(log.lines.back(), "Modem1: " + detail());
  clock.advance(30min);
  ASSERT_GE(times.size(), 6u);
  EXPECT_EQ(times[1] - times[0], 6s);
  EXPECT_EQ(times[2] - times[1], 11s);
  EXPECT_EQ(times[3] - times[2], 21s);
  EXPECT_EQ(times.back() - times[times.size() - 2], 5min + 1s);
}

TEST_F(SlotTest, OneThatServedWellForLongBeginsItsPausesAnew) {
  make({Fate::throws, Fate::throws, Fate::throws_late, Fate::serves});
  EXPECT_FALSE(slot->has_been_ready());
  clock.advance(30min);
  ASSERT_EQ(times.size(), 4u);
  EXPECT_EQ(times[2] - times[1], 11s);
  EXPECT_EQ(times[3] - times[2], 10min + 6s);
  EXPECT_EQ(state(), LineState::listening);
  EXPECT_TRUE(slot->has_been_ready());
}

TEST_F(SlotTest, OneThatCannotBeMadeIsTriedAgain) {
  make({Fate::cannot_be_made, Fate::serves});
  ASSERT_TRUE(reaches(LineState::modem_wait));
  EXPECT_THAT(detail(), HasSubstr("no memory"));
  EXPECT_TRUE(reaches(LineState::listening));
}

TEST_F(SlotTest, AMisconfiguredOneIsDisabledWithItsReasonAndComesBackWhenItIsMended) {
  make({Fate::is_misconfigured, Fate::is_misconfigured, Fate::serves});
  clock.advance(1s);
  EXPECT_EQ(state(), LineState::disabled);
  EXPECT_EQ(detail(), "Disabled: no such script.");
  EXPECT_FALSE(slot->has_been_ready());
  EXPECT_EQ(answer_to_a_wish(), "instance Modem1: Disabled: no such script.");
  ASSERT_TRUE(reaches(LineState::listening));
  EXPECT_EQ(looks, 2);
  EXPECT_EQ(log.lines, std::vector<std::string>{"Modem1: Disabled: no such script."}) << "said once";
  EXPECT_EQ(answer_to_a_wish(), "waits");
}

TEST_F(SlotTest, AnAdministratorStopsItAndStartsItAgain) {
  make({Fate::hangs_up_slowly});
  ASSERT_TRUE(reaches(LineState::listening));
  EXPECT_FALSE(slot->start()) << "it works";
  EXPECT_TRUE(slot->stop());
  EXPECT_FALSE(slot->stop()) << "once is enough";
  EXPECT_EQ(answer_to_a_wish(),
            "instance Modem1: Stopped by an administrator; external start --instance Modem1 starts it.");
  bool at_rest = false;
  asio::co_spawn(io, slot->at_rest(), [&](const std::exception_ptr&) { at_rest = true; });
  clock.advance(9s);
  EXPECT_FALSE(at_rest) << "it is being hung up";
  clock.advance(2s);
  EXPECT_TRUE(at_rest);
  EXPECT_EQ(state(), LineState::disabled);
  clock.advance(1h);
  EXPECT_EQ(made.size(), 1u);
  EXPECT_TRUE(slot->start());
  EXPECT_TRUE(reaches(LineState::listening));
  EXPECT_EQ(answer_to_a_wish(), "waits");
}

TEST_F(SlotTest, AStopEndsAPauseAndAStartEndsTheRest) {
  make({Fate::throws});
  ASSERT_TRUE(reaches(LineState::modem_wait));
  slot->stop();
  clock.advance(1ms);
  EXPECT_EQ(state(), LineState::disabled);
  fates = {Fate::serves};
  slot->start();
  EXPECT_TRUE(reaches(LineState::listening, 2s));
}

TEST_F(SlotTest, OneThatIsDisabledBySettingsSaysWhere) {
  settings.instances.front().comm_disable = true;
  settings.instances.front().origins["CommDisable"] = "external.ini:7";
  make({Fate::serves});
  EXPECT_EQ(state(), LineState::disabled);
  EXPECT_EQ(detail(), "Disabled: CommDisable is set (external.ini:7).");
  clock.advance(1h);
  EXPECT_TRUE(made.empty());
  EXPECT_FALSE(slot->start());
}

TEST_F(SlotTest, NewSettingsAreTakenAtOnceUnlessACallStands) {
  make({Fate::serves});
  ASSERT_TRUE(reaches(LineState::listening));
  auto other = slot->settings();
  other.async_speed = 9600;
  slot->use(other);
  clock.advance(2s);
  EXPECT_EQ(made, (std::vector<unsigned>{57600, 9600}));
  EXPECT_EQ(state(), LineState::listening);
}

}  // namespace
}  // namespace external::engine::instance_slot_test
