#pragma once
// AES-256-CCM with a nonce of 12 bytes and a tag of 8 (RFC 3610 with L = 3 and M = 8; the AEAD_AES_256_CCM_8
// of RFC 6655).

#include "openssl.h"

#include <external/link/sign_on.h>

namespace external::link {

/// One key, used either to seal or to open. Allocates nothing after it was made.
class Ccm {
 public:
  enum class Use { seal, open };
  static constexpr std::size_t tag_size = 8;
  static constexpr std::size_t largest_text = (1 << 24) - 1;  ///< bytes, from L = 3

  using Nonce = std::array<std::uint8_t, 12>;
  using Tag = std::array<std::uint8_t, tag_size>;

  Ccm(const Key& key, Use use);

  /// Encrypts `text` where it stands; the tag covers it and `associated`. A nonce must never be used twice.
  Tag seal(const Nonce& nonce, ByteView associated, std::span<std::uint8_t> text);

  /// Decrypts `text` where it stands. False: something is not as it was sealed, and `text` is worth nothing.
  bool open(const Nonce& nonce, ByteView associated, std::span<std::uint8_t> text, Tag tag);

 private:
  bool begin(const Nonce& nonce, ByteView associated, std::size_t text_size);
  bool run(std::span<std::uint8_t> text);

  CipherContext context_;
};

}  // namespace external::link
