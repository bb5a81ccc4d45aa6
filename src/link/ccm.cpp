#include "ccm.h"

namespace external::link {

Ccm::Ccm(const Key& key, Use use) : context_(EVP_CIPHER_CTX_new()) {
  auto* const context = context_.get();
  const int sealing = use == Use::seal ? 1 : 0;
  must(context && EVP_CipherInit_ex(context, EVP_aes_256_ccm(), nullptr, nullptr, nullptr, sealing) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, Nonce().size(), nullptr) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_size, nullptr) == 1 &&
           EVP_CipherInit_ex(context, nullptr, nullptr, key.data(), nullptr, sealing) == 1,
       "AES-256-CCM");
}

Ccm::Tag Ccm::seal(const Nonce& nonce, ByteView associated, std::span<std::uint8_t> text) {
  if (text.size() > largest_text) throw std::length_error("too much for one seal");
  Tag tag;
  must(begin(nonce, associated, text.size()) && run(text) &&
           EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()) == 1,
       "sealing");
  return tag;
}

bool Ccm::open(const Nonce& nonce, ByteView associated, std::span<std::uint8_t> text, Tag tag) {
  if (text.size() > largest_text) return false;
  must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1, "opening");
  return begin(nonce, associated, text.size()) && run(text);
}

bool Ccm::begin(const Nonce& nonce, ByteView associated, std::size_t text_size) {
  auto* const context = context_.get();
  int size = 0;
  // CCM puts the size of the text in front of all else, so OpenSSL wants it before the associated data.
  return EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce.data(), -1) == 1 &&
         EVP_CipherUpdate(context, nullptr, &size, nullptr, static_cast<int>(text_size)) == 1 &&
         (associated.empty() || EVP_CipherUpdate(context, nullptr, &size, associated.data(),
                                                 static_cast<int>(associated.size())) == 1);
}

bool Ccm::run(std::span<std::uint8_t> text) {
  // Also without any text: it is this call that makes or checks the tag, and it wants an address.
  std::uint8_t nowhere = 0;
  auto* const place = text.empty() ? &nowhere : text.data();
  int size = 0;
  return EVP_CipherUpdate(context_.get(), place, &size, place, static_cast<int>(text.size())) == 1;
}

}  // namespace external::link
