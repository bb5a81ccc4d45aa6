#include "standing.h"

#include <external/config/load.h>

#include <gtest/gtest.h>

namespace external::commands::standing_test {
namespace {

using engine::LineState;

engine::LineReport line(const std::string& name, LineState state, const std::string& peer = {}) {
  engine::LineReport report;
  report.instance = name;
  report.state = state;
  report.peer = peer;
  return report;
}

engine::QueueReport waiting(std::uint64_t messages) {
  engine::QueueReport queue;
  queue.messages = messages;
  return queue;
}

config::Settings settings() {
  auto settings = config::parse(
      "[External]\nHomePO = A/B\nStopTimeout = 5s\n[External-Modem1]\nAsyncCommPort = "
      "/dev/ttyS0\nStopTimeout = 40s\n"
      "[External-Modem2]\nAsyncCommPort = /dev/ttyS1\n",
      "/po/external.ini");
  settings.instances.at(0).required = true;
  return settings;
}

TEST(Standing, NamesLinesAndCountsMail) {
  engine::Report report;
  EXPECT_EQ(standing_sentence(report, settings(), Phase::running), "No lines; nothing waits.");
  report.lines = {line("Modem1", LineState::listening), line("Modem2", LineState::transferring, "SOUTH/HUB")};
  report.queue = {waiting(1)};
  EXPECT_EQ(standing_sentence(report, settings(), Phase::running),
            "Modem1 LISTENING, Modem2 CONNECTED to SOUTH/HUB; 1 message waits.");
  report.queue.push_back(waiting(1999));
  EXPECT_EQ(standing_sentence(report, settings(), Phase::stopping),
            "Hanging up: Modem1 LISTENING, Modem2 CONNECTED to SOUTH/HUB; 2,000 messages wait.");
}

TEST(Standing, CountsManyLinesByState) {
  engine::Report report;
  for (int i = 0; i < 6; ++i) report.lines.push_back(line("M" + std::to_string(i), LineState::listening));
  report.lines.push_back(line("M6", LineState::wedged));
  report.disk.full = true;
  EXPECT_EQ(standing_sentence(report, settings(), Phase::running),
            "The disk is full, no mail is taken; 7 lines: 6 LISTENING, 1 WEDGED; nothing waits.");
}

TEST(Standing, NamesWhatAStartWaitsFor) {
  engine::Report report;
  report.lines = {line("Modem1", LineState::modem_wait), line("Modem2", LineState::absent)};
  EXPECT_EQ(
      standing_sentence(report, settings(), Phase::starting),
      "Waiting for what is Required: Modem1 MODEMWAIT; all: Modem1 MODEMWAIT, Modem2 ABSENT; nothing waits.");
}

TEST(Standing, AStopMayTakeAsLongAsTheSlowestModem) {
  EXPECT_EQ(longest_stop(settings()), std::chrono::seconds(55));
}

}  // namespace
}  // namespace external::commands::standing_test
