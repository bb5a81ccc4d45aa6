#include "random.h"

#include <external/base/text.h>

#include <openssl/rand.h>

#include <stdexcept>

namespace external::postoffice {

std::string random_name(std::size_t size) {
  std::string bytes(size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("the system gives no random numbers");
  }
  return hex(bytes);
}

}  // namespace external::postoffice
