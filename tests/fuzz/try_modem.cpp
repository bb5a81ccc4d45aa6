#include "../unit/modem/fake_device.h"
#include "inputs.h"

#include <external/modem/modem.h>

namespace external::fuzz {

namespace {

using namespace std::chrono_literals;

/// In the manner of the old scripts: numbers, compared exactly, and jumps into a block.
constexpr std::string_view exact_script = R"(
INITIALIZE: baud 2400 $attempts = 5
again:      sendln "ATZ" wait 2 waitrsp 1
            if ("0" isin response) goto inside
            if ("OK" isin response) {
inside:       sendln "AT&F&C1&D2E0V0X3" wait 1 waitrsp 1
              if ("0^M" isin response) {
                sendln "ATS0=0&W" waitrsp 2 if (response = "0^M") return 0 } }
            dec $attempts if ($attempts > 0) goto again
            return 4
CALL:       clearrsp echo 0 sendln "ATD" + dial_mode + phone_number echo 1
ringing:    waitrsp 120 if (response = "52^M") goto ringing
            if (response = "10^M") { baud 2400 return 10 } else if (response = "12^M") return 12
            if (response = "7^M") return 7 return 8
ANSWER:     waitrsp 1 if (response = "2^M") { sendln "ATA" waitrsp 120 if ("1" isin response) return 12 }
            return 8
DISCONNECT: wait 2 send "+++" wait 2 clearrsp sendln "ATH0" waitrsp 1
            if (response != "0^M") { dtr 0 wait 2 dtr 1 } return 0
RESET:      sendln "ATZ" waitrsp 2 if (response = "0^M") return 0 else return 4
)";

std::vector<modem::Script> scripts() {
  std::vector<modem::Script> compiled{*modem::compile(exact_script, "EXACT.MDM").script};
  for (const char* name : {"GENERIC.MDM", "NULLMODEM.MDM"}) {
    compiled.push_back(
        modem::compile_file(std::string(SOURCE_DIR "/samples/scripts/") + name).script.value());
  }
  return compiled;
}

/// Says what it was told to, whatever it hears.
class Babbler final : public modem::test::FakeDevice {
 public:
  using FakeDevice::FakeDevice;

 private:
  void take_byte(char) override {}
};

void load(Babbler& device, ByteView input) {
  Duration when{};
  while (input.size() >= 2) {
    when += input[0] * Duration(20ms);
    const std::size_t length = std::min<std::size_t>(input[1], input.size() - 2);
    device.say(as_text(input.subspan(2, length)), when);
    input = input.subspan(2 + length);
  }
}

Task<> read_session(line::Line& session, Clock& clock) {
  std::array<std::uint8_t, 64> buffer;
  for (int reads = 0; reads < 1000; ++reads) {
    const auto count = co_await session.read(buffer, clock.now() + 10s);
    if (!count) co_return;
    co_await session.write(ByteView(buffer).first(*count), clock.now() + 10s);
  }
}

Task<> play(modem::Modem& modem, modem::Procedure procedure, Clock& clock) {
  switch (procedure) {
    case modem::Procedure::initialize:
      co_await modem.initialize();
      break;
    case modem::Procedure::call:
      co_await modem.call(modem::CallRequest("5550002"));
      break;
    case modem::Procedure::answer:
      co_await modem.listen(clock.now() + 10s);
      co_await modem.answer();
      break;
    case modem::Procedure::disconnect:
      co_await modem.disconnect();
      break;
    case modem::Procedure::reset:
      co_await modem.reset();
      break;
  }
  if (modem.in_session()) co_await read_session(modem.session_line(), clock);
  co_await modem.release();
}

}  // namespace

void try_modem(ByteView input) {
  static const auto all = scripts();
  if (input.empty()) return;
  const auto& script = all[input[0] % all.size()];
  const auto procedure = modem::procedures[input[0] / all.size() % modem::procedures.size()];

  asio::io_context io;
  VirtualClock clock(io);
  modem::ScriptEvents nobody;
  auto device = std::make_unique<Babbler>(io.get_executor(), clock, 9600);
  load(*device, input.subspan(1));
  modem::Modem modem(std::move(device), script, clock, nobody);
  std::optional<std::exception_ptr> end;
  asio::co_spawn(io, play(modem, procedure, clock), [&end](std::exception_ptr error) { end = error; });
  clock.run_until([&end] { return end.has_value(); }, 4h);
  if (!end) throw std::logic_error("a procedure or a session that does not end");
  if (*end) std::rethrow_exception(*end);
}

}  // namespace external::fuzz
