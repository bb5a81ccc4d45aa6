// Fuzzing modem scripts: whatever the text, compiling it ends, and playing what compiles ends within its
// bounds.

#include <external/line/memory.h>
#include <external/modem/player.h>

using namespace external;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto compiled = modem::compile(as_text({data, size}), "fuzz");
  for (const auto& diagnostic : compiled.diagnostics) {
    if (diagnostic.line == 0 || diagnostic.column == 0 || modem::render(diagnostic).empty()) std::abort();
  }
  if (!compiled.script) return 0;

  asio::io_context io;
  VirtualClock clock(io);
  line::MemoryLinePair pair(io.get_executor(), clock, {.bits_per_second = 9600});
  modem::ScriptEvents nobody;
  modem::PlayerOptions options;
  options.steps = 1000;
  modem::Player player(pair.a(), clock, nobody, options);
  for (const modem::Procedure procedure : modem::procedures) {
    bool ended = false;
    asio::co_spawn(io, player.play(*compiled.script, procedure),
                   [&ended](std::exception_ptr error, const modem::Outcome&) { ended = !error; });
    clock.run_until([&ended] { return ended; }, options.limit(procedure) + std::chrono::minutes(1));
    if (!ended) std::abort();
  }
  return 0;
}
