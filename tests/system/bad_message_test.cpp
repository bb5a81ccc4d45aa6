// Messages that trip programs which take mail for lines of text, and mail for which there is no place.

#include "tcp_pair.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace external::test::bad_message_test {
namespace {

std::string random_bytes(std::size_t size) {
  std::mt19937_64 random(11);
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    const auto eight = random();
    std::memcpy(bytes.data() + at, &eight, 8);
  }
  return bytes;
}

std::string every_byte() {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  return all;
}

std::vector<std::string> strange_messages() {
  using namespace std::string_literals;
  const std::string long_line(10'000, 'l');
  return {
      "x",
      "Subject: NULs\n\n\0a\0\0b\n\0"s,
      "Subject: bare LF\r\n\r\none\ntwo\r\nthree\n\r\n\n\n",
      "Subject: bare CR\r\n\r\none\rtwo\r\rthree\r\n\r",
      "Subject: " + long_line + "\n\n" + long_line + "\n" + long_line,
      "Subject: every byte\n\n" + every_byte() + "\n",
      "From anna Thu Jan  1 00:00:00 1970\nSubject: mbox\n\nFrom here on\n>From there\n",
      "Subject: dots\r\n\r\n.\r\n..\r\n.\n\n.\r\n",
      "Subject: modem\n\n+++\r\nATH0\r\nNO CARRIER\r\n\x11\x13\x10\x03\x1a",
      "Subject: no end of line\n\nend",
      "Subject: 64 KB\n\n" + random_bytes(64 * 1024 - 16),
  };
}

/// Sends them all and checks that each comes out as it went in. The header that a message without one gets,
/// and the trace headers, stand before it.
void expect_to_arrive(const PostOffice& from, const PostOffice& to,
                      const std::vector<std::string>& contents) {
  std::vector<std::string> words{"send", "--from", "ANNA", "--to", "SOUTH/HUB/ANNA"};
  for (std::size_t i = 0; i < contents.size(); ++i) {
    words.push_back((from.path() / ("strange" + std::to_string(i))).string());
    write_file(words.back(), contents[i]);
  }
  const auto sent = from.command(words);
  ASSERT_EQ(sent.exit_code, 0) << sent.output;
  const auto call = from.command({"call", "SOUTH/HUB"}, "/dev/null", std::chrono::seconds(120));
  ASSERT_EQ(call.exit_code, 0) << call.output << from.log();
  ASSERT_TRUE(eventually([&] { return to.mailbox("ANNA").size() == contents.size(); })) << to.log();
  const auto arrived = to.mailbox("ANNA");
  for (const auto& content : contents) {
    const auto is_it = [&](const std::string& one) {
      return one.starts_with("Return-Path: ") && one.ends_with("\n" + content);
    };
    EXPECT_EQ(std::count_if(arrived.begin(), arrived.end(), is_it), 1) << content.substr(0, 40);
  }
}

TEST(BadMessage, EveryByteArrivesAsItWasOverAModem) {
  Town town("115200");
  auto south = town.south.start();
  ASSERT_TRUE(eventually([&] { return town.south.logged("Initialization complete. Ready."); }));
  expect_to_arrive(town.north, town.south, strange_messages());
}

TEST(BadMessage, EveryByteArrivesAsItWasOverTcp) {
  TcpPair pair;
  auto south = pair.start_south();
  expect_to_arrive(pair.north, pair.south, strange_messages());
}

TEST(BadMessage, NothingAtAllArrivesAsNothing) {
  TcpPair pair;
  auto south = pair.start_south();
  EXPECT_EQ(pair.north.send("SOUTH/HUB/ANNA", "").exit_code, 0);
  EXPECT_EQ(pair.north.command({"call", "SOUTH/HUB"}).exit_code, 0) << pair.north.log();
  ASSERT_TRUE(eventually([&] { return pair.south.mailbox("ANNA").size() == 1; })) << pair.south.log();
  EXPECT_TRUE(pair.south.logged(", 0 bytes, from NORTH/CLINIC/ANNA to SOUTH/HUB/ANNA")) << pair.south.log();
  std::istringstream lines(pair.south.mailbox("ANNA")[0]);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.starts_with("\t") || line.find(": ") != std::string::npos) << line;
  }
}

TEST(BadMessage, FiftyMegabytesArriveWhole) {
  TcpPair pair;
  auto south = pair.start_south();
  const auto content = "Subject: 50 MB\n\n" + random_bytes(50 << 20);
  EXPECT_EQ(pair.north.send("SOUTH/HUB/ANNA", content).exit_code, 0);
  EXPECT_EQ(pair.north.command({"call", "SOUTH/HUB"}, "/dev/null", std::chrono::seconds(200)).exit_code, 0)
      << pair.north.log();
  ASSERT_TRUE(eventually([&] { return pair.south.mailbox("ANNA").size() == 1; })) << pair.south.log();
  EXPECT_TRUE(pair.south.mailbox("ANNA")[0].ends_with("\n" + content));
}

TEST(BadMessage, SendRefusesAPostOfficeThatNobodyKnows) {
  TcpPair pair;
  const auto sent = pair.north.send("EAST/POST/ANNA", "Subject: x\n\nx\n");
  EXPECT_EQ(sent.exit_code, 68);
  EXPECT_EQ(sent.output,
            "external: nothing sent: no route to EAST/POST; add [PostOffice NETWORK/POSTOFFICE] to " +
                pair.north.ini() + " or correct the address\n");
}

TEST(BadMessage, MailForAnUnknownPlaceComesBackOnce) {
  TcpPair pair;
  auto settings = read_file(pair.north.ini());
  settings += "[PostOffice EAST/POST]\nRoute = Indirect SOUTH/HUB\n";
  pair.north.write_settings(settings);
  const std::string lost = "Subject: lost\n\nnobody\n";
  EXPECT_EQ(pair.north.send("EAST/POST/ANNA", lost).exit_code, 0);
  EXPECT_EQ(pair.north.send("SOUTH/HUB/NOBODY", lost).exit_code, 0);
  EXPECT_EQ(pair.north.send("SOUTH/HUB/ANNA", "Subject: found\n\nsomebody\n").exit_code, 0);
  auto south = pair.start_south();
  EXPECT_EQ(pair.north.command({"call", "SOUTH/HUB"}).exit_code, 0) << pair.north.log();
  EXPECT_TRUE(eventually([&] { return pair.south.mailbox("ANNA").size() == 1; })) << pair.south.log();
  // SOUTH refuses the one before its content comes, and finds out about the other when it delivers.
  EXPECT_TRUE(pair.north.logged("not delivered to EAST/POST/ANNA")) << pair.north.log();
  EXPECT_TRUE(eventually([&] { return pair.south.logged("not delivered to SOUTH/HUB/NOBODY"); }))
      << pair.south.log();
  EXPECT_EQ(pair.north.command({"call", "SOUTH/HUB"}).exit_code, 0) << pair.north.log();
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 2u) << pair.north.log();
  for (const auto& notice : pair.north.mailbox("ANNA"))
    EXPECT_NE(notice.find("nobody"), std::string::npos) << notice;
  EXPECT_EQ(pair.north.times_logged("; returned "), 1) << pair.north.log();
  EXPECT_EQ(pair.south.times_logged("; returned "), 1) << pair.south.log();
}

}  // namespace
}  // namespace external::test::bad_message_test
