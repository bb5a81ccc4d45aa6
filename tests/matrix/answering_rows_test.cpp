// Rows about post offices that call each other: who is answered, and how a call is ended.

#include "offices.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

namespace external::matrix::answering_rows_test {
namespace {

using namespace std::chrono_literals;
using namespace ::testing;

/// Holds the queue of a post office, so that whoever wants to write to it waits.
class Blockade {
 public:
  explicit Blockade(const std::filesystem::path& queue) {
    sqlite3_open(queue.c_str(), &database_);
    if (sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(database_));
  }
  ~Blockade() { sqlite3_close(database_); }
  Blockade(const Blockade&) = delete;
  Blockade& operator=(const Blockade&) = delete;

 private:
  sqlite3* database_ = nullptr;
};

TEST(FaultMatrix, R53_ACallerSignsOnWhileTheQueueIsBlocked) {
  test::OfficePair pair;
  pair.south.queue("SOUTH/HUB/ANNA", "Subject: here\n\nits delivery has to wait\n");
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: up\n\nfrom the north\n");
  pair.south.start(pair);
  pair.north.start(pair);
  std::optional<Blockade> blockade(pair.south.folder / "queue.db");
  // The queue gives up waiting, and says so, some seconds after the caller must have been heard.
  pair.south.log.on_line = [&](const std::string& line) {
    if (line.find("Connected: caller is") != std::string::npos ||
        line.find("Mail queue:") != std::string::npos)
      blockade.reset();
  };
  pair.run_until([&] { return pair.south.mailbox("ANNA").size() == 2; });
  EXPECT_TRUE(pair.south.log.has("Connected: caller is NORTH/CLINIC")) << pair.south.log.all();
  EXPECT_LT(pair.south.log.place("Connected: caller is"), pair.south.log.place("Mail queue:"))
      << pair.south.log.all();
  EXPECT_EQ(pair.south.mailbox("ANNA").size(), 2u) << pair.south.log.all();
}

TEST(FaultMatrix, R53_ACallerIsServedWithoutTheFolderOfTheMailboxes) {
  test::OfficePair pair;
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: up\n\nfrom the north\n");
  pair.south.start(pair);
  pair.north.start(pair);
  std::filesystem::rename(pair.south.folder / "mail", pair.south.folder / "gone");
  pair.run_until(
      [&] { return pair.north.log.has("Connection end. ") && pair.south.log.has("Connection end. "); });
  EXPECT_TRUE(pair.south.log.has("Connected: caller is NORTH/CLINIC")) << pair.south.log.all();
  EXPECT_TRUE(pair.south.log.has("Connection end. Disconnection.")) << pair.south.log.all();
}

TEST(FaultMatrix, R56_EveryLineOfAPoolKnowsEveryPostOffice) {
  test::OfficePair pair;
  // SOUTH calls NORTH over Out alone, and is called over Net.
  auto& text = pair.south.text;
  text.replace(text.find("[PostOffice"), 0, "[External-Out]\nCommType = Tcp\n");
  text += "Instance = Out\nAddress = 127.0.0.1:1\nIntervals = 00:00-00:01\n";
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: up\n\nfrom the north\n");
  pair.south.start(pair);
  pair.north.start(pair);
  pair.run_until([&] {
    return pair.south.mailbox("ANNA").size() == 1 || pair.south.log.has("Sign-on ID or password incorrect");
  });
  EXPECT_TRUE(pair.south.log.has("Net: Connected: caller is NORTH/CLINIC")) << pair.south.log.all();
  EXPECT_EQ(pair.south.mailbox("ANNA").size(), 1u) << pair.south.log.all();
}

TEST(FaultMatrix, R57_ATransferThatTheOperatorEndsKeepsItsMailAndTheLineGoesOn) {
  test::OfficePair pair;
  const std::string content = "Subject: large\n\n" + std::string(4'000'000, 'x') + "\n";
  pair.north.queue("SOUTH/HUB/ANNA", content);
  pair.south.start(pair);
  pair.north.start(pair);
  int asked = 0;
  bool hung_up = false;
  pair.north.log.on_line = [&](const std::string& line) {
    if (line.find("Message transmission start.") == std::string::npos || ++asked > 1) return;
    asio::post(pair.io, [&] { hung_up = pair.north.engine->hang_up("net"); });
  };
  std::size_t queued_then = 0;
  pair.run_until([&] {
    if (queued_then == 0 && pair.north.log.has("Hung up by the operator.")) {
      const mailqueue::Queue queue(pair.north.folder / "queue.db");
      queued_then = queue.list().size();
    }
    return !pair.south.mailbox("ANNA").empty();
  });
  EXPECT_TRUE(hung_up);
  EXPECT_FALSE(pair.north.engine->hang_up("Net")) << "there is no call any more";
  EXPECT_TRUE(pair.north.log.has("Connection end. Hung up by the operator.")) << pair.north.log.all();
  EXPECT_TRUE(pair.south.log.has("Lost carrier.")) << pair.south.log.all();
  EXPECT_EQ(queued_then, 1u) << "the mail was still queued";
  ASSERT_EQ(pair.south.mailbox("ANNA").size(), 1u) << pair.north.log.all();
  EXPECT_TRUE(pair.south.mailbox("ANNA")[0].ends_with(content));
}

}  // namespace
}  // namespace external::matrix::answering_rows_test
