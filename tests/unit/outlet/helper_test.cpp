#include "run.h"

#include <external/outlet/helper.h>

#include <gmock/gmock.h>

namespace external::outlet::helper_test {
namespace {

using namespace std::chrono_literals;
using namespace ::testing;

HelperEnd run(const std::string& command, Duration limit = 1min, Environment environment = {}) {
  test::RealWorld world;
  return world.run(run_helper({"/bin/sh", "-c", command}, std::move(environment), limit, world.clock));
}

TEST(Helper, IsGivenItsEnvironmentBesideOurs) {
  EXPECT_TRUE(run("test \"$A\" = 'b c' && test -n \"$PATH\"", 1min, {{"A", "b c"}}).ok);
  EXPECT_TRUE(run("test \"$PATH\" = other", 1min, {{"PATH", "other"}}).ok);
}

TEST(Helper, HasNothingToRead) {
  EXPECT_TRUE(run("cat").ok);
}

TEST(Helper, SaysHowItFailed) {
  const auto end = run("echo no such switch >&2; exit 3");
  EXPECT_FALSE(end.ok);
  EXPECT_EQ(end.text, "it ended with exit code 3: no such switch");
  EXPECT_EQ(run("kill -9 $$").text, "it was killed by signal 9");
}

TEST(Helper, ThatIsNotThereCannotBeRun) {
  test::RealWorld world;
  const auto end = world.run(run_helper({"/no/such/program"}, {}, 1min, world.clock));
  EXPECT_FALSE(end.ok);
  EXPECT_EQ(end.text, "it cannot be run: No such file or directory");
}

TEST(Helper, ThatHangsIsKilledWithAllItHasStarted) {
  const auto end = run("sleep 1000 & sleep 1000", 1s);
  EXPECT_FALSE(end.ok);
  EXPECT_EQ(end.text, "it did not end in 1 s and was killed");
}

}  // namespace
}  // namespace external::outlet::helper_test
