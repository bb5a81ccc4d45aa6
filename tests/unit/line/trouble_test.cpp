#include "run.h"
#include "test_port.h"

#include <external/line/trouble.h>
#include <external/line/tty.h>

#include <gmock/gmock.h>

#include <sys/file.h>
#include <sys/stat.h>

namespace external::line::trouble_test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

std::string words(error_code error, const test::TestPort& port) {
  return describe_trouble(error, port.path, port.lock_folder());
}

TEST(Trouble, NamesWhoHoldsThePortAndSinceWhen) {
  test::TestPort port;
  test::write_file(port.lock_file(), std::to_string(::getppid()));
  EXPECT_THAT(words(Error::held, port),
              MatchesRegex("Port " + port.path + " is held by .+ \\(process " + std::to_string(::getppid()) +
                           "\\), running since [0-9-]+ [0-9:]+; end it, or use another port."));
}

TEST(Trouble, KnowsTheStartOfAProcess) {
  test::TestPort port;
  const auto before = std::chrono::system_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  test::write_file(port.lock_file(), std::to_string(child));
  const auto holder = holder_of(port.path, port.lock_folder());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(holder && holder->since);
  EXPECT_EQ(holder->pid, child);
  EXPECT_LT(std::chrono::abs(*holder->since - before), std::chrono::minutes(1));
}

TEST(Trouble, ALockOfAnotherInstanceIsOurOwn) {
  test::RealWorld world;
  test::TestPort port;
  const auto line =
      open_tty(world.io.get_executor(), world.clock, port.path, {.lock_folder = port.lock_folder()});
  EXPECT_THAT(words(Error::held, port), HasSubstr("is held by this program itself (process "));
}

TEST(Trouble, FindsWhoHasItLockedWithoutALockFile) {
  test::TestPort port;
  const Descriptor open(::open(port.path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_EQ(::flock(open.get(), LOCK_EX | LOCK_NB), 0);
  const auto holder = holder_of(port.path, "");
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, ::getpid());
}

TEST(Trouble, HasACureForEachCause) {
  test::TestPort port;
  namespace errc = boost::system::errc;
  EXPECT_THAT(words(errc::make_error_code(errc::no_such_file_or_directory), port),
              StartsWith("Port " + port.path + " is absent; plug the modem in"));
  EXPECT_THAT(words(Error::hung_up, port), HasSubstr(" is absent; "));
  EXPECT_THAT(words(errc::make_error_code(errc::permission_denied), port), HasSubstr("group dialout"));
  EXPECT_THAT(words(Error::not_a_terminal, port), HasSubstr("not a serial port; correct AsyncCommPort"));
  EXPECT_THAT(words(Error::bad_speed, port), HasSubstr("correct AsyncSpeed"));
  EXPECT_THAT(words(Error::held, port), HasSubstr("cannot be seen; end it"));
  EXPECT_THAT(silent_modem(port.path).text(),
              StartsWith("The modem at port " + port.path + " does not answer; switch it on"));
  EXPECT_THAT(describe_trouble(asio::error::connection_refused, "tcp://there:1", ""),
              StartsWith("Port tcp://there:1 cannot be reached: Connection refused; "));
}

TEST(Trouble, TellsLockFilesFromTheirFolder) {
  test::TestPort port;
  EXPECT_THAT(words(Error::no_lock_folder, port), HasSubstr("there is no folder " + port.lock_folder()));
  EXPECT_THAT(words(Error::lock_unwritable, port),
              HasSubstr(port.lock_folder() + " may not be written to; "));
  test::write_file(port.lock_file(), "1");
  EXPECT_THAT(words(Error::lock_unwritable, port),
              HasSubstr("the old lock file " + port.lock_file() + " may not be removed; remove it as root"));
  EXPECT_THAT(words(Error::lock_unreadable, port), HasSubstr("its lock file " + port.lock_file()));
}

}  // namespace
}  // namespace external::line::trouble_test
