#include "handshake.h"

#include <external/link/wire.h>

#include <openssl/rand.h>

namespace external::link {

namespace {

void write_name(Writer& out, std::string_view name) {
  name = name.substr(0, longest_name);
  out.u8(static_cast<std::uint8_t>(name.size())).text(name);
}

std::string read_name(Reader& in) {
  const auto size = in.u8();
  return std::string(as_text(in.bytes(size)));
}

/// Who calls whom, as it stands in the reply.
Bytes encode_claim(std::string_view caller, std::string_view called) {
  Writer out;
  write_name(out, caller);
  write_name(out, called);
  return out.take();
}

Key random_key() {
  Key key;
  must(RAND_bytes(key.data(), static_cast<int>(key.size())) == 1, "random numbers");
  return key;
}

/// What two ends with these terms agree on, but for the keys and the name.
Result<Agreement> agree(const Terms& ours, const Terms& theirs) {
  Agreement agreement;
  agreement.version = std::min(ours.version, theirs.version);
  if (agreement.version < std::max(ours.oldest, theirs.oldest)) return error_code(Error::wrong_version);
  if (ours.encrypted != theirs.encrypted) return error_code(Error::encryption);
  agreement.theirs = theirs;
  agreement.encrypted = ours.encrypted;
  agreement.reliable = ours.reliable && theirs.reliable;
  agreement.half_duplex = ours.half_duplex || theirs.half_duplex;
  return agreement;
}

}  // namespace

Key pre_shared_key(const Key& key, std::string_view caller, std::string_view called) {
  Writer info;
  info.text(sign_on_prologue).bytes(encode_claim(caller, called)).u8(1);
  const auto expanded = noise::hmac(key, info.data());
  Key psk;
  std::copy(expanded.begin(), expanded.end(), psk.begin());
  return psk;
}

Answering::Answering(std::string own_name, Terms terms, noise::KeyPair ephemeral)
    : own_name_(std::move(own_name)),
      terms_(terms),
      noise_(as_bytes(sign_on_prologue), std::move(ephemeral)) {}

Bytes Answering::banner() {
  Writer payload;
  write_name(payload, own_name_);
  payload.bytes(encode_terms(terms_));
  return noise_.write(payload.data());
}

Result<Claim> Answering::read(ByteView reply) {
  if (reply.size() > largest_handshake) return error_code(Error::protocol);
  Reader in(reply);
  Claim claim;
  claim.caller = read_name(in);
  claim.called = read_name(in);
  const auto proof = in.rest();
  if (!in.ok() || proof.size() < noise::overhead) return error_code(Error::protocol);
  claim_ = claim;
  proof_.assign(proof.begin(), proof.end());
  return claim;
}

Result<Agreement> Answering::verify(const std::optional<Key>& key) {
  if (!claim_) return error_code(Error::protocol);
  const auto claim = *std::exchange(claim_, std::nullopt);
  if (claim.called != own_name_) return error_code(Error::wrong_address);
  const auto psk = pre_shared_key(key ? *key : random_key(), claim.caller, claim.called);
  const auto payload = noise_.read(proof_, psk);
  if (!key || !payload) return error_code(Error::wrong_credentials);
  const auto theirs = decode_terms(*payload);
  if (!theirs) return error_code(Error::protocol);

  auto agreement = agree(terms_, *theirs);
  if (!agreement) return agreement;
  const auto keys = noise_.split();
  agreement->send = keys.initiator;
  agreement->receive = keys.responder;
  agreement->peer = claim.caller;
  return agreement;
}

Calling::Calling(std::string own_name, std::string called, Terms terms, noise::KeyPair ephemeral)
    : own_name_(std::move(own_name)),
      called_(std::move(called)),
      terms_(terms),
      noise_(as_bytes(sign_on_prologue), std::move(ephemeral)) {}

Result<Bytes> Calling::answer(ByteView banner, const Key& key) {
  if (banner.size() > largest_handshake) return error_code(Error::protocol);
  const auto payload = noise_.read(banner);
  if (!payload) return error_code(Error::protocol);
  Reader in(*payload);
  const auto answerer = read_name(in);
  const auto theirs = decode_terms(in.rest());
  if (!theirs) return error_code(Error::protocol);
  if (answerer != called_) return error_code(Error::wrong_address);
  auto agreement = agree(terms_, *theirs);
  if (!agreement) return agreement.error();

  const auto proof = noise_.write(encode_terms(terms_), pre_shared_key(key, own_name_, called_));
  if (!proof) return error_code(Error::protocol);
  const auto keys = noise_.split();
  agreement_ = std::move(*agreement);
  agreement_.send = keys.responder;
  agreement_.receive = keys.initiator;
  agreement_.peer = called_;
  Writer reply;
  reply.bytes(encode_claim(own_name_, called_)).bytes(*proof);
  return reply.take();
}

}  // namespace external::link
