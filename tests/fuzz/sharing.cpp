#include "inputs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  external::fuzz::try_sharing({data, size});
  return 0;
}
