// Rows about what modems and scripts say to each other.

#include "run.h"

#include <external/modem/script.h>

namespace external::matrix {
namespace {

TEST(FaultMatrix, R45_AWrongScriptIsNamedWithItsPlace) {
  const auto compiled = modem::compile("INITIALIZE:\n  sned \"ATZ\"\n  return 0\n", "BAD.MDM");
  EXPECT_FALSE(compiled.script);
  ASSERT_FALSE(compiled.diagnostics.empty());
  EXPECT_EQ(compiled.diagnostics.front().line, 2U);
}

}  // namespace
}  // namespace external::matrix
