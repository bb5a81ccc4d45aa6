#pragma once
// A post office with work to show, at noon of a day in January.

#include "../../../src/console/viewer.h"

#include <cstdlib>
#include <ctime>

namespace external::console {

inline const WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + std::chrono::hours(12);

/// Times are shown in UTC from now on.
inline void use_utc() {
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
}

inline Scene busy_scene() {
  using namespace std::chrono;
  Scene scene;
  auto& status = scene.status;
  status.version = "0.1.0";
  status.home = "NORTH/CLINIC";
  status.pid = 100;
  status.now = noon;
  auto& modem = status.lines.emplace_back();
  modem.instance = "Modem1";
  modem.state = "CONNECTED";
  modem.since = noon - 90s;
  modem.peer = "SOUTH/HUB";
  modem.speed = 57600;
  modem.bytes_sent = 40'000;
  modem.bytes_received = 5'000;
  modem.bytes_total = 90'000;
  modem.messages_done = 1;
  modem.messages_total = 4;
  modem.efficiency = 0.957;
  modem.line_errors = 2;
  auto& lan = status.lines.emplace_back();
  lan.instance = "Lan";
  lan.state = "LISTENING";
  lan.since = noon - 26h;
  lan.port = "127.0.0.1:2666";
  lan.detail = "The last caller gave a wrong password.";
  status.queue.push_back({"SOUTH/HUB", 3, 12345, noon - 2h - 5min, noon + 40min, "No answer"});
  status.post_offices = {
      {"SOUTH/HUB", 1, true, "", {"Modem1"}, "OK", 0, "3 messages wait, due now"},
      {"SOUTH/BRANCH", 2, true, "SOUTH/HUB", {"Modem1"}, "ERROR", 2, "failed 2 times: busy"},
      {"EAST/MINE", 3, false, "", {"Lan"}, "START", 0, "nothing waits for it"}};
  control::TrafficStatus traffic;
  traffic.post_office = "SOUTH/HUB";
  traffic.session.sent = {12, 1000};
  traffic.month.sent = {345, 1000};
  traffic.year.sent = {6789, 1000};
  status.traffic.push_back(traffic);
  control::MessageStatus first{
      7, 12345, noon - 2h, "urgent", "queued", "NORTH/CLINIC/ANNA", "SOUTH/HUB/STORES"};
  first.others = 2;
  first.destination = "SOUTH/HUB";
  first.tries = 2;
  first.next_attempt = noon + 40min;
  first.last_error = "No answer";
  control::MessageStatus second{9, 800, noon - 1h, "normal", "held", "", "SOUTH/BRANCH/BOB"};
  second.destination = "SOUTH/BRANCH";
  scene.messages.messages = {first, second};
  scene.log = {"log 1", "log 2", "log 3"};
  return scene;
}

/// Adds a pool: Modem1 in a call, Modem2 with a client, and two clients that wait.
inline void lend(Scene& scene) {
  using namespace std::chrono;
  control::LineStatus line;
  line.instance = "Modem2";
  line.state = "LENT";
  line.since = noon - 5min;
  line.port = "/dev/ttyUSB1";
  line.detail = "Lent to 192.0.2.7:4711 of OFFICE.";
  scene.status.lines.push_back(line);
  control::LentModemStatus free{"Modem1", "CONNECTED", {}};
  control::LentModemStatus lent{"Modem2", "LENT", "192.0.2.7:4711", 12, noon - 5min, 3, 1234, 5'678'901};
  scene.status.shares.push_back(
      {"OFFICE",
       {free, lent},
       {{"[2001:db8::7]:1025", 13, noon - 2min}, {"192.0.2.9:1026", 14, noon - 1min}},
       {}});
}

inline std::vector<std::string> texts(const Frame& frame) {
  std::vector<std::string> lines;
  for (const auto& row : frame) lines.push_back(row.text);
  return lines;
}

}  // namespace external::console
