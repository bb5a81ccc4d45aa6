#include <external/base/descriptor.h>
#include <external/service/terminal.h>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <pty.h>

namespace external::service::terminal_test {
namespace {

TEST(Interactive, NeedsATerminalOnBothSides) {
  int master = -1;
  int slave = -1;
  ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  Descriptor keep_master(master);
  Descriptor terminal(slave);
  Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(is_interactive(terminal.get(), terminal.get()));
  EXPECT_FALSE(is_interactive(null.get(), terminal.get()));
  EXPECT_FALSE(is_interactive(terminal.get(), null.get()));
}

}  // namespace
}  // namespace external::service::terminal_test
