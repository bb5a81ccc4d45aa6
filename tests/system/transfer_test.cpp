// Mail from one post office to the other, as users see it.

#include "town.h"

#include <gtest/gtest.h>

namespace external::test::transfer_test {
namespace {

TEST(Transfer, MovesMailBothWaysInOneCall) {
  Town town;
  const std::string up = "Subject: up\n\n" + std::string(20000, 'u') + "\n";
  const std::string down = "Subject: down\r\n\r\nd\r\n";
  EXPECT_EQ(town.north.send("SOUTH/HUB/ANNA", up).exit_code, 0);
  EXPECT_EQ(town.south.send("anna@clinic.north", down).exit_code, 0);
  auto south = town.south.start();
  ASSERT_TRUE(eventually([&] { return town.south.logged("Initialization complete. Ready."); }));
  auto north = town.north.start();
  EXPECT_TRUE(eventually([&] {
    return town.north.mailbox("ANNA").size() == 1 && town.south.mailbox("ANNA").size() == 1;
  })) << town.north.log()
      << town.south.log();
  EXPECT_TRUE(eventually([&] { return town.north.times_logged("-- Closing connection --") == 1; }));
  ASSERT_EQ(town.south.mailbox("ANNA").size(), 1u);
  EXPECT_TRUE(town.south.mailbox("ANNA")[0].ends_with(up));
  EXPECT_TRUE(town.north.mailbox("ANNA")[0].ends_with(down));
  EXPECT_EQ(town.north.times_logged("Calling: SOUTH/HUB"), 1) << town.north.log();
  EXPECT_EQ(town.south.times_logged("Answering call"), 1);
}

}  // namespace
}  // namespace external::test::transfer_test
