// Fuzzing what comes from an RFC 2217 client, with the address sanitizer.

#include "com_port.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  external::test::fuzz_com_port({data, size});
  return 0;
}
