#include "support.h"

#include <external/base/text.h>
#include <external/log/entry.h>

#include <log_filter.h>
#include <log_reader.h>
#include <run.h>

namespace external::commands::log_test {
namespace {

using namespace testing;

WallTime local(int hour, int minute) {
  std::tm time{};
  time.tm_year = 126;
  time.tm_mon = 10;
  time.tm_mday = 21;
  time.tm_hour = hour;
  time.tm_min = minute;
  time.tm_isdst = -1;
  return WallTime::clock::from_time_t(std::mktime(&time));
}

TEST(Since, IsReadInEveryForm) {
  const auto now = local(12, 0) + std::chrono::seconds(42);
  EXPECT_EQ(parse_since("10:30", now), local(10, 30));
  EXPECT_EQ(parse_since("2026-11-21", now), local(0, 0));
  EXPECT_EQ(parse_since("2026-11-21 10:30", now), local(10, 30));
  EXPECT_EQ(parse_since("2026-11-21T10:30", now), local(10, 30));
  EXPECT_EQ(parse_since("11-21-2026", now), local(0, 0));
  EXPECT_EQ(parse_since("2h", now), now - std::chrono::hours(2));
  EXPECT_THROW(parse_since("25:00", now), Failure);
  EXPECT_THROW(parse_since("10:30 tomorrow", now), Failure);
  EXPECT_THROW(parse_since("", now), Failure);
}

TEST(LogFilter, ChoosesInstancesInAnyCase) {
  LogFilter filter;
  filter.instance = "modem1";
  EXPECT_TRUE(filter.passes(log::format_entry("Modem1", local(10, 0), "x")));
  EXPECT_TRUE(filter.passes("a line that belongs to it"));
  EXPECT_FALSE(filter.passes(log::format_entry("Modem12", local(10, 0), "x")));
  EXPECT_FALSE(filter.passes("a line that belongs to that"));
  EXPECT_FALSE(filter.passes(log::format_entry("", local(10, 0), "Modem1")));
}

TEST(LogFilter, ChoosesLinesFromAMinuteOn) {
  LogFilter filter;
  filter.since = local(10, 30) + std::chrono::seconds(30);
  EXPECT_FALSE(filter.passes(log::format_entry("Modem1", local(10, 29), "x")));
  EXPECT_TRUE(filter.passes(log::format_entry("Modem1", local(10, 30), "x")));
  EXPECT_TRUE(filter.passes(log::format_entry("", local(10, 31), "x")));
}

TEST(LogFilter, ChoosesInEveryFormAlsoMixed) {
  const log::Messages messages;
  const log::Entry failed{local(10, 30) + std::chrono::seconds(7), "Modem1", "3V8Q2A",
                          "SOUTH/HUB: Call failed: BUSY. Next attempt at 10:31."};
  const log::Entry sent{local(10, 40), "Modem2", "3V8Q2B", "Sent abc@N/P, 3 bytes, from A/B/C to D/E/F"};
  for (const auto form : {0, 1, 2}) {
    const auto line = [&](const log::Entry& entry) {
      if (form == 0) return log::format_classic(entry);
      return form == 1 ? log::format_iso(entry) : log::format_json(entry, messages);
    };
    const auto passes = [&](LogFilter filter) {
      return std::pair(filter.passes(line(failed)), filter.passes(line(sent)));
    };
    const auto first = std::pair(true, false);
    const auto second = std::pair(false, true);
    LogFilter filter;
    EXPECT_EQ(passes(filter), std::pair(true, true));
    filter.call = "3v8q2a";
    EXPECT_EQ(passes(filter), first);
    filter = {};
    filter.message = "abc@";
    EXPECT_EQ(passes(filter), second);
    filter = {};
    filter.level = log::Level::warning;
    EXPECT_EQ(passes(filter), first);
    filter = {};
    filter.until = local(10, 35);
    EXPECT_EQ(passes(filter), first);
    filter = {};
    filter.since = local(10, 30) + std::chrono::seconds(8);
    EXPECT_EQ(passes(filter), form == 0 ? std::pair(true, true) : second) << "classic knows no seconds";
    filter = {};
    filter.instance = "modem2";
    EXPECT_EQ(passes(filter), second);
  }
}

TEST(LogFilter, OfAPostOfficeChoosesItsCallsAsAWhole) {
  const std::vector<log::Entry> entries{
      {local(10, 0), "Modem1", "AAAAAA", "Answering call: CONNECT"},
      {local(10, 0), "Modem1", "AAAAAA", "Connected: caller is SOUTH/HUB at 57600 bps."},
      {local(10, 1), "Modem1", "AAAAAB", "Calling: SOUTH/HUB2"},
      {local(10, 1), "Modem1", "AAAAAB", "Sent k@N/P, 1 bytes, from N/P/A to SOUTH/HUB/ANNA"},
      {local(10, 1), "Modem1", "AAAAAB", "Connection end. Disconnection."},
      {local(10, 2), "", "", "XSOUTH/HUB: not that one"},
  };
  LogFilter filter;
  filter.post_office = "south/hub";
  for (const auto& entry : entries) filter.learn(log::format_classic(entry));
  std::vector<bool> passed;
  for (const auto& entry : entries) passed.push_back(filter.passes(log::format_classic(entry)));
  EXPECT_THAT(passed, ElementsAre(true, true, false, true, false, false));
}

struct Reading : Test {
  test::TempFolder folder;
  std::filesystem::path file = folder / "Session.log";
  LogReader reader{file};

  std::vector<std::string> read() {
    std::vector<std::string> lines;
    reader.read([&](const std::string& line) { lines.push_back(line); });
    return lines;
  }

  void append(const std::string& text) { std::ofstream(file, std::ios::app) << text; }
};

TEST_F(Reading, GivesWholeLinesOnce) {
  EXPECT_THAT(read(), IsEmpty());
  append("one\ntw");
  EXPECT_THAT(read(), ElementsAre("one"));
  append("o\nthree\n");
  EXPECT_THAT(read(), ElementsAre("two", "three"));
  EXPECT_THAT(read(), IsEmpty());
}

TEST_F(Reading, FollowsARotationWithoutLosingALine) {
  append("one\n");
  EXPECT_THAT(read(), ElementsAre("one"));
  append("two\n");
  std::filesystem::rename(file, folder / "Session.log.1");
  append("three\n");
  EXPECT_THAT(read(), ElementsAre("two", "three"));
}

TEST_F(Reading, FollowsSeveralRotationsBetweenTwoLooks) {
  const auto rotate = [&] {
    for (int number = 3; number > 0; --number) {
      const auto old = file.string() + "." + std::to_string(number);
      if (std::filesystem::exists(old))
        std::filesystem::rename(old, file.string() + "." + std::to_string(number + 1));
    }
    std::filesystem::rename(file, file.string() + ".1");
  };
  append("one\n");
  EXPECT_THAT(read(), ElementsAre("one"));
  append("two\n");
  rotate();
  append("three\n");
  rotate();
  append("four\n");
  rotate();
  append("five\n");
  EXPECT_THAT(read(), ElementsAre("two", "three", "four", "five"));
  EXPECT_THAT(read(), IsEmpty());
}

TEST_F(Reading, OldFilesComeFirstAndOnlyThoseThatMayHoldWhatIsAskedFor) {
  const auto write = [&](const std::string& name, const std::string& text, int hours_ago) {
    std::ofstream(folder / name) << text;
    std::filesystem::last_write_time(
        folder / name, std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours_ago));
  };
  write("Session.log.2", "one\n", 3);
  write("Session.log.1", "two\n", 1);
  write("Session.log", "three\n", 0);
  std::vector<std::string> lines;
  const auto take = [&](const std::string& line) { lines.push_back(line); };
  reader.read_old({}, take);
  reader.read(take);
  EXPECT_THAT(lines, ElementsAre("one", "two", "three"));
  lines.clear();
  LogReader again(file);
  again.read_old(std::chrono::system_clock::now() - std::chrono::hours(2), take);
  again.read(take);
  EXPECT_THAT(lines, ElementsAre("two", "three"));
}

TEST_F(Reading, BeginsAnewWhenTheFileWasCutShort) {
  append("one\ntwo\n");
  EXPECT_THAT(read(), SizeIs(2));
  std::filesystem::resize_file(file, 0);
  EXPECT_THAT(read(), IsEmpty());
  append("three\n");
  EXPECT_THAT(read(), ElementsAre("three"));
}

TEST_F(Reading, WaitsUntilSomethingIsWritten) {
  test::RealWorld world;
  append("one\n");
  read();
  const auto write_then_wait = [&]() -> Task<> {
    auto write = [&]() -> Task<> {
      append("two\n");
      co_return;
    };
    // The wait begins first, so that it has to notice.
    auto both = [&]() -> Task<> {
      using namespace asio::experimental::awaitable_operators;
      co_await (reader.wait(world.clock) && write());
    };
    co_await both();
  };
  world.run(write_then_wait());
  EXPECT_THAT(read(), ElementsAre("two"));
}

struct LogCommand : Test {
  test::PostOffice office;

  void write(const std::string& name, const std::vector<log::Entry>& entries) const {
    std::filesystem::create_directories(office.folder() / "log");
    std::ofstream out(office.folder() / ("log/" + name));
    for (const auto& entry : entries) out << log::format_classic(entry) << "\n";
  }
  std::vector<std::string> lines(std::vector<std::string> choice) {
    choice.insert(choice.begin(), "log");
    const auto used = office.use(choice);
    EXPECT_EQ(used.err, "");
    auto all = split(used.out, '\n');
    all.pop_back();
    return all;
  }
};

TEST_F(LogCommand, ReadsOldFilesWhereAChoiceAsksForThem) {
  write("Session.log.1", {{local(9, 0), "M", "AAAAAA", "Calling: S/H"}, {local(9, 1), "M", "", "x"}});
  write("Session.log", {{local(9, 2), "M", "AAAAAA", "-- Closing connection --"}});
  EXPECT_THAT(lines({}), SizeIs(1));
  EXPECT_THAT(lines({"--call", "AAAAAA"}), SizeIs(2));
  EXPECT_THAT(lines({"--post-office", "s/h"}), SizeIs(2));
  EXPECT_THAT(lines({"--lines", "2"}), ElementsAre(EndsWith(" x"), HasSubstr("-- Closing")));
  EXPECT_THAT(lines({"--lines", "0"}), IsEmpty());
  EXPECT_THAT(lines({"--since", "2026-11-21 09:01", "--until", "2026-11-21 09:01"}),
              ElementsAre(EndsWith(" x")));
}

TEST_F(LogCommand, GivesProgramsObjects) {
  write("Session.log", {{local(9, 0), "M", "AAAAAA", "Calling: S/H"}});
  std::ofstream(office.folder() / "log/Session.log", std::ios::app) << "no line of ours\n";
  const auto all = lines({"--json"});
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_THAT(all[0], AllOf(HasSubstr("\"call\":\"AAAAAA\""), HasSubstr("\"post_office\":\"S/H\"")));
  EXPECT_EQ(all[1], "{\"text\":\"no line of ours\"}");
}

TEST_F(LogCommand, RefusesWhatItCannotUnderstand) {
  write("Session.log", {});
  EXPECT_THAT(office.use({"log", "--level", "loud"}).err,
              HasSubstr("write debug, info, notice, warning or error"));
  EXPECT_THAT(office.use({"log", "--lines", "many"}).err, HasSubstr("expected a number from 0 to 1000000"));
  EXPECT_THAT(office.use({"log", "--post-office", "HUB"}).err, HasSubstr("write NETWORK/POSTOFFICE"));
}

TEST_F(LogCommand, ExplainTellsWhatToDoAboutCodesAndLines) {
  EXPECT_THAT(office.use({"explain", "005"}).out,
              AllOf(HasSubstr("Mail retry count exceeded"), HasSubstr("What to do: ")));
  EXPECT_THAT(office.use({"explain", "NO", "CARRIER"}).out, HasSubstr("The other modem could not be heard"));
  EXPECT_THAT(office.use({"explain", "[5]"}).out, HasSubstr("Mail retry count exceeded"));
  EXPECT_THAT(office.use({"explain", "550 5.1.1 no mailbox"}).out,
              AllOf(HasSubstr("550"), HasSubstr("5.1.1")));
  EXPECT_THAT(office.use({"explain", "call-failed"}).out, HasSubstr("line call-failed, level warning"));
  EXPECT_THAT(office.use({"explain", "--json", "MODEMWAIT"}).out, HasSubstr("\"kind\":\"state\""));
  EXPECT_THAT(office.use({"explain", "--all"}).out, HasSubstr("Sent <key>, <bytes> bytes"));
  // A line with its beginning, and what it says about the cause.
  const log::Entry entry{local(9, 0), "M", "AAAAAA", "S/H: Call failed: BUSY. Next attempt at 23:30."};
  for (const auto& line : {log::format_classic(entry), log::format_iso(entry), entry.text}) {
    EXPECT_THAT(office.use({"explain", line}).out,
                AllOf(HasSubstr("call-failed"), HasSubstr("The other line is in use")))
        << line;
  }
  EXPECT_THAT(office.use({"explain", "Connection end. Lost carrier."}).out, HasSubstr("The line broke"));
}

TEST_F(LogCommand, ExplainSaysWhenNothingIsKnown) {
  const auto used = office.use({"explain", "foo"});
  EXPECT_EQ(used.exit, Exit::nothing);
  EXPECT_THAT(used.err, HasSubstr("nothing is known of 'foo'"));
  EXPECT_EQ(office.use({"explain"}).exit, Exit::usage);
}

}  // namespace
}  // namespace external::commands::log_test
