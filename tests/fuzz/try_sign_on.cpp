#include "../../src/link/handshake.h"
#include "../../src/link/refusal.h"
#include "../../src/link/seal.h"
#include "inputs.h"
#include "require.h"

#include <external/link/wire.h>

namespace external::fuzz {

namespace {

using namespace link;

constexpr auto clinic = "NORTH/CLINIC";
constexpr auto hub = "SOUTH/HUB";
constexpr Key key{1, 2, 3};

noise::KeyPair pair_of(std::uint8_t number) {
  return noise::KeyPair::from_private({number});
}

/// `whole` with the input laid over it; longer inputs lengthen it.
Bytes changed(Bytes whole, ByteView input) {
  if (whole.size() < input.size()) whole.resize(input.size());
  for (std::size_t i = 0; i < input.size(); ++i) whole[i] ^= input[i];
  return whole;
}

Bytes good_banner() {
  return Answering(hub, {}, pair_of(1)).banner();
}

Bytes good_reply() {
  return *Calling(clinic, hub, {}, pair_of(2)).answer(good_banner(), key);
}

bool caller_takes(ByteView banner) {
  return Calling(clinic, hub, {}, pair_of(2)).answer(banner, key).has_value();
}

bool answerer_takes(ByteView reply) {
  Answering answering(hub, {}, pair_of(1));
  answering.banner();
  return answering.read(reply) && answering.verify(key);
}

Bytes banner_with(ByteView payload) {
  return noise::Initiator(as_bytes(sign_on_prologue), pair_of(1)).write(payload);
}

Bytes reply_with(ByteView payload) {
  noise::Responder responder(as_bytes(sign_on_prologue), pair_of(2));
  responder.read(good_banner());
  Writer reply;
  reply.u8(12).text(clinic).u8(9).text(hub);
  reply.bytes(*responder.write(payload, pre_shared_key(key, clinic, hub)));
  return reply.take();
}

void try_chunk(ByteView input, Protection protection) {
  const Bytes plain(input.begin(), input.end());
  const auto sealed = Sealer(key, protection).seal(plain);
  require(Opener(key, protection).open(sealed) == plain, "a chunk did not come back");
  const auto other = changed(sealed, input);
  require(Opener(key, protection).open(other).has_value() == (other == sealed), "a changed chunk opened");
  Opener(key, protection).open(plain);
}

void try_terms(ByteView input) {
  const auto terms = decode_terms(input);
  if (terms) require(decode_terms(encode_terms(*terms)) == terms, "terms did not come back");
}

void try_refusal(ByteView input) {
  const auto refusal = decode_refusal(input);
  require(refusal.has_value() == !input.empty(), "a refusal without its reason");
  if (refusal) require(refusal->text.size() <= longest_refusal_text, "a refusal without end");
}

}  // namespace

void try_sign_on(ByteView input) {
  if (input.empty()) return;
  const auto rest = input.subspan(1);
  switch (input[0] % 10) {
    case 0:
      caller_takes(rest);
      return;
    case 1:
      answerer_takes(rest);
      return;
    case 2:
      caller_takes(banner_with(rest));
      return;
    case 3:
      answerer_takes(reply_with(rest));
      return;
    case 4:
      try_terms(rest);
      return;
    case 5:
      try_refusal(rest);
      return;
    case 6:
      try_chunk(rest, Protection::encrypted);
      return;
    case 7:
      try_chunk(rest, Protection::authenticated);
      return;
    case 8:
      require(caller_takes(changed(good_banner(), rest)) == (changed(good_banner(), rest) == good_banner()),
              "a changed banner was answered");
      return;
    default:
      require(answerer_takes(changed(good_reply(), rest)) == (changed(good_reply(), rest) == good_reply()),
              "a changed reply was believed");
  }
}

}  // namespace external::fuzz
