#include "inputs.h"

#include <external/line/memory.h>
#include <external/modem/player.h>

namespace external::fuzz {

void try_script(ByteView source) {
  const auto compiled = modem::compile(as_text(source), "fuzz");
  for (const auto& diagnostic : compiled.diagnostics) {
    if (diagnostic.line == 0 || diagnostic.column == 0 || modem::render(diagnostic).empty()) {
      throw std::logic_error("a diagnostic without a place");
    }
  }
  if (!compiled.script) return;

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
    if (!ended) throw std::logic_error("a procedure that does not end");
  }
}

}  // namespace external::fuzz
