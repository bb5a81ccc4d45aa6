// Rows about lines that listen: who calls, who gives up, and what the modem is like by then.

#include "virtual_town.h"

namespace external::matrix {
namespace {

using engine::LineState;
using testing::HasSubstr;

TEST(VirtualTown, MovesMail) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  town.expect_mail_passes();
}

}  // namespace
}  // namespace external::matrix
