// The states of F2 and F3.

#include "office_view.h"

#include <gmock/gmock.h>

namespace external::commands::office_view_test {
namespace {

using testing::HasSubstr;

const WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + std::chrono::hours(12);

class OfficeView : public testing::Test {
 protected:
  OfficeView() {
    auto& modem = settings_.instances.emplace_back();
    modem.name = "Modem1";
    auto& lan = settings_.instances.emplace_back();
    lan.name = "Lan";
    lan.comm_type = config::CommType::tcp;
    auto& hub = add("SOUTH/HUB");
    hub.phone = "5550002";
    hub.instances = {"Modem1"};
    auto& branch = add("SOUTH/BRANCH");
    branch.route = config::Route::indirect;
    branch.hub = "SOUTH/HUB";
    auto& mine = add("EAST/MINE");
    mine.address = config::HostPort{"mine", "2666"};
    mine.instances = {"Lan"};
    status_.now = noon;
    for (const auto* name : {"Modem1", "Lan"}) {
      auto& line = status_.lines.emplace_back();
      line.instance = name;
      line.state = "LISTENING";
    }
  }

  config::PostOffice& add(const std::string& name) {
    auto& office = settings_.post_offices.emplace_back();
    office.name = name;
    return office;
  }

  control::OfficeStatus of(const std::string& name) {
    for (const auto& office : office_statuses(settings_, status_)) {
      if (office.post_office == name) return office;
    }
    return {};
  }

  std::string state_of(const std::string& name) { return of(name).state; }

  config::Settings settings_;
  control::Status status_;
};

TEST_F(OfficeView, ListsThemInTheirOrderWithTheirMedium) {
  const auto all = office_statuses(settings_, status_);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].serial, 1U);
  EXPECT_TRUE(all[0].modem);
  EXPECT_TRUE(all[1].modem) << "as its hub";
  EXPECT_EQ(all[1].hub, "SOUTH/HUB");
  EXPECT_EQ(all[2].serial, 3U);
  EXPECT_FALSE(all[2].modem);
}

TEST_F(OfficeView, WhoCallsUsComesByModemIfOneAnswers) {
  add("WEST/SHIP");
  EXPECT_TRUE(of("WEST/SHIP").modem);
  settings_.instances.front().comm_out_only = true;
  EXPECT_FALSE(of("WEST/SHIP").modem);
  EXPECT_EQ(state_of("WEST/SHIP"), "START");
}

TEST_F(OfficeView, IsStartUntilACallWentWell) {
  EXPECT_EQ(state_of("SOUTH/HUB"), "START");
  status_.good_calls.push_back({"SOUTH/HUB", noon});
  EXPECT_EQ(state_of("SOUTH/HUB"), "OK");
  EXPECT_EQ(state_of("SOUTH/BRANCH"), "OK") << "through its hub";
  EXPECT_THAT(of("SOUTH/HUB").detail, HasSubstr("last good call"));
  EXPECT_EQ(state_of("EAST/MINE"), "START");
}

TEST_F(OfficeView, IsOkWhileACallStands) {
  status_.lines.front().peer = "SOUTH/HUB";
  EXPECT_EQ(state_of("SOUTH/HUB"), "OK");
}

TEST_F(OfficeView, CountsCallsThatFailed) {
  control::CallsStatus calls;
  calls.post_office = "SOUTH/HUB";
  calls.cause = "busy";
  calls.failures = 2;
  status_.calls.push_back(calls);
  EXPECT_EQ(state_of("SOUTH/HUB"), "ERROR");
  EXPECT_EQ(of("SOUTH/HUB").errors, 2U);
  EXPECT_EQ(of("SOUTH/BRANCH").errors, 2U);
  EXPECT_THAT(of("SOUTH/HUB").detail, HasSubstr("failed 2 times: busy"));
  status_.calls.front().undialable = true;
  status_.calls.front().failures = 1000;
  EXPECT_EQ(state_of("SOUTH/HUB"), "FAILED");
  EXPECT_EQ(of("SOUTH/HUB").errors, 255U);
}

TEST_F(OfficeView, IsUninitWithoutALineThatIsReady) {
  for (const auto* state : {"ABSENT", "LOCKWAIT", "MODEMWAIT", "WEDGED", "INITIALISING", "STOPPED"}) {
    status_.lines.front().state = state;
    EXPECT_EQ(state_of("SOUTH/HUB"), "UNINIT") << state;
    EXPECT_THAT(of("SOUTH/HUB").detail, HasSubstr(std::string("Modem1 is ") + state));
  }
  EXPECT_EQ(state_of("EAST/MINE"), "START");
}

TEST_F(OfficeView, IsNoRefWithoutALine) {
  status_.lines.front().state = "DISABLED";
  EXPECT_EQ(state_of("SOUTH/HUB"), "NO-REF");
  status_.lines.erase(status_.lines.begin());
  EXPECT_EQ(state_of("SOUTH/HUB"), "NO-REF");
  EXPECT_EQ(state_of("SOUTH/BRANCH"), "NO-REF");
}

TEST_F(OfficeView, IsFullWithTheDiskAndHeldByAPerson) {
  status_.disk = "FULL";
  EXPECT_EQ(state_of("EAST/MINE"), "FULL");
  auto& queue = status_.queue.emplace_back();
  queue.destination = "EAST/MINE";
  queue.held = true;
  EXPECT_EQ(state_of("EAST/MINE"), "HELD");
}

TEST_F(OfficeView, SaysWhatWaits) {
  auto& queue = status_.queue.emplace_back();
  queue.destination = "EAST/MINE";
  queue.count = 1;
  queue.next_attempt = noon;
  EXPECT_EQ(of("EAST/MINE").detail, "1 message waits, due now");
}

TEST_F(OfficeView, AHubThatIsMissingIsNamed) {
  settings_.post_offices[1].hub = "NOWHERE/AT_ALL";
  EXPECT_EQ(state_of("SOUTH/BRANCH"), "NO-REF");
  EXPECT_THAT(of("SOUTH/BRANCH").detail, HasSubstr("NOWHERE/AT_ALL"));
}

TEST_F(OfficeView, CallsTheHubOfWhatIsReachedThroughOne) {
  EXPECT_EQ(office_to_call(settings_, "south/branch").name, "SOUTH/HUB");
  EXPECT_EQ(office_to_call(settings_, "EAST/MINE").name, "EAST/MINE");
  add("WEST/SHIP");
  EXPECT_THROW(office_to_call(settings_, "WEST/SHIP"), std::runtime_error);
  EXPECT_THROW(office_to_call(settings_, "NO/SUCH"), std::runtime_error);
}

}  // namespace
}  // namespace external::commands::office_view_test
