// Rows about calls over X.25, by way of a PAD.

#include "../unit/modem/fake_pad.h"
#include "rings.h"
#include "run.h"

#include <external/modem/modem.h>

namespace external::matrix::pad_rows_test {
namespace {

using namespace std::chrono_literals;
using modem::test::FakePad;

/// Reads until the line has ended; how long that took since `from`.
Task<Duration> time_to_the_end(modem::SessionLine& session, Clock& clock, TimePoint from) {
  std::array<std::uint8_t, 64> buffer;
  for (;;) {
    const auto count = co_await session.read(buffer, clock.now() + 1h);
    if (!count) co_return count.error() == line::Error::hung_up ? clock.now() - from : 24h;
  }
}

// The network clears the call in the middle of it, in each of its ways; the session ends as with a modem that
// lost its carrier, and the next call comes about.
TEST(FaultMatrix, R50_AClearedCallIsALostCarrier) {
  const auto compiled = modem::compile_file(SCRIPT_FOLDER "/X25PAD.MDM");
  ASSERT_TRUE(compiled.script);
  for (const char* signal : {"CLR DTE C:0 D:0", "CLR NC", "CLR PAD", "CLR ERR", "RESET DTE"}) {
    SCOPED_TRACE(signal);
    external::test::VirtualWorld world;
    auto owned = std::make_unique<FakePad>(world.io.get_executor(), world.clock);
    FakePad& pad = *owned;
    modem::ScriptEvents nobody;
    modem::Modem modem(std::move(owned), *compiled.script, world.clock, nobody);
    ASSERT_TRUE(world.run(modem.initialize()).ok());
    for (int call = 0; call < 2; ++call) {
      ASSERT_TRUE(world.run(modem.call(modem::CallRequest("0232911234567"))).connected()) << call;
      pad.clear(signal, 10s);
      const auto took =
          world.run(time_to_the_end(modem.session_line(), world.clock, world.clock.now() + 10s));
      EXPECT_LE(took, 1s);
      EXPECT_TRUE(world.run(modem.disconnect()).ok());
      EXPECT_TRUE(world.run(modem.reset()).ok());
    }
  }
}

}  // namespace
}  // namespace external::matrix::pad_rows_test
