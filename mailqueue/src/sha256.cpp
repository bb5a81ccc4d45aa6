#include "sha256.h"

#include <openssl/evp.h>

#include <new>

namespace mailqueue {

namespace {

// With a digest that is built in, these calls fail only for want of memory.
void require(int ok) {
  if (ok != 1) throw std::bad_alloc();
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

Sha256::Sha256(const Sha256& other) : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  require(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()));
}

void Sha256::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

Digest Sha256::digest() const {
  const Sha256 copy(*this);
  Digest digest{};
  require(EVP_DigestFinal_ex(copy.context_.get(), digest.data(), nullptr));
  return digest;
}

Digest sha256_of(std::string_view content) {
  Digest digest{};
  require(EVP_Digest(content.data(), content.size(), digest.data(), nullptr, EVP_sha256(), nullptr));
  return digest;
}

}  // namespace mailqueue
