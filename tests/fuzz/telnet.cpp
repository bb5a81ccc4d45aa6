// Fuzzing what comes from an RFC 2217 server, with the address sanitizer.

#include "telnet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  external::test::fuzz_telnet({data, size});
  return 0;
}
