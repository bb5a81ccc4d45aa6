#include "../../../src/link/noise.h"

#include "from_hex.h"

#include <external/base/text.h>

#include <gtest/gtest.h>

namespace external::link::noise::noise_test {
namespace {

using test::array_from_hex;
using test::from_hex;

std::string hex_of(ByteView bytes) {
  return hex(as_text(bytes));
}

// Noise_NNpsk2_25519_ChaChaPoly_SHA256 of the vectors known as cacophony.txt, to which many implementations
// are tested.
namespace vector {
constexpr std::string_view prologue = "4a6f686e2047616c74";
constexpr std::string_view psk = "54686973206973206d7920417573747269616e20706572737065637469766521";
constexpr std::string_view initiator = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
constexpr std::string_view responder = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
constexpr std::string_view hash = "bb9704f2303bd8b98b40fdb2ee50c2a9a46d7d20ea4d0949ae3094e376b29b1c";
struct Message {
  std::string_view payload, message;
};
constexpr Message messages[] = {
    {"4c756477696720766f6e204d69736573",
     "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944d44698de33ea6b7eea8023b48a284404489f997"
     "6c5f0341"
     "7e8e2d6db7ab6bb9f"},
    {"4d757272617920526f746862617264",
     "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f14480884361200acbacd001a0d19a826982488f525736876"
     "5255"
     "1ca5e903db095fedc7a"},
    {"462e20412e20486179656b", "5ac8678baf0ef0cf884ab3271236b7ee57a02519505f4a4be09b95"},
    {"4361726c204d656e676572", "fe899e844ac0d348a3ab679b83c95fd1099f734a0dc085955adce2"},
    {"4a65616e2d426170746973746520536179",
     "f8800be62325c8bd6794f7e533bb90316c6ba569a4223e644175f4e5e458e840fd"},
    {"457567656e2042f6686d20766f6e2042617765726b",
     "2f60885aedcd5b5c142a3190208b540407ab4477528ea8d15bd795416575e58121098a4a9f"},
};
}  // namespace vector

KeyPair pair_of(std::string_view digits) {
  return KeyPair::from_private(array_from_hex<32>(digits));
}

CipherState cipher_of(const Key& key) {
  Secret secret;
  std::copy(key.begin(), key.end(), secret.begin());
  CipherState cipher;
  cipher.initialize(secret);
  return cipher;
}

TEST(Noise, MeetsThePublishedVectors) {
  const auto prologue = from_hex(vector::prologue);
  const auto psk = array_from_hex<32>(vector::psk);
  Initiator initiator(prologue, pair_of(vector::initiator));
  Responder responder(prologue, pair_of(vector::responder));

  const auto& [first_payload, first_message] = vector::messages[0];
  const auto first = initiator.write(from_hex(first_payload));
  EXPECT_EQ(hex_of(first), first_message);
  EXPECT_EQ(responder.read(first), from_hex(first_payload));

  const auto& [second_payload, second_message] = vector::messages[1];
  const auto second = responder.write(from_hex(second_payload), psk);
  ASSERT_TRUE(second);
  EXPECT_EQ(hex_of(*second), second_message);
  EXPECT_EQ(initiator.read(*second, psk), from_hex(second_payload));

  EXPECT_EQ(hex_of(initiator.hash()), vector::hash);
  EXPECT_EQ(hex_of(responder.hash()), vector::hash);
  EXPECT_EQ(initiator.split().initiator, responder.split().initiator);
  EXPECT_EQ(initiator.split().responder, responder.split().responder);

  auto to_responder = cipher_of(initiator.split().initiator);
  auto to_initiator = cipher_of(initiator.split().responder);
  auto at_responder = cipher_of(initiator.split().initiator);
  for (std::size_t i = 2; i < std::size(vector::messages); ++i) {
    const auto& [payload, message] = vector::messages[i];
    auto& cipher = i % 2 == 0 ? to_responder : to_initiator;
    EXPECT_EQ(hex_of(cipher.encrypt({}, from_hex(payload))), message) << i;
    if (i % 2 == 0) {
      EXPECT_EQ(at_responder.decrypt({}, from_hex(message)), from_hex(payload)) << i;
    }
  }
}

// All public keys with which the secret would be zero, whoever holds the private one: the points of small
// order of the curve and of its twist, also written with too large a number.
constexpr std::string_view low_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
};

TEST(Noise, RefusesPublicKeysOfLowOrder) {
  for (const auto digits : low_order) {
    const auto key = array_from_hex<32>(digits);
    EXPECT_FALSE(KeyPair::generate().agree(key)) << digits;

    // As a first message: its payload can be read, but nothing is written in answer.
    SymmetricState state({});
    state.mix_hash(key);
    state.mix_key(key);
    Bytes first(key.begin(), key.end());
    const auto sealed = state.encrypt_and_hash({});
    first.insert(first.end(), sealed.begin(), sealed.end());
    Responder responder({}, KeyPair::generate());
    EXPECT_TRUE(responder.read(first)) << digits;
    EXPECT_FALSE(responder.write({}, Key{})) << digits;

    // As a second message.
    Initiator initiator({}, KeyPair::generate());
    initiator.write({});
    Bytes second(key.begin(), key.end());
    second.resize(overhead);
    EXPECT_FALSE(initiator.read(second, Key{})) << digits;
  }
}

struct Exchange {
  Initiator initiator{as_bytes("p"), KeyPair::generate()};
  Responder responder{as_bytes("p"), KeyPair::generate()};
};

TEST(Noise, CarriesPayloadsOfAnySizeAlsoNone) {
  for (const std::size_t size : {0, 1, 16, 1000}) {
    Exchange exchange;
    const Bytes payload(size, 7);
    EXPECT_EQ(exchange.responder.read(exchange.initiator.write(payload)), payload);
    const auto second = exchange.responder.write(payload, Key{1});
    ASSERT_TRUE(second);
    EXPECT_EQ(second->size(), size + overhead);
    EXPECT_EQ(exchange.initiator.read(*second, Key{1}), payload);
  }
}

TEST(Noise, MakesNewKeysEachTime) {
  EXPECT_NE(KeyPair::generate().public_key(), KeyPair::generate().public_key());
}

TEST(Noise, NoticesAnotherKeyPrologueOrFirstMessage) {
  Exchange other_key;
  other_key.responder.read(other_key.initiator.write({}));
  EXPECT_FALSE(other_key.initiator.read(*other_key.responder.write({}, Key{1}), Key{2}));

  Initiator initiator(as_bytes("one"), KeyPair::generate());
  Responder responder(as_bytes("other"), KeyPair::generate());
  EXPECT_FALSE(responder.read(initiator.write({})));

  Exchange a;
  Exchange b;
  a.responder.read(a.initiator.write({}));
  b.initiator.write({});
  EXPECT_FALSE(b.initiator.read(*a.responder.write({}, Key{1}), Key{1}));
}

TEST(Noise, NoticesAnyChangedBitOfEitherMessage) {
  const auto key = array_from_hex<32>(vector::initiator);
  Initiator writer({}, KeyPair::from_private(key));
  const auto first = writer.write(as_bytes("one"));
  for (std::size_t bit = 0; bit < first.size() * 8; ++bit) {
    auto changed = first;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1 << bit % 8);
    Responder responder({}, KeyPair::generate());
    EXPECT_FALSE(responder.read(changed)) << "bit " << bit;
  }
  Responder responder({}, KeyPair::generate());
  ASSERT_TRUE(responder.read(first));
  const auto second = *responder.write(as_bytes("two"), Key{1});
  for (std::size_t bit = 0; bit < second.size() * 8; ++bit) {
    auto changed = second;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1 << bit % 8);
    Initiator reader({}, KeyPair::from_private(key));
    reader.write(as_bytes("one"));
    EXPECT_FALSE(reader.read(changed, Key{1})) << "bit " << bit;
  }
  EXPECT_TRUE(writer.read(second, Key{1}));
}

TEST(Noise, RefusesWhatIsTooShort) {
  for (std::size_t size = 0; size < overhead; ++size) {
    Exchange exchange;
    exchange.initiator.write({});
    EXPECT_FALSE(exchange.initiator.read(Bytes(size), Key{}));
    EXPECT_FALSE(exchange.responder.read(Bytes(size)));
  }
}

}  // namespace
}  // namespace external::link::noise::noise_test
