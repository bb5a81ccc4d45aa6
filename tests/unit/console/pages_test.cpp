// Screens, exactly as they are.

#include "scene.h"

#include <gmock/gmock.h>

namespace external::console::pages_test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

class Pages : public testing::Test {
 protected:
  void SetUp() override { use_utc(); }

  std::vector<std::string> draw(std::size_t width, std::size_t height) {
    return texts(viewer_.draw(scene_, width, height));
  }

  void press(char digit) { viewer_.take({Key::Kind::character, digit, 0}, scene_); }

  /// `top` and `bottom` are on the screen, and nothing between them.
  void expect(std::size_t width, std::size_t height, std::vector<std::string> top,
              const std::vector<std::string>& bottom) {
    ASSERT_LE(top.size() + bottom.size(), height);
    top.resize(height - bottom.size());
    top.insert(top.end(), bottom.begin(), bottom.end());
    EXPECT_THAT(draw(width, height), testing::ElementsAreArray(top));
  }

  Scene scene_ = busy_scene();
  Viewer viewer_{{}};
};

TEST_F(Pages, MainAt80x24) {
  expect(80, 24,
         {
             "External 0.1.0  NORTH/CLINIC                                 01-31-2026 12:00:00",
             "",
             " LINE       STATE           FOR      CALL",
             ">Modem1     CONNECTED       1m30s    SOUTH/HUB at 57600 bps",
             "            [##########...........] 1/4 messages  45,000/90,000 bytes  1:30 left",
             "            500 bytes/s, efficiency 96 %, 2 line errors",
             " Lan        LISTENING       1d02h    127.0.0.1:2666",
             "            The last caller gave a wrong password.",
             "",
             " WAITING FOR           ITEMS          BYTES  OLDEST   NEXT TRY  LAST ERROR",
             " SOUTH/HUB                  3         12,345  2h05m    12:40     No answer",
             "",
             "log 1",
             "log 2",
             "log 3",
         },
         {
             "F1 Help  F2 LAN  F3 Modem  F4 Queue  F5 Log   ESC ends External.",
         });
}

TEST_F(Pages, HelpAt80x24) {
  press('1');
  expect(80, 24,
         {
             "External 0.1.0  NORTH/CLINIC                                 01-31-2026 12:00:00",
             "",
             "Keys, and digits where there are no function keys",
             " F1  1          this help",
             " F2  2          post offices over LAN, and those whose mail is handed over",
             " F3  3          post offices over modem",
             " F4  4          the queue, message by message",
             " F5  5          the log; it follows while its end is shown",
             " F6  6          modems that are lent, to whom, and who waits for one",
             " ESC  q         back to the main page; there:",
             "                end External, after a question",
             " Arrows, PgUp, PgDn, Home, End   choose a line, post office, message; scroll",
             " c              call the chosen post office now",
             " u              hang up a call on the line or with the post office; end a lease",
             " h              hold: the line dials for no mail; mail for the post office",
             "                waits; the message stays here",
             " r              release what is held",
             " t              try now: mail of the post office, or the message, is due",
             "Columns of F2 and F3",
             " Serial#        place in external.ini     R#    calls failed in a row",
             " Sent           messages to it since External started",
             " Session        messages of the call that stands, both ways",
             " MTD, YTD       messages to it this month, this year",
             "ESC Back",
         },
         {});
}

TEST_F(Pages, OfficesOverLanAt80x24) {
  press('2');
  expect(80, 24,
         {
             "External 0.1.0  NORTH/CLINIC                                 01-31-2026 12:00:00",
             "",
             "Post offices over LAN",
             " Network    Postoffice Serial# Status    R#    Sent Session      MTD      YTD",
             ">EAST       MINE             3 START      0       0       -        0        0",
         },
         {
             "EAST/MINE  Status: START, nothing waits for it",
             "ESC Back  F1 Help   c Call  u Hang up  h Hold  r Release  t Try now",
         });
}

TEST_F(Pages, OfficesOverModemAt80x24) {
  press('3');
  expect(80, 24,
         {
             "External 0.1.0  NORTH/CLINIC                                 01-31-2026 12:00:00",
             "",
             "Post offices over modem",
             " Network    Postoffice Serial# Status    R#    Sent Session      MTD      YTD",
             ">SOUTH      HUB              1 OK         0      12       1      345    6,789",
             " SOUTH      BRANCH           2 ERROR      2       0       -        0        0",
         },
         {
             "SOUTH/HUB  Status: OK, 3 messages wait, due now",
             "ESC Back  F1 Help   c Call  u Hang up  h Hold  r Release  t Try now",
         });
}

TEST_F(Pages, QueueAt80x24) {
  press('4');
  expect(80, 24,
         {
             "External 0.1.0  NORTH/CLINIC                                 01-31-2026 12:00:00",
             "",
             "Queue",
             "       ID        BYTES ACCEPTED    P STATE       FROM     TO",
             ">      7       12,345 01-31 10:00 U queued      ANNA     SOUTH/HUB/STORES and 2 ",
             "       9          800 01-31 11:00   held        <>       SOUTH/BRANCH/BOB",
         },
         {
             "7 to SOUTH/HUB/STORES and 2 more: queued, 2 tries, next at 12:40; No answer",
             "ESC Back  F1 Help   c Call  h Hold  r Release  t Try now",
         });
}

TEST_F(Pages, LogAt80x24) {
  press('5');
  expect(80, 24,
         {
             "External 0.1.0  NORTH/CLINIC                                 01-31-2026 12:00:00",
             "",
             "log 1",
             "log 2",
             "log 3",
         },
         {
             "Follows; PgUp scrolls   F1 Help  ESC Back",
         });
}

TEST_F(Pages, MainOfALentModemAt80x24) {
  lend(scene_);
  expect(80, 24,
         {
             "External 0.1.0  NORTH/CLINIC                                 01-31-2026 12:00:00",
             "",
             " LINE       STATE           FOR      CALL",
             ">Modem1     CONNECTED       1m30s    SOUTH/HUB at 57600 bps",
             "            [##########...........] 1/4 messages  45,000/90,000 bytes  1:30 left",
             "            500 bytes/s, efficiency 96 %, 2 line errors",
             " Lan        LISTENING       1d02h    127.0.0.1:2666",
             "            The last caller gave a wrong password.",
             " Modem2     LENT            5m00s    /dev/ttyUSB1",
             "            Lent to 192.0.2.7:4711 of OFFICE.",
             "            1,234 bytes to the modem, 5,678,901 from it, idle for 0m03s",
             "",
             " WAITING FOR           ITEMS          BYTES  OLDEST   NEXT TRY  LAST ERROR",
             " SOUTH/HUB                  3         12,345  2h05m    12:40     No answer",
             "",
             "log 1",
             "log 2",
             "log 3",
         },
         {
             "F1 Help  F2 LAN  F3 Modem  F4 Queue  F5 Log  F6 Lent  ESC ends External.",
         });
}

TEST_F(Pages, PoolsAt80x24) {
  lend(scene_);
  press('6');
  expect(80, 24,
         {
             "External 0.1.0  NORTH/CLINIC                                 01-31-2026 12:00:00",
             "",
             "Modems that are lent",
             " POOL   MODEM  STATE        CLIENT                  SINCE IDLE        TO    FROM",
             ">OFFICE Modem1 CONNECTED    -                                                   ",
             " OFFICE Modem2 LENT         192.0.2.7:4711          11:55 0m03s    1,234    5.7M",
             " OFFICE no. 1  waits        [2001:db8::7]:1025      11:58                       ",
             " OFFICE no. 2  waits        192.0.2.9:1026          11:59                       ",
         },
         {
             "Modem1 of OFFICE: CONNECTED; no client has it",
             "ESC Back  F1 Help   u End the lease, or the wait",
         });
}

TEST_F(Pages, PoolsTellOfWhatIsChosen) {
  lend(scene_);
  press('6');
  const auto down = [&] {
    draw(80, 24);
    viewer_.take({Key::Kind::down, 0, 0}, scene_);
    return draw(80, 24)[22];
  };
  EXPECT_EQ(down(), "Modem2: 192.0.2.7:4711 of OFFICE, 1,234 bytes to the modem, 5,678,901 from it");
  EXPECT_EQ(down(), "[2001:db8::7]:1025 is number 1 in the queue of OFFICE, for 2m00s");
}

TEST_F(Pages, PoolsOfNobody) {
  press('6');
  EXPECT_EQ(draw(80, 24)[2], "Modems that are lent");
  EXPECT_EQ(draw(80, 24)[3], " None. [Share NAME] in external.ini lends some.");
}

TEST_F(Pages, PoolsAt40x10) {
  lend(scene_);
  press('6');
  expect(40, 10,
         {
             "External  NORTH/CLINIC          12:00:00",
             "Modems that are lent",
             " POOL   MODEM  STATE        CLIENT      ",
             ">OFFICE Modem1 CONNECTED    -           ",
             " OFFICE Modem2 LENT         192.0.2.7:47",
             " OFFICE no. 1  waits        [2001:db8::7",
             " OFFICE no. 2  waits        192.0.2.9:10",
         },
         {
             "Modem1 of OFFICE: CONNECTED; no client h",
             "ESC Back  F1 Help   u End the lease, or ",
         });
}

TEST_F(Pages, PoolsAreMarkedByTheDayWhenALeaseIsOld) {
  lend(scene_);
  scene_.status.shares[0].modems[1].since = noon - 49h;
  press('6');
  EXPECT_THAT(draw(80, 24), Contains(HasSubstr("192.0.2.7:4711          01-29 0m03s")));
}

TEST_F(Pages, MainAt132x43) {
  expect(132, 43,
         {
             "External 0.1.0  NORTH/CLINIC                                                                   "
             "                  01-31-2026 12:00:00",
             "",
             " LINE       STATE           FOR      CALL",
             ">Modem1     CONNECTED       1m30s    SOUTH/HUB at 57600 bps",
             "            [###############...............] 1/4 messages  45,000/90,000 bytes  1:30 left",
             "            500 bytes/s, efficiency 96 %, 2 line errors",
             " Lan        LISTENING       1d02h    127.0.0.1:2666",
             "            The last caller gave a wrong password.",
             "",
             " WAITING FOR           ITEMS          BYTES  OLDEST   NEXT TRY  LAST ERROR",
             " SOUTH/HUB                  3         12,345  2h05m    12:40     No answer",
             "",
             "log 1",
             "log 2",
             "log 3",
         },
         {
             "F1 Help  F2 LAN  F3 Modem  F4 Queue  F5 Log   ESC ends External.",
         });
}

TEST_F(Pages, OfficesOverModemAt132x43) {
  press('3');
  expect(132, 43,
         {
             "External 0.1.0  NORTH/CLINIC                                                                   "
             "                  01-31-2026 12:00:00",
             "",
             "Post offices over modem",
             " Network    Postoffice Serial# Status    R#    Sent Session      MTD      YTD",
             ">SOUTH      HUB              1 OK         0      12       1      345    6,789",
             " SOUTH      BRANCH           2 ERROR      2       0       -        0        0",
         },
         {
             "SOUTH/HUB  Status: OK, 3 messages wait, due now",
             "ESC Back  F1 Help   c Call  u Hang up  h Hold  r Release  t Try now",
         });
}

TEST_F(Pages, QueueAt132x43) {
  press('4');
  expect(132, 43,
         {
             "External 0.1.0  NORTH/CLINIC                                                                   "
             "                  01-31-2026 12:00:00",
             "",
             "Queue",
             "       ID        BYTES ACCEPTED    P STATE       FROM     TO",
             ">      7       12,345 01-31 10:00 U queued      ANNA     SOUTH/HUB/STORES and 2 more",
             "       9          800 01-31 11:00   held        <>       SOUTH/BRANCH/BOB",
         },
         {
             "7 to SOUTH/HUB/STORES and 2 more: queued, 2 tries, next at 12:40; No answer",
             "ESC Back  F1 Help   c Call  h Hold  r Release  t Try now",
         });
}

TEST_F(Pages, MainAt40x10) {
  expect(40, 10,
         {
             "External  NORTH/CLINIC          12:00:00",
             " LINE    STATE        FOR    CALL",
             ">Modem1  CONNECTED    1m30s  SOUTH/HUB a",
             "         [########........] 1/4 messages",
             "         500 bytes/s, efficiency 96 %, 2",
             " WAITING FOR     ITEMS  NEXT TRY",
             " SOUTH/HUB            3  12:40     ",
             "log 2",
             "log 3",
             "F1 Help  F2-F5 Pages  ESC ends External.",
         },
         {});
}

TEST_F(Pages, OfficesOverLanAt40x10) {
  press('2');
  expect(40, 10,
         {
             "External  NORTH/CLINIC          12:00:00",
             "Post offices over LAN",
             " Network Postoff Serial# Status    R#   ",
             ">EAST    MINE          3 START      0   ",
         },
         {
             "EAST/MINE  Status: START, nothing waits ",
             "ESC Back  F1 Help   c Call  u Hang up  h",
         });
}

TEST_F(Pages, OfficesOverModemAt40x10) {
  press('3');
  expect(40, 10,
         {
             "External  NORTH/CLINIC          12:00:00",
             "Post offices over modem",
             " Network Postoff Serial# Status    R#   ",
             ">SOUTH   HUB           1 OK         0   ",
             " SOUTH   BRANCH        2 ERROR      2   ",
         },
         {
             "SOUTH/HUB  Status: OK, 3 messages wait, ",
             "ESC Back  F1 Help   c Call  u Hang up  h",
         });
}

TEST_F(Pages, QueueAt40x10) {
  press('4');
  expect(40, 10,
         {
             "External  NORTH/CLINIC          12:00:00",
             "Queue",
             "       ID        BYTES ACCEPTED    P STA",
             ">      7       12,345 01-31 10:00 U queu",
             "       9          800 01-31 11:00   held",
         },
         {
             "7 to SOUTH/HUB/STORES and 2 more: queued",
             "ESC Back  F1 Help   c Call  h Hold  r Re",
         });
}

TEST_F(Pages, FitIntoAnyTerminal) {
  viewer_ = Viewer({.monitor = true, .charset = Charset::utf8});
  lend(scene_);
  scene_.trouble = "External has ended.";
  scene_.news = "External answers again.";
  scene_.log.push_back(std::string(90, 'x') + " and a line that is longer than any terminal here is wide " +
                       std::string(90, 'y'));
  scene_.log.emplace_back("     \xE6\x9D\xB1\xE4\xBA\xAC \xE6\x9D\xB1\xE4\xBA\xAC \xE6\x9D\xB1\xE4\xBA\xAC");
  for (const char page : {'0', '1', '2', '3', '4', '5', '6'}) {
    press(page);
    for (std::size_t height = 0; height < 40; ++height) {
      for (std::size_t width = 0; width < 100; width += 7) {
        const auto lines = draw(width, height);
        ASSERT_EQ(lines.size(), height);
        for (const auto& line : lines) ASSERT_LE(width_of(line), width) << line;
      }
    }
  }
}

TEST_F(Pages, KeepTheNewestOfTheLog) {
  scene_.log.clear();
  for (int i = 0; i < 200; ++i) scene_.log.push_back("log " + std::to_string(i));
  EXPECT_EQ(draw(80, 24)[22], "log 199");
  EXPECT_THAT(draw(80, 24), Not(Contains("log 0")));
}

TEST_F(Pages, ShowTheChosenLineHoweverManyThereAre) {
  control::LineStatus quiet;
  quiet.state = "LISTENING";
  quiet.since = noon;
  for (int i = 2; i < 30; ++i) {
    quiet.instance = "Modem" + std::to_string(i);
    scene_.status.lines.push_back(quiet);
  }
  EXPECT_THAT(draw(80, 24), Contains(HasSubstr(" more: arrows choose")));
  for (int i = 0; i < 30; ++i) {
    EXPECT_THAT(
        draw(80, 24),
        Contains(testing::StartsWith(">" + scene_.status.lines[static_cast<std::size_t>(i)].instance + " ")));
    EXPECT_THAT(draw(80, 24), Contains(HasSubstr("SOUTH/HUB                  3")));
    EXPECT_THAT(draw(80, 24), Contains("log 3"));
    viewer_.take({Key::Kind::down, 0, 0}, scene_);
  }
}

TEST_F(Pages, LetNoNameReachTheTerminalAsAControlSequence) {
  for (const auto charset : {Charset::ascii, Charset::utf8}) {
    viewer_ = Viewer({.monitor = false, .charset = charset});
    scene_.status.home = scene_.status.lines[0].instance = scene_.status.queue[0].last_error =
        "Evil\x1b[2J\x7F";
    scene_.status.shares = {};
    lend(scene_);
    scene_.status.shares[0].pool = scene_.status.shares[0].modems[0].client = "Evil\x1b[2J\x7F";
    scene_.messages.messages[0].from = scene_.status.post_offices[0].detail = "bell \a and \xC3\xA9";
    scene_.log.emplace_back(
        "\xC2\x9B"
        "2J");
    for (const char page : {'0', '2', '3', '4', '5', '6'}) {
      press(page);
      for (const auto& line : draw(80, 24)) {
        EXPECT_EQ(readable(line, charset), line);
        for (const char c : line) EXPECT_TRUE(static_cast<unsigned char>(c) >= ' ' && c != '\x7F') << line;
      }
    }
  }
}

TEST_F(Pages, ShowNamesInAnyScript) {
  scene_.status.post_offices[0].post_office = "NORD/Z\xC3\x9CRICH";
  viewer_ = Viewer({.monitor = false, .charset = Charset::utf8});
  press('3');
  EXPECT_EQ(draw(80, 24)[4],
            ">NORD       Z\xC3\x9CRICH           1 OK         0       0       -        0        0");
  viewer_ = Viewer({});
  press('3');
  EXPECT_EQ(draw(80, 24)[4], ">NORD       Z?RICH           1 OK         0       0       -        0        0");
}

TEST_F(Pages, SayWhenAnAttemptIsDueOrNotPlannedOrHeld) {
  scene_.status.queue[0].next_attempt = noon;
  EXPECT_THAT(draw(80, 24), Contains(HasSubstr("2h05m    now ")));
  scene_.status.queue[0].next_attempt.reset();
  EXPECT_THAT(draw(80, 24), Contains(HasSubstr("2h05m    - ")));
  scene_.status.queue[0].held = true;
  EXPECT_THAT(draw(80, 24), Contains(HasSubstr("2h05m    held ")));
}

TEST_F(Pages, SayThatNothingWaits) {
  scene_.status.queue.clear();
  EXPECT_THAT(draw(80, 24), Contains(" No mail is waiting."));
  scene_.messages = {};
  press('4');
  EXPECT_THAT(draw(80, 24), Contains("Queue: no messages"));
}

TEST_F(Pages, BreakLongLinesOfTheLogInsteadOfCuttingThem) {
  scene_.log = {std::string(90, 'a') + " the end"};
  press('5');
  EXPECT_EQ(draw(80, 24)[2], std::string(80, 'a'));
  EXPECT_EQ(draw(80, 24)[3], "  aaaaaaaaaa the end");
  scene_.log = {std::string(72, 'a') + " no word broken"};
  EXPECT_EQ(draw(80, 24)[2], std::string(72, 'a') + " no word");
  EXPECT_EQ(draw(80, 24)[3], "  broken");
}

TEST_F(Pages, TellByColourWhoNeedsSomebody) {
  scene_.status.lines[1].state = "WEDGED";
  const auto frame = viewer_.draw(scene_, 80, 24);
  EXPECT_EQ(frame.front().look, Look::bar);
  EXPECT_EQ(frame[3].look, Look::chosen);
  EXPECT_EQ(frame[4].look, Look::good);
  EXPECT_EQ(frame[6].look, Look::bad);
}

}  // namespace
}  // namespace external::console::pages_test
