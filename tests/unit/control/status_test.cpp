#include <external/control/status.h>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace external::control {
namespace {

using namespace std::chrono;

Status example() {
  const WallTime noon = sys_days{year{2026} / 1 / 31} + 12h;
  Status status{"0.1.0", "NORTH/CLINIC", 1234, noon, noon + 90s, {}, {}, {"one", "two"}, {}, {}, {}, {}};
  status.lines.push_back({"Modem1", "CONNECTED", noon + 1min, "/dev/ttyUSB0", "SOUTH/HUB", 57600,
                          5'000'000'000, 2, 3, 4, 5, 0.75, "Sending."});
  status.queue.push_back({"SOUTH/HUB", 3, 12345, noon, std::nullopt, "No answer"});
  status.post_offices.push_back({"SOUTH/BRANCH", 2, true, "SOUTH/HUB", {"Modem1"}, "ERROR", 3, "busy"});
  status.traffic.push_back({"SOUTH/HUB", {{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}, {{9, 10}, {11, 12}}});
  status.calls.push_back({"SOUTH/HUB", true, "no answer", 10, noon, noon + 1h, "NO ANSWER"});
  status.lines.back().held = true;
  status.queue.back().held = true;
  status.queue.back().held_messages = 4;
  status.queue.back().quarantined = 5;
  status.disk = "FULL";
  status.disk_free = 6'000'000'000;
  status.lines.back().line_errors = 6;
  status.lines.back().totals = {3, 2, 1, {{"ok", 2}, {"no answer", 1}}, {{"ok", 2}}, 100.5, 576'000, 1, 2, 3,
                                4, 5, 6};
  status.good_calls.push_back({"SOUTH/HUB", noon});
  return status;
}

TEST(StatusJson, SurvivesTheTrip) {
  const auto text = boost::json::serialize(to_json(example()));
  EXPECT_EQ(status_from_json(boost::json::parse(text).as_object()), example());
}

TEST(StatusJson, HasTimesThatPeopleCanRead) {
  const auto object = to_json(example());
  EXPECT_EQ(object.at("started"), "2026-01-31T12:00:00Z");
  EXPECT_TRUE(object.at("queue").at(0).at("next_attempt").is_null());
}

TEST(StatusJson, BearsWhatAnotherVersionLeavesOutOrAdds) {
  const auto object =
      boost::json::parse(R"({"home":"A/B","lines":[{"instance":"X","colour":7}],"novel":[]})");
  const auto status = status_from_json(object.as_object());
  EXPECT_EQ(status.home, "A/B");
  ASSERT_EQ(status.lines.size(), 1u);
  EXPECT_EQ(status.lines[0].instance, "X");
}

TEST(StatusJson, SkipsWhatIsNoNumberToPeople) {
  const auto object = boost::json::parse(R"({"lines":[{"efficiency":1e1308},{"efficiency":0.7123456789}]})");
  const auto status = status_from_json(object.as_object());
  ASSERT_EQ(status.lines.size(), 2u);
  EXPECT_EQ(status.lines[0].efficiency, 0);
  EXPECT_EQ(to_json(status).at("lines").at(1).at("efficiency"), 0.712);
}

TEST(StatusJson, RefusesWrongTypes) {
  EXPECT_THROW(status_from_json(boost::json::parse(R"({"lines":[3]})").as_object()),
               boost::system::system_error);
  EXPECT_THROW(status_from_json(boost::json::parse(R"({"pid":"many"})").as_object()),
               boost::system::system_error);
}

}  // namespace
}  // namespace external::control
