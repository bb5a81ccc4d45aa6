#include "notify_socket.h"
#include "run.h"

#include <external/service/manager.h>

#include <gmock/gmock.h>

#include <unistd.h>

namespace external::service::manager_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Heard = std::vector<std::string>;

TEST(ManagerWishes, AreThoseOfTheEnvironment) {
  using Values = std::map<std::string, std::string>;
  const auto wishes = [](const Values& values) {
    return manager_wishes(
        [&values](const std::string& name) -> std::optional<std::string> {
          const auto found = values.find(name);
          if (found == values.end()) return std::nullopt;
          return found->second;
        },
        77);
  };
  EXPECT_EQ(wishes({}).socket, "");
  EXPECT_EQ(wishes({}).watchdog, std::nullopt);
  EXPECT_EQ(wishes({{"NOTIFY_SOCKET", "@x"}}).socket, "@x");
  EXPECT_EQ(wishes({{"WATCHDOG_USEC", "90000000"}}).watchdog, Duration(90s));
  EXPECT_EQ(wishes({{"WATCHDOG_USEC", "90000000"}, {"WATCHDOG_PID", "77"}}).watchdog, Duration(90s));
  for (const auto* other : {"78", "", "x", "77 "})
    EXPECT_EQ(wishes({{"WATCHDOG_USEC", "90000000"}, {"WATCHDOG_PID", other}}).watchdog, std::nullopt)
        << other;
  for (const auto* wrong : {"", "0", "-1", "5s", "99999999999999999999"})
    EXPECT_EQ(wishes({{"WATCHDOG_USEC", wrong}}).watchdog, std::nullopt) << wrong;
}

class ManagerLinkTest : public testing::Test {
 protected:
  ~ManagerLinkTest() override {
    stop_.emit(asio::cancellation_type::terminal);
    world_.clock.run_until([&] { return ended_; });
  }

  void start(std::optional<Duration> watchdog = std::nullopt) {
    ManagerWishes wishes;
    wishes.watchdog = watchdog;
    link_.emplace(world_.io.get_executor(), world_.clock, notifier_, wishes, [this] { return standing_; });
    asio::co_spawn(world_.io, link_->run(),
                   asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr) { ended_ = true; }));
  }

  /// What the manager hears while that time goes by.
  Heard during(Duration time) {
    Heard all;
    const auto end = world_.clock.now() + time;
    do {  // the socket keeps ten messages
      world_.clock.advance(std::min<Duration>(1s, end - world_.clock.now()));
      for (auto& message : socket_.heard()) all.push_back(std::move(message));
    } while (world_.clock.now() < end);
    return all;
  }

  std::size_t count(const Heard& heard, const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(heard, text));
  }

  test::VirtualWorld world_;
  test::NotifySocket socket_{"@external-manager-test-" + std::to_string(::getpid())};
  Notifier notifier_{socket_.name()};
  Standing standing_{true, true, "fine"};
  std::optional<ManagerLink> link_;
  asio::cancellation_signal stop_;
  bool ended_ = false;
};

TEST_F(ManagerLinkTest, IsReadyOnceAndThenQuiet) {
  start();
  EXPECT_THAT(during(1min), ElementsAre("READY=1", "STATUS=fine"));
  standing_.ready = false;
  link_->changed();
  standing_.ready = true;
  link_->changed();
  EXPECT_THAT(during(1min), IsEmpty());
}

TEST_F(ManagerLinkTest, AsksForPatienceUntilItIsReadyHoweverLongThatTakes) {
  standing_ = {false, true, "waiting for Modem1"};
  start();
  auto heard = during(0s);
  EXPECT_THAT(heard, ElementsAre("STATUS=waiting for Modem1", "EXTEND_TIMEOUT_USEC=30000000"));
  heard = during(1h);
  EXPECT_EQ(count(heard, "EXTEND_TIMEOUT_USEC=30000000"), 720u);
  EXPECT_EQ(heard.size(), 720u);
  standing_ = {true, true, "fine"};
  link_->changed();
  EXPECT_THAT(during(1h), ElementsAre("READY=1", "STATUS=fine"));
}

TEST_F(ManagerLinkTest, TellsChangesOnceASecondAtMost) {
  start();
  during(1min);
  for (int i = 0; i < 10; ++i) {
    standing_.sentence = "change " + std::to_string(i);
    link_->changed();
    world_.clock.advance(300ms);
  }
  EXPECT_THAT(during(1min),
              ElementsAre("STATUS=change 0", "STATUS=change 3", "STATUS=change 6", "STATUS=change 9"));
}

TEST_F(ManagerLinkTest, IsReadyThoughTheManagerWasTooBusyToHearIt) {
  while (notifier_.alive()) {
  }
  start();
  world_.clock.advance(10s);
  EXPECT_EQ(count(socket_.heard(), "READY=1"), 0u);
  EXPECT_EQ(count(during(10s), "READY=1"), 1u);
}

TEST_F(ManagerLinkTest, GivesThreeSignsOfLifeInEachTimeOfTheWatchdog) {
  start(90s);
  EXPECT_EQ(count(during(10min - 1s), "WATCHDOG=1"), 20u);
}

TEST_F(ManagerLinkTest, GivesNoneWithoutAWatchdog) {
  start();
  EXPECT_EQ(count(during(1h), "WATCHDOG=1"), 0u);
}

TEST_F(ManagerLinkTest, GivesNoneWhenAPartHasStoppedServing) {
  start(30s);
  during(1min);
  standing_.alive = false;
  EXPECT_THAT(during(1min), IsEmpty());
  standing_.alive = true;
  EXPECT_EQ(count(during(30s), "WATCHDOG=1"), 3u);
}

TEST_F(ManagerLinkTest, AsksForPatienceWhileItStopsButNotForEver) {
  start();
  during(1min);
  link_->stopping(42s);
  link_->stopping(42s);
  standing_.sentence = "hanging up";
  const auto heard = during(1h);
  EXPECT_THAT(heard, ElementsAre("STOPPING=1\nEXTEND_TIMEOUT_USEC=30000000", "STATUS=hanging up",
                                 "EXTEND_TIMEOUT_USEC=30000000", "EXTEND_TIMEOUT_USEC=30000000",
                                 "EXTEND_TIMEOUT_USEC=27000000", "EXTEND_TIMEOUT_USEC=22000000",
                                 "EXTEND_TIMEOUT_USEC=17000000", "EXTEND_TIMEOUT_USEC=12000000",
                                 "EXTEND_TIMEOUT_USEC=7000000", "EXTEND_TIMEOUT_USEC=2000000"));
}

TEST_F(ManagerLinkTest, IsReadyAgainAfterAReload) {
  start();
  during(1min);
  link_->reload_begins();
  EXPECT_THAT(during(10s), ElementsAre(testing::StartsWith("RELOADING=1\nMONOTONIC_USEC=")));
  standing_.ready = false;  // a line became Required that is not there yet
  link_->reload_ended();
  EXPECT_THAT(during(1min), ElementsAre("READY=1"));
}

TEST_F(ManagerLinkTest, IsNotMadeReadyByAReload) {
  standing_.ready = false;
  start();
  during(3s);
  link_->reload_begins();
  link_->reload_ended();
  const auto heard = during(1min);
  EXPECT_EQ(count(heard, "READY=1"), 0u);
  EXPECT_EQ(count(heard, "EXTEND_TIMEOUT_USEC=30000000"), heard.size());
}

TEST_F(ManagerLinkTest, IsNotReadyAnyMoreOnceItStops) {
  standing_.ready = false;
  start();
  during(3s);
  link_->stopping(10s);
  standing_.ready = true;
  link_->changed();
  EXPECT_THAT(during(1min),
              ElementsAre("STOPPING=1\nEXTEND_TIMEOUT_USEC=10000000", "EXTEND_TIMEOUT_USEC=5000000"));
}

}  // namespace
}  // namespace external::service::manager_test
