#pragma once
// Noise_NNpsk2_25519_ChaChaPoly_SHA256: two messages by which two ends that share a key make fresh ones (the
// Noise Protocol Framework, revision 34, noiseprotocol.org). The words are those of its sections 4 to 9.

#include "openssl.h"

#include <external/link/sign_on.h>

namespace external::link::noise {

inline constexpr std::size_t public_key_size = 32;
inline constexpr std::size_t tag_size = 16;

/// What each of the two messages adds to its payload.
inline constexpr std::size_t overhead = public_key_size + tag_size;

using PublicKey = std::array<std::uint8_t, public_key_size>;

/// An X25519 key pair (RFC 7748).
class KeyPair {
 public:
  static KeyPair generate();
  /// For test vectors. A pair that is used for two handshakes protects neither.
  static KeyPair from_private(const std::array<std::uint8_t, 32>& bytes);

  const PublicKey& public_key() const { return public_key_; }

  /// What only this end and the owner of `theirs` can compute. Nothing for one of the few public keys (of low
  /// order) with which anybody could.
  std::optional<Secret> agree(const PublicKey& theirs) const;

 private:
  explicit KeyPair(PrivateKey key);
  PrivateKey key_;
  PublicKey public_key_{};
};

/// A key and how often it was used (section 5.1).
class CipherState {
 public:
  void initialize(const Secret& key);
  /// Ciphertext and tag.
  Bytes encrypt(ByteView associated, ByteView plain);
  /// Nothing if it was not sealed like that.
  std::optional<Bytes> decrypt(ByteView associated, ByteView sealed);

 private:
  std::array<std::uint8_t, 12> next_nonce();

  Secret key_;
  std::uint64_t uses_ = 0;
};

/// Everything both ends have said and agreed on so far (section 5.2). The first key comes with the first
/// ephemeral, so there is never a payload without one.
class SymmetricState {
 public:
  explicit SymmetricState(ByteView prologue);

  void mix_hash(ByteView data);
  void mix_key(ByteView input);
  void mix_key_and_hash(ByteView input);
  Bytes encrypt_and_hash(ByteView plain);
  std::optional<Bytes> decrypt_and_hash(ByteView sealed);

  const Secret& hash() const { return hash_; }
  /// The keys for what the initiator and what the responder will send.
  std::pair<Key, Key> split() const;

 private:
  Secret chaining_key_;
  Secret hash_;
  CipherState cipher_;
};

/// The keys for the call, one for each direction.
struct Keys {
  Key initiator;  ///< for what the initiator sends
  Key responder;
};

/// Writes the first message and reads the second.
class Initiator {
 public:
  Initiator(ByteView prologue, KeyPair ephemeral);

  /// The first message; call once. Everybody can read its payload: the key comes from what is sent with it.
  /// What the seal is good for there is that a damaged message is noticed.
  Bytes write(ByteView payload);

  /// The payload of the second message; call once, after write(). Nothing: the other end does not hold `psk`,
  /// or did not get or send what it seems to have.
  std::optional<Bytes> read(ByteView message, const Key& psk);

  /// After read() gave a payload.
  Keys split() const;
  const Secret& hash() const { return state_.hash(); }

 private:
  SymmetricState state_;
  KeyPair ephemeral_;
};

/// Reads the first message and writes the second.
class Responder {
 public:
  Responder(ByteView prologue, KeyPair ephemeral);

  /// The payload of the first message; call once. Nothing: it is damaged.
  std::optional<Bytes> read(ByteView message);

  /// The second message; call once, after read() gave a payload. Nothing: the public key that was read is of
  /// low order.
  std::optional<Bytes> write(ByteView payload, const Key& psk);

  /// After write() gave a message.
  Keys split() const;
  const Secret& hash() const { return state_.hash(); }

 private:
  SymmetricState state_;
  KeyPair ephemeral_;
  PublicKey theirs_{};
};

/// HMAC-SHA-256 (RFC 2104).
Secret hmac(ByteView key, ByteView data);

}  // namespace external::link::noise
