#include "random.h"

#include <mailqueue/error.h>

#include <openssl/rand.h>

#include <array>
#include <cstring>

namespace mailqueue {

std::int64_t random_number() {
  std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw Error(ErrorKind::io, "mail queue: there are no random numbers to be had; look at /dev/urandom");
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), bytes.size());
  return static_cast<std::int64_t>(number >> 1);
}

}  // namespace mailqueue
