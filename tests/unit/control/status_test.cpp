#include <external/control/status.h>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace external::control::status_test {
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
  status.shares.push_back(
      {"OFFICE",
       {{"Modem1", "LENT", "192.0.2.7:1", 12, noon, 1, 2, 3}, {"Modem2", "LISTENING", {}}},
       {{"192.0.2.8:2", 13, noon + 5s}},
       {{{"closed", 2}}, {{"queue", 1}}, 4, 5, 6, 7, 8, 9}});
  return status;
}

TEST(StatusJson, SurvivesTheTrip) {
  const auto text = boost::json::serialize(to_json(example()));
  EXPECT_EQ(status_from_json(boost::json::parse(text).as_object()), example());
}

// Other programs read it, so no member may get another name or form.
TEST(StatusJson, IsWhatItHasAlwaysBeen) {
  const auto text = R"({
    "version": "0.1.0", "home": "NORTH/CLINIC", "pid": 1234, "started": "2026-01-31T12:00:00Z",
    "now": "2026-01-31T12:01:30Z", "disk": "FULL", "disk_free": 6000000000,
    "lines": [{
      "instance": "Modem1", "state": "CONNECTED", "since": "2026-01-31T12:01:00Z", "port": "/dev/ttyUSB0",
      "peer": "SOUTH/HUB", "speed": 57600, "bytes_sent": 5000000000, "bytes_received": 2, "bytes_total": 3,
      "messages_done": 4, "messages_total": 5, "efficiency": 0.75, "detail": "Sending.", "held": true,
      "line_errors": 6,
      "totals": {
        "calls_made": 3, "calls_answered": 2, "calls_failed": 1, "made": {"no answer": 1, "ok": 2},
        "answered": {"ok": 2}, "seconds": 100.5, "capacity": 576000.0, "bytes_sent": 1, "bytes_received": 2,
        "wire_bytes_sent": 3, "wire_bytes_received": 4, "retransmissions": 5, "damaged_frames": 6
      }
    }],
    "queue": [{
      "destination": "SOUTH/HUB", "count": 3, "bytes": 12345, "oldest": "2026-01-31T12:00:00Z",
      "next_attempt": null, "last_error": "No answer", "held": true, "held_messages": 4, "quarantined": 5
    }],
    "traffic": [{
      "post_office": "SOUTH/HUB",
      "session": {"sent": 1, "sent_bytes": 2, "received": 3, "received_bytes": 4},
      "month": {"sent": 5, "sent_bytes": 6, "received": 7, "received_bytes": 8},
      "year": {"sent": 9, "sent_bytes": 10, "received": 11, "received_bytes": 12}
    }],
    "post_offices": [{
      "post_office": "SOUTH/BRANCH", "serial": 2, "modem": true, "hub": "SOUTH/HUB",
      "instances": ["Modem1"], "state": "ERROR", "errors": 3, "detail": "busy"
    }],
    "shares": [{
      "pool": "OFFICE",
      "modems": [
        {"instance": "Modem1", "state": "LENT", "client": "192.0.2.7:1", "id": 12,
         "since": "2026-01-31T12:00:00Z", "idle": 1, "to_modem": 2, "from_modem": 3},
        {"instance": "Modem2", "state": "LISTENING", "client": "", "id": 0, "since": null, "idle": 0,
         "to_modem": 0, "from_modem": 0}
      ],
      "waiting": [{"client": "192.0.2.8:2", "id": 13, "since": "2026-01-31T12:00:05Z"}],
      "totals": {
        "ended": {"closed": 2}, "refused": {"queue": 1}, "calls_refused": 4, "calls_handed_over": 5,
        "to_modem": 6, "from_modem": 7, "seconds": 8, "longest_wait": 9
      }
    }],
    "recent": ["one", "two"],
    "calls": [{
      "post_office": "SOUTH/HUB", "state": "undialable", "cause": "no answer", "failures": 10,
      "failed": "2026-01-31T12:00:00Z", "until": "2026-01-31T13:00:00Z", "last_error": "NO ANSWER"
    }],
    "good_calls": [{"post_office": "SOUTH/HUB", "time": "2026-01-31T12:00:00Z"}]
  })";
  EXPECT_EQ(boost::json::serialize(to_json(example())), boost::json::serialize(boost::json::parse(text)));
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
}  // namespace external::control::status_test
