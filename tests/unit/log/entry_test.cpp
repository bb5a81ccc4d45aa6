#include <external/log/entry.h>
#include <external/log/mail_logs.h>
#include <external/log/messages.h>

#include <gtest/gtest.h>

#include <cstdlib>

namespace external::log::entry_test {
namespace {

using namespace std::chrono;

const WallTime evening = sys_days{year{2026} / 1 / 31} + 23h + 52min + 59s;

class EntryForms : public testing::Test {
 protected:
  void SetUp() override { use_zone("UTC0"); }

  static void use_zone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
};

TEST_F(EntryForms, HasTheInstanceInTenColumnsThenDateTimeAndText) {
  EXPECT_EQ(format_entry("Modem1", evening, "Answering call"), "Modem1     01-31-2026 23:52 Answering call");
}

TEST_F(EntryForms, NeverCutsALongInstanceName) {
  EXPECT_EQ(format_entry("SatelliteModem", evening, "x"), "SatelliteModem 01-31-2026 23:52 x");
}

TEST_F(EntryForms, StartsWithTheDateWithoutAnInstance) {
  EXPECT_EQ(format_entry("", evening, "External ended."), "01-31-2026 23:52 External ended.");
}

TEST_F(EntryForms, IsOneLineWhateverTheTextHolds) {
  EXPECT_EQ(format_entry("A\nB", evening, "IN: \r\nOK\x1b"), "A^JB       01-31-2026 23:52 IN: ^M^JOK^[");
}

TEST_F(EntryForms, OfIsoHasMillisecondsOffsetAndCall) {
  use_zone("WEST+3:30");
  Entry entry{evening + 123ms, "Modem1", "3V8Q2A", "Answering call"};
  EXPECT_EQ(format_iso(entry), "2026-01-31T20:22:59.123-03:30 Modem1 call=3V8Q2A Answering call");
  entry.call.clear();
  entry.instance.clear();
  EXPECT_EQ(format_iso(entry), "2026-01-31T20:22:59.123-03:30 - Answering call");
}

TEST_F(EntryForms, OfACallNameItAtTheEnd) {
  EXPECT_EQ(format_classic({evening, "Modem1", "3V8Q2A", "Answering call"}),
            "Modem1     01-31-2026 23:52 Answering call [call 3V8Q2A]");
}

TEST_F(EntryForms, AreReadBack) {
  use_zone("EAST-3");
  const Messages messages;
  for (const auto* instance : {"", "Modem1", "SatelliteModem"}) {
    for (const auto* call : {"", "3V8Q2A"}) {
      for (const auto* text : {"", "x", "OUT: [ATDT 55]", "[005] a [call x]; b", "{\"a\": 1}"}) {
        const Entry entry{evening + 123ms, instance, call, text};
        for (const auto& line : {format_classic(entry), format_iso(entry), format_json(entry, messages)}) {
          const auto back = parse_entry(line);
          ASSERT_TRUE(back) << line;
          EXPECT_EQ(back->instance, instance) << line;
          EXPECT_EQ(back->call, call) << line;
          EXPECT_EQ(back->text, text) << line;
          EXPECT_EQ(back->when, line.find("59.123") == std::string::npos ? evening - 59s : entry.when)
              << line;
        }
      }
    }
  }
}

TEST_F(EntryForms, WhatIsNoneIsNothing) {
  for (const auto* line : {"", "x", " 01-31-2026 23:52 x", "Modem1 01-31-26 23:52 x", "{}", "{\"time\": 1}",
                           "2026-01-31T20:22:59 x", "01-31-2026 23:52x"})
    EXPECT_FALSE(parse_entry(line)) << line;
}

TEST_F(EntryForms, TheFirstTimeIsFoundInAnyLog) {
  EXPECT_EQ(first_time_in("-----\nSystem log entry on: 01-31-2026 23:52\n"), evening - 59s);
  EXPECT_EQ(first_time_in("{\"time\":\"2026-01-31T23:52:59.000+00:00\"}"), evening);
  EXPECT_FALSE(first_time_in("nothing"));
}

TEST_F(EntryForms, ShowsLocalTimeAndFourDigitsOfTheYear) {
  use_zone("EAST-3");
  EXPECT_EQ(format_entry("", evening, "x"), "02-01-2026 02:52 x");
}

TEST(Defect, Q192156_YearsHaveFourDigitsInEveryLog) {
  const auto later = sys_days{year{2101} / 7 / 1} + 12h;
  const MailEntry mail{
      772, "BENSNET/TEAZLE/ADMIN", {"BENSNET/CACTUS/ADMIN"}, "BENSNET/CACTUS", "k@BENSNET/TEAZLE"};
  CallEntry call;
  call.began = later;
  ProblemEntry problem;
  problem.accepted = later;
  EXPECT_NE(format_entry("", later, "x").find("07-01-2101 "), std::string::npos);
  EXPECT_EQ(format_mail(later, mail).substr(0, 11), "07-01-2101 ");
  EXPECT_EQ(format_call(call).substr(0, 11), "07-01-2101 ");
  EXPECT_NE(format_problem(later, problem).find("System log entry on: 07-01-2101 "), std::string::npos);
  EXPECT_NE(format_problem(later, problem).find("Date:    07-01-2101\n"), std::string::npos);
}

TEST(Defect, Q99139_NamesOfInstancesAreWhole) {
  CallEntry call;
  call.instance = "SatelliteModem";
  EXPECT_NE(format_call(call).find(" SatelliteModem "), std::string::npos);
  EXPECT_EQ(format_entry("SatelliteModem", evening, "x").substr(0, 15), "SatelliteModem ");
}

TEST(Defect, Q127003_NamesInCallinLogAreWhole) {
  CallEntry call;
  call.peer = "NETWORK123/POSTOFFICEOFMANYLETTERS";
  EXPECT_NE(format_call(call).find(" NETWORK123/POSTOFFICEOFMANYLETTERS "), std::string::npos);
}

TEST_F(EntryForms, OfMailHasTheColumnsOfOld) {
  const MailEntry mail{
      772, "BENSNET/TEAZLE/ADMIN", {"BENSNET/CACTUS/ADMIN"}, "BENSNET/CACTUS", "k@BENSNET/TEAZLE"};
  EXPECT_EQ(format_mail(evening, mail),
            "01-31-2026 23:52       772  BENSNET/TEAZLE/ADMIN     BENSNET/CACTUS/ADMIN     (BENSNET/CACTUS, "
            "k@BENSNET/TEAZLE)");
  const MailEntry notice{1, "", {"A/A/X", "A/A/Y\n"}, "A/A", "k"};
  EXPECT_EQ(format_mail(evening, notice),
            "01-31-2026 23:52         1  POSTMASTER               A/A/X, A/A/Y^J           (A/A, k)");
}

TEST_F(EntryForms, OfACallSaysHowLongAndHowMuch) {
  CallEntry call;
  call.began = evening;
  call.lasted = 3723s;
  call.instance = "Modem1";
  call.peer = "SOUTH/HUB";
  call.connection = "CONNECT 57600";
  call.sent = 3;
  call.sent_bytes = 12345;
  call.received = 1;
  call.received_bytes = 99;
  call.outcome = "Disconnection.";
  EXPECT_EQ(format_call(call),
            "01-31-2026 23:52 Modem1     SOUTH/HUB             01:02:03  sent 3 (12345 bytes), received 1 "
            "(99 bytes); "
            "CONNECT 57600; Disconnection.");
  call.peer.clear();
  call.connection.clear();
  EXPECT_EQ(format_call(call),
            "01-31-2026 23:52 Modem1     ?                     01:02:03  sent 3 (12345 bytes), received 1 "
            "(99 bytes); "
            "Disconnection.");
}

TEST_F(EntryForms, OfAProblemIsABlock) {
  const ProblemEntry problem{
      "A/A/X", evening, "k@A/A", {"[005] Mail retry count exceeded sending to:", "B     /B"}};
  EXPECT_EQ(format_problem(evening, problem),
            std::string(72, '-') +
                "\nSystem log entry on: 01-31-2026 23:52\nExternal program has detected a mail problem.\n"
                "Message data:\n    From:    A/A/X\n    Date:    01-31-2026\n    Time:    23:52\n"
                "    Key:     k@A/A\n[005] Mail retry count exceeded sending to:\nB     /B");
}

}  // namespace
}  // namespace external::log::entry_test
