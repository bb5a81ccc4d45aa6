#pragma once
// Signing on without a line: bytes in, bytes out. The answerer speaks first, so that a caller is done half a
// round trip after CONNECT:
//
//   banner  answerer to caller  Noise's first message, with name and terms
//   reply   caller to answerer  both names in clear, Noise's second message, with terms
//
// Then each has the keys, and the answerer knows who calls; the caller knows it from the first chunk that
// opens.
//
// Who merely listens cannot try passwords: the key that seals the reply depends on the X25519 secret as well,
// which no password leads to and no bytes on the line give away, so for him every password fits equally
// badly. A false caller has one try per call, and a false answerer who got a reply can try passwords on it at
// scrypt's price each.

#include "noise.h"

#include <external/link/sign_on.h>

namespace external::link {

/// No banner or reply is larger; longer ones are not looked at.
inline constexpr std::size_t largest_handshake = 1024;

/// Longest name of a post office, bytes; longer ones are cut.
inline constexpr std::size_t longest_name = 255;

/// Noise's prologue.
inline constexpr std::string_view sign_on_prologue = "External sign-on";

/// Noise's pre-shared key for a call: the key of the two post offices, bound to who calls whom, so that a
/// reply holds for nobody else. HKDF-Expand (RFC 5869, section 2.3) with the prologue and the names as in the
/// reply.
Key pre_shared_key(const Key& key, std::string_view caller, std::string_view called);

/// Who says to call whom. Nothing of it is proven yet.
struct Claim {
  std::string caller;
  std::string called;
};

/// The answerer's part: banner(), read(), verify(), each once and in this order.
class Answering {
 public:
  Answering(std::string own_name, Terms terms, noise::KeyPair ephemeral = noise::KeyPair::generate());

  Bytes banner();

  /// Error: protocol.
  Result<Claim> read(ByteView reply);

  /// `key` is the one shared with the claimed caller, nothing if it is unknown; that takes as long, and looks
  /// from outside, like a wrong password. Errors, in this order: wrong_address (needs no key),
  /// wrong_credentials (also for a reply that was changed on its way), wrong_version, encryption; protocol.
  Result<Agreement> verify(const std::optional<Key>& key);

 private:
  std::string own_name_;
  Terms terms_;
  noise::Initiator noise_;
  std::optional<Claim> claim_;
  Bytes proof_;
};

/// The caller's part.
class Calling {
 public:
  Calling(std::string own_name, std::string called, Terms terms,
          noise::KeyPair ephemeral = noise::KeyPair::generate());

  /// The reply to a banner; call once. Errors: protocol, wrong_version, wrong_address, encryption: tell the
  /// other end by a refusal and hang up.
  Result<Bytes> answer(ByteView banner, const Key& key);

  /// After answer() gave a reply. What it says of the other end is proven by the first chunk that opens, and
  /// nothing of it before.
  const Agreement& agreement() const { return agreement_; }

 private:
  std::string own_name_;
  std::string called_;
  Terms terms_;
  noise::Responder noise_;
  Agreement agreement_;
};

}  // namespace external::link
