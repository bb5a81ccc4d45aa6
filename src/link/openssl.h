#pragma once
// Owners for what OpenSSL hands out, and secrets that do not stay in memory.

#include <external/base/asio.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace external::link {

template <auto give_back>
struct GiveBack {
  template <class T>
  void operator()(T* owned) const {
    give_back(owned);
  }
};

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, GiveBack<EVP_CIPHER_CTX_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, GiveBack<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, GiveBack<EVP_PKEY_CTX_free>>;

/// 32 bytes that are wiped when they are no longer needed: who reads the memory later learns nothing about
/// calls that are over.
struct Secret : std::array<std::uint8_t, 32> {
  Secret() : array{} {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { OPENSSL_cleanse(data(), size()); }
};

/// For calls that fail only when memory or the library itself is missing.
inline void must(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(std::string("OpenSSL: ") + what + " failed");
}

}  // namespace external::link
