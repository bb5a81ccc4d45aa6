#include "file_content.h"

#include <openssl/evp.h>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace external::engine {

namespace {

constexpr std::size_t piece = 64 * 1024;

class Hash {
 public:
  Hash() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void add(ByteView bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  session::Digest result() {
    session::Digest digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

Descriptor open_content(const std::filesystem::path& file) {
  Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!descriptor && errno != ENOENT)
    throw std::system_error(errno, std::generic_category(), "cannot read " + file.string());
  return descriptor;
}

Bytes read_content(const Descriptor& file, std::uint64_t offset, std::size_t most) {
  Bytes bytes(most);
  std::size_t have = 0;
  while (have < most) {
    const auto count =
        ::pread(file.get(), bytes.data() + have, most - have, static_cast<off_t>(offset + have));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "cannot read a message");
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  bytes.resize(have);
  return bytes;
}

session::Digest digest_of(const Descriptor& file, std::uint64_t length) {
  Hash hash;
  for (std::uint64_t at = 0; at < length;) {
    const auto bytes = read_content(file, at, std::min<std::uint64_t>(piece, length - at));
    if (bytes.empty()) throw std::runtime_error("the message has become shorter");
    hash.add(bytes);
    at += bytes.size();
  }
  return hash.result();
}

session::Digest digest_of(ByteView bytes) {
  Hash hash;
  hash.add(bytes);
  return hash.result();
}

}  // namespace external::engine
