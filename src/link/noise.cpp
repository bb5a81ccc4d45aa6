#include "noise.h"

#include <external/link/wire.h>

#include <openssl/hmac.h>
#include <openssl/sha.h>

namespace external::link::noise {

namespace {

constexpr std::string_view protocol_name = "Noise_NNpsk2_25519_ChaChaPoly_SHA256";

/// The HKDF of section 4.3, with as many outputs as asked for.
template <std::size_t outputs>
std::array<Secret, outputs> hkdf(ByteView chaining_key, ByteView input) {
  const Secret temporary = hmac(chaining_key, input);
  std::array<Secret, outputs> out;
  Bytes block;
  for (std::size_t i = 0; i < outputs; ++i) {
    if (i > 0) block.assign(out[i - 1].begin(), out[i - 1].end());
    block.push_back(static_cast<std::uint8_t>(i + 1));
    out[i] = hmac(temporary, block);
    OPENSSL_cleanse(block.data(), block.size());
  }
  return out;
}

Secret sha256(ByteView data) {
  Secret digest;
  SHA256(data.data(), data.size(), digest.data());
  return digest;
}

Key key_from(const Secret& secret) {
  Key key;
  std::copy(secret.begin(), secret.end(), key.begin());
  return key;
}

Keys keys_from(const SymmetricState& state) {
  const auto [initiator, responder] = state.split();
  return {initiator, responder};
}

/// The ephemeral key in front of a message that is long enough to have one.
PublicKey public_key_of(ByteView message) {
  PublicKey key;
  std::copy_n(message.begin(), key.size(), key.begin());
  return key;
}

/// The token "e" of either end: with a pre-shared key the public key goes into the key as well (section 9.2).
void mix_ephemeral(SymmetricState& state, const PublicKey& key) {
  state.mix_hash(key);
  state.mix_key(key);
}

Bytes message_of(const PublicKey& key, const Bytes& payload) {
  Bytes message(key.begin(), key.end());
  message.insert(message.end(), payload.begin(), payload.end());
  return message;
}

}  // namespace

Secret hmac(ByteView key, ByteView data) {
  Secret out;
  must(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(), data.size(), out.data(),
            nullptr) != nullptr,
       "HMAC");
  return out;
}

KeyPair::KeyPair(PrivateKey key) : key_(std::move(key)) {
  std::size_t size = public_key_.size();
  must(key_ && EVP_PKEY_get_raw_public_key(key_.get(), public_key_.data(), &size) == 1, "X25519");
}

KeyPair KeyPair::generate() {
  return KeyPair(PrivateKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")));
}

KeyPair KeyPair::from_private(const std::array<std::uint8_t, 32>& bytes) {
  return KeyPair(
      PrivateKey(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, bytes.data(), bytes.size())));
}

std::optional<Secret> KeyPair::agree(const PublicKey& theirs) const {
  const PrivateKey other(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, theirs.data(), theirs.size()));
  const KeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  must(other && context && EVP_PKEY_derive_init(context.get()) == 1 &&
           EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1,
       "X25519");
  Secret shared;
  std::size_t size = shared.size();
  // Fails on the all-zero secret that a key of low order leads to (RFC 7748, section 6.1).
  if (EVP_PKEY_derive(context.get(), shared.data(), &size) != 1) return std::nullopt;
  return shared;
}

void CipherState::initialize(const Secret& key) {
  key_ = key;
  uses_ = 0;
}

std::array<std::uint8_t, 12> CipherState::next_nonce() {
  std::array<std::uint8_t, 12> nonce{};
  auto number = uses_++;
  for (std::size_t i = 4; i < nonce.size(); ++i, number >>= 8) nonce[i] = static_cast<std::uint8_t>(number);
  return nonce;
}

Bytes CipherState::encrypt(ByteView associated, ByteView plain) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes out(plain.size() + tag_size);
  int size = 0;
  must(
      context &&
          EVP_EncryptInit_ex(context.get(), EVP_chacha20_poly1305(), nullptr, key_.data(),
                             next_nonce().data()) == 1 &&
          EVP_EncryptUpdate(context.get(), nullptr, &size, associated.data(),
                            static_cast<int>(associated.size())) == 1 &&
          EVP_EncryptUpdate(context.get(), out.data(), &size, plain.data(), static_cast<int>(plain.size())) ==
              1 &&
          EVP_EncryptFinal_ex(context.get(), out.data() + plain.size(), &size) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, out.data() + plain.size()) == 1,
      "ChaCha20-Poly1305");
  return out;
}

std::optional<Bytes> CipherState::decrypt(ByteView associated, ByteView sealed) {
  if (sealed.size() < tag_size) return std::nullopt;
  const auto text = sealed.first(sealed.size() - tag_size);
  auto tag = sealed.last<tag_size>();
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes out(text.size() + 1);  // one more, so that there is an address also for nothing
  int size = 0;
  must(context &&
           EVP_DecryptInit_ex(context.get(), EVP_chacha20_poly1305(), nullptr, key_.data(),
                              next_nonce().data()) == 1 &&
           EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size,
                               const_cast<std::uint8_t*>(tag.data())) == 1 &&
           EVP_DecryptUpdate(context.get(), nullptr, &size, associated.data(),
                             static_cast<int>(associated.size())) == 1 &&
           EVP_DecryptUpdate(context.get(), out.data(), &size, text.data(), static_cast<int>(text.size())) ==
               1,
       "ChaCha20-Poly1305");
  if (EVP_DecryptFinal_ex(context.get(), out.data() + text.size(), &size) != 1) return std::nullopt;
  out.resize(text.size());
  return out;
}

SymmetricState::SymmetricState(ByteView prologue) {
  static_assert(protocol_name.size() > std::tuple_size<Secret::array>::value,
                "so its hash stands for the name");
  hash_ = sha256(as_bytes(protocol_name));
  chaining_key_ = hash_;
  mix_hash(prologue);
}

void SymmetricState::mix_hash(ByteView data) {
  Writer both;
  both.bytes(hash_).bytes(data);
  hash_ = sha256(both.data());
}

void SymmetricState::mix_key(ByteView input) {
  const auto [chaining_key, key] = hkdf<2>(chaining_key_, input);
  chaining_key_ = chaining_key;
  cipher_.initialize(key);
}

void SymmetricState::mix_key_and_hash(ByteView input) {
  const auto [chaining_key, hash, key] = hkdf<3>(chaining_key_, input);
  chaining_key_ = chaining_key;
  mix_hash(hash);
  cipher_.initialize(key);
}

Bytes SymmetricState::encrypt_and_hash(ByteView plain) {
  auto sealed = cipher_.encrypt(hash_, plain);
  mix_hash(sealed);
  return sealed;
}

std::optional<Bytes> SymmetricState::decrypt_and_hash(ByteView sealed) {
  auto plain = cipher_.decrypt(hash_, sealed);
  if (plain) mix_hash(sealed);
  return plain;
}

std::pair<Key, Key> SymmetricState::split() const {
  const auto [initiator, responder] = hkdf<2>(chaining_key_, {});
  return {key_from(initiator), key_from(responder)};
}

Initiator::Initiator(ByteView prologue, KeyPair ephemeral)
    : state_(prologue), ephemeral_(std::move(ephemeral)) {}

Bytes Initiator::write(ByteView payload) {
  mix_ephemeral(state_, ephemeral_.public_key());
  return message_of(ephemeral_.public_key(), state_.encrypt_and_hash(payload));
}

std::optional<Bytes> Initiator::read(ByteView message, const Key& psk) {
  if (message.size() < overhead) return std::nullopt;
  const auto theirs = public_key_of(message);
  mix_ephemeral(state_, theirs);
  const auto shared = ephemeral_.agree(theirs);
  if (!shared) return std::nullopt;
  state_.mix_key(*shared);
  state_.mix_key_and_hash(psk);
  return state_.decrypt_and_hash(message.subspan(public_key_size));
}

Keys Initiator::split() const {
  return keys_from(state_);
}

Responder::Responder(ByteView prologue, KeyPair ephemeral)
    : state_(prologue), ephemeral_(std::move(ephemeral)) {}

std::optional<Bytes> Responder::read(ByteView message) {
  if (message.size() < overhead) return std::nullopt;
  theirs_ = public_key_of(message);
  mix_ephemeral(state_, theirs_);
  return state_.decrypt_and_hash(message.subspan(public_key_size));
}

std::optional<Bytes> Responder::write(ByteView payload, const Key& psk) {
  mix_ephemeral(state_, ephemeral_.public_key());
  const auto shared = ephemeral_.agree(theirs_);
  if (!shared) return std::nullopt;
  state_.mix_key(*shared);
  state_.mix_key_and_hash(psk);
  return message_of(ephemeral_.public_key(), state_.encrypt_and_hash(payload));
}

Keys Responder::split() const {
  return keys_from(state_);
}

}  // namespace external::link::noise
