#include "../../../src/link/handshake.h"

#include "../../../src/link/refusal.h"
#include "../../../src/link/seal.h"
#include "from_hex.h"

#include <external/base/text.h>
#include <external/link/wire.h>

#include <gtest/gtest.h>

#include <numeric>

namespace external::link::handshake_test {
namespace {

using test::array_from_hex;
using test::from_hex;

constexpr auto clinic = "NORTH/CLINIC";
constexpr auto hub = "SOUTH/HUB";
constexpr Key key{1, 2, 3};

/// The private keys of the test vectors: 00 01 02 ... 1F and 20 21 22 ... 3F.
noise::KeyPair fixed_pair(std::uint8_t first) {
  std::array<std::uint8_t, 32> bytes;
  std::iota(bytes.begin(), bytes.end(), first);
  return noise::KeyPair::from_private(bytes);
}

Answering fixed_answering(Terms terms = {}) {
  return {hub, terms, fixed_pair(0)};
}

Calling fixed_calling(Terms terms = {}) {
  return {clinic, hub, terms, fixed_pair(32)};
}

std::string hex_of(ByteView bytes) {
  return hex(as_text(bytes));
}

/// A sign-on with these terms; the reply goes to the answerer only if the caller writes one.
struct Outcome {
  error_code caller;
  error_code answerer;
  Agreement at_caller;
  Agreement at_answerer;
};

Outcome sign_on(const Terms& caller, const Terms& answerer) {
  Answering answering(hub, answerer);
  Calling calling(clinic, hub, caller);
  Outcome outcome;
  const auto reply = calling.answer(answering.banner(), key);
  if (!reply) {
    outcome.caller = reply.error();
    return outcome;
  }
  outcome.at_caller = calling.agreement();
  EXPECT_TRUE(answering.read(*reply));
  const auto agreement = answering.verify(key);
  if (agreement) {
    outcome.at_answerer = *agreement;
  } else {
    outcome.answerer = agreement.error();
  }
  return outcome;
}

Bytes flipped(const Bytes& bytes, std::size_t bit) {
  auto changed = bytes;
  changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1 << bit % 8);
  return changed;
}

/// What the answerer of fixed_answering() says to a reply.
error_code verdict(const Bytes& reply, const std::optional<Key>& shared = key) {
  auto answering = fixed_answering();
  answering.banner();
  const auto claim = answering.read(reply);
  if (!claim) return claim.error();
  const auto agreement = answering.verify(shared);
  return agreement ? error_code() : agreement.error();
}

Bytes fixed_reply() {
  return *fixed_calling().answer(fixed_answering().banner(), key);
}

TEST(Handshake, GivesBothEndsTheSameKeysForOppositeDirections) {
  const auto outcome = sign_on({}, {});
  EXPECT_FALSE(outcome.caller);
  EXPECT_FALSE(outcome.answerer);
  EXPECT_EQ(outcome.at_caller.send, outcome.at_answerer.receive);
  EXPECT_EQ(outcome.at_caller.receive, outcome.at_answerer.send);
  EXPECT_NE(outcome.at_caller.send, outcome.at_caller.receive);
  EXPECT_EQ(outcome.at_caller.peer, hub);
  EXPECT_EQ(outcome.at_answerer.peer, clinic);
  EXPECT_NE(sign_on({}, {}).at_caller.send, outcome.at_caller.send) << "each call has keys of its own";
}

TEST(Handshake, TellsTheAnswererWhoCallsBeforeItNeedsAKey) {
  auto answering = fixed_answering();
  answering.banner();
  const auto claim = answering.read(fixed_reply());
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->caller, clinic);
  EXPECT_EQ(claim->called, hub);
}

TEST(Handshake, CarriesTheTermsOfEachToTheOther) {
  const Terms caller{.dictionaries = 3, .lost = 0x80000001};
  const Terms answerer{.reliable = true, .dictionaries = 5, .lost = 7};
  const auto outcome = sign_on(caller, answerer);
  EXPECT_EQ(outcome.at_caller.theirs, answerer);
  EXPECT_EQ(outcome.at_answerer.theirs, caller);
}

TEST(Handshake, IsReliableIfBothEndsAreAndHalfDuplexIfOneIs) {
  for (const bool caller : {false, true}) {
    for (const bool answerer : {false, true}) {
      const auto outcome = sign_on({.reliable = caller, .half_duplex = caller},
                                   {.reliable = answerer, .half_duplex = answerer});
      for (const auto& agreement : {outcome.at_caller, outcome.at_answerer}) {
        EXPECT_EQ(agreement.reliable, caller && answerer);
        EXPECT_EQ(agreement.half_duplex, caller || answerer);
      }
    }
  }
}

TEST(Handshake, TakesTheHighestVersionThatBothSpeak) {
  struct Case {
    std::uint8_t oldest, newest, other_oldest, other_newest;
    std::optional<std::uint8_t> agreed;
  };
  constexpr Case cases[] = {{2, 2, 2, 2, 2},           {2, 5, 3, 9, 5},  {3, 9, 2, 5, 5},
                            {2, 3, 3, 3, 3},           {2, 2, 1, 40, 2}, {2, 2, 3, 5, std::nullopt},
                            {6, 7, 1, 5, std::nullopt}};
  for (const auto& versions : cases) {
    const auto outcome = sign_on({.oldest = versions.oldest, .version = versions.newest},
                                 {.oldest = versions.other_oldest, .version = versions.other_newest});
    EXPECT_EQ(outcome.caller, versions.agreed ? error_code() : error_code(Error::wrong_version));
    if (!versions.agreed) continue;
    EXPECT_EQ(outcome.at_caller.version, *versions.agreed);
    EXPECT_EQ(outcome.at_answerer.version, *versions.agreed);
  }
}

TEST(Handshake, EncryptsOnlyIfBothEndsDoAndRefusesADowngrade) {
  EXPECT_EQ(sign_on({.encrypted = true}, {.encrypted = false}).caller, Error::encryption);
  EXPECT_EQ(sign_on({.encrypted = false}, {.encrypted = true}).caller, Error::encryption);
  EXPECT_TRUE(sign_on({}, {}).at_answerer.encrypted);
  const auto open = sign_on({.encrypted = false}, {.encrypted = false});
  EXPECT_FALSE(open.answerer);
  EXPECT_FALSE(open.at_caller.encrypted);
  EXPECT_FALSE(open.at_answerer.encrypted);
}

/// A caller that knows the password but keeps to other rules than Calling does: with this sealed payload.
error_code verdict_on_payload(const Bytes& payload) {
  auto answering = fixed_answering();
  noise::Responder responder(as_bytes(sign_on_prologue), fixed_pair(32));
  EXPECT_TRUE(responder.read(answering.banner()));
  Writer reply;
  reply.u8(12).text(clinic).u8(9).text(hub);
  reply.bytes(*responder.write(payload, pre_shared_key(key, clinic, hub)));
  EXPECT_TRUE(answering.read(reply.data()));
  const auto agreement = answering.verify(key);
  return agreement ? error_code() : agreement.error();
}

TEST(Handshake, TheAnswererChecksTheTermsForItself) {
  EXPECT_FALSE(verdict_on_payload(encode_terms({})));
  EXPECT_EQ(verdict_on_payload(encode_terms({.encrypted = false})), Error::encryption);
  EXPECT_EQ(verdict_on_payload(encode_terms({.oldest = 3, .version = 4})), Error::wrong_version);
  EXPECT_EQ(verdict_on_payload({}), Error::protocol);
  auto later = encode_terms({});
  later.insert(later.end(), {9, 9, 9});
  EXPECT_FALSE(verdict_on_payload(later)) << "what a later version adds";
}

/// A banner that anybody could send, with this payload.
error_code answer_to_payload(const Bytes& payload) {
  const auto reply =
      fixed_calling().answer(noise::Initiator(as_bytes(sign_on_prologue), fixed_pair(0)).write(payload), key);
  return reply ? error_code() : reply.error();
}

TEST(Handshake, TheCallerChecksTheBanner) {
  Writer good;
  good.u8(9).text(hub).bytes(encode_terms({}));
  EXPECT_FALSE(answer_to_payload(good.data()));
  for (std::size_t size = 0; size < good.data().size(); ++size)
    EXPECT_EQ(answer_to_payload(Bytes(good.data().begin(), good.data().begin() + size)), Error::protocol);
  EXPECT_FALSE(answer_to_payload(good.bytes(Bytes{1, 2, 3}).data())) << "what a later version adds";
  EXPECT_EQ(answer_to_payload(good.bytes(Bytes(largest_handshake)).data()), Error::protocol) << "too long";
  Writer other;
  other.u8(5).text("SOUTH").bytes(encode_terms({}));
  EXPECT_EQ(answer_to_payload(other.data()), Error::wrong_address);
}

TEST(Handshake, RefusesAWrongPasswordAndAnUnknownCallerAlike) {
  EXPECT_FALSE(verdict(fixed_reply()));
  EXPECT_EQ(verdict(fixed_reply(), Key{9}), Error::wrong_credentials);
  EXPECT_EQ(verdict(fixed_reply(), std::nullopt), Error::wrong_credentials);
}

TEST(Handshake, TheFalseAnswererIsNoticedAtItsFirstChunk) {
  Answering answering(hub, {});
  Calling calling(clinic, hub, {});
  ASSERT_TRUE(calling.answer(answering.banner(), key));
  for (const auto protection : {Protection::encrypted, Protection::authenticated}) {
    const auto forged = Sealer(Key{}, protection).seal({});
    EXPECT_FALSE(Opener(calling.agreement().receive, protection).open(forged));
  }
}

TEST(Handshake, NoticesAWrongNumberOnEitherSide) {
  const auto banner = fixed_answering().banner();
  EXPECT_EQ(Calling(clinic, "SOUTH/OTHER", {}).answer(banner, key).error(), Error::wrong_address);

  auto answering = Answering("SOUTH/OTHER", {});
  answering.banner();
  ASSERT_TRUE(answering.read(fixed_reply()));
  EXPECT_EQ(answering.verify(std::nullopt).error(), Error::wrong_address);
}

TEST(Handshake, ABannerWithAnyChangedBitGetsNoReply) {
  const auto banner = fixed_answering().banner();
  for (std::size_t bit = 0; bit < banner.size() * 8; ++bit)
    EXPECT_EQ(fixed_calling().answer(flipped(banner, bit), key).error(), Error::protocol) << "bit " << bit;
}

TEST(Handshake, AReplyWithAnyChangedBitIsRefused) {
  const auto reply = fixed_reply();
  for (std::size_t bit = 0; bit < reply.size() * 8; ++bit)
    EXPECT_TRUE(verdict(flipped(reply, bit))) << "bit " << bit;
}

// The names stand in clear, so somebody on the line can exchange them; the seal is good only for those it was
// made for.
TEST(Handshake, AReplyHoldsForNoOtherNames) {
  auto reply = fixed_reply();
  const std::string text(as_text(reply));
  reply[text.find("CLINIC")] = 'K';
  EXPECT_EQ(verdict(reply), Error::wrong_credentials);
}

// A changed banner that is whole in itself, as somebody on the line could make it: the caller cannot notice,
// so the answerer must.
TEST(Handshake, TermsThatWereChangedOnTheWayAreNoticed) {
  Writer payload;
  payload.u8(9).text(hub).bytes(encode_terms({.half_duplex = true}));
  const auto changed = noise::Initiator(as_bytes(sign_on_prologue), fixed_pair(0)).write(payload.data());
  const auto reply = fixed_calling().answer(changed, key);
  ASSERT_TRUE(reply);
  EXPECT_EQ(verdict(*reply), Error::wrong_credentials);
}

TEST(Handshake, AReplyHoldsForOneBannerOnly) {
  Answering first(hub, {});
  const auto reply = *Calling(clinic, hub, {}).answer(first.banner(), key);
  Answering second(hub, {});
  second.banner();
  ASSERT_TRUE(second.read(reply));
  EXPECT_EQ(second.verify(key).error(), Error::wrong_credentials);
  ASSERT_TRUE(first.read(reply));
  EXPECT_TRUE(first.verify(key));
}

TEST(Handshake, GivesACallerOneTry) {
  auto answering = fixed_answering();
  answering.banner();
  ASSERT_TRUE(answering.read(fixed_reply()));
  EXPECT_EQ(answering.verify(Key{9}).error(), Error::wrong_credentials);
  EXPECT_EQ(answering.verify(key).error(), Error::protocol);
  EXPECT_EQ(fixed_answering().verify(key).error(), Error::protocol) << "before any reply";
}

TEST(Handshake, RefusesWhatIsCutOrTooLong) {
  const auto banner = fixed_answering().banner();
  for (std::size_t size = 0; size < banner.size(); ++size)
    EXPECT_EQ(fixed_calling().answer(ByteView(banner).first(size), key).error(), Error::protocol) << size;
  EXPECT_EQ(fixed_calling().answer(Bytes(largest_handshake + 1), key).error(), Error::protocol);

  const auto reply = fixed_reply();
  for (std::size_t size = 0; size < reply.size(); ++size)
    EXPECT_TRUE(verdict(Bytes(reply.begin(), reply.begin() + size))) << size;
  auto longer = reply;
  longer.push_back(0);
  EXPECT_EQ(verdict(longer), Error::wrong_credentials);
  longer.resize(largest_handshake + 1);
  EXPECT_EQ(verdict(longer), Error::protocol);
}

TEST(Handshake, RefusesABannerWhoseKeyIsOfLowOrder) {
  noise::SymmetricState state(as_bytes(sign_on_prologue));
  const noise::PublicKey zero{};
  state.mix_hash(zero);
  state.mix_key(zero);
  Writer payload;
  payload.u8(9).text(hub).bytes(encode_terms({}));
  Writer banner;
  banner.bytes(zero).bytes(state.encrypt_and_hash(payload.data()));
  EXPECT_EQ(fixed_calling().answer(banner.data(), key).error(), Error::protocol);
}

TEST(Handshake, CarriesTheLongestNames) {
  const std::string caller(255, 'A');
  const std::string called(255, 'B');
  Answering answering(called, {});
  Calling calling(caller, called, {.lost = 0xFFFFFFFF});
  const auto banner = answering.banner();
  const auto reply = calling.answer(banner, key);
  ASSERT_TRUE(reply);
  EXPECT_LE(banner.size(), largest_handshake);
  EXPECT_LE(reply->size(), largest_handshake);
  ASSERT_TRUE(answering.read(*reply));
  EXPECT_TRUE(answering.verify(key));
}

// The test vectors of docs/security.md.
TEST(Handshake, MeetsTheVectorsOfItsDocument) {
  auto answering = fixed_answering();
  auto calling = fixed_calling();
  const auto shared = derive_key("correct horse", clinic, hub);
  const auto banner = answering.banner();
  const auto reply = calling.answer(banner, shared);
  ASSERT_TRUE(reply);
  EXPECT_EQ(hex_of(shared), "aaa129cf9b46c18e9090a66778a762de2287c698543d7820e14e096947b64fa2");
  EXPECT_EQ(hex_of(banner),
            "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f875678ba6061a880122844017a4370d5"
            "387be906947815306eb14724815c90");
  EXPECT_EQ(hex_of(*reply),
            "0c4e4f5254482f434c494e494309534f5554482f485542358072d6365880d1aeea329adf9121383851ed21a28e3b75e9"
            "65d0d2cd166254d217d477859cf42f0a2bfcefdb3b985cb71aa48bb6");
  ASSERT_TRUE(answering.read(*reply));
  const auto agreement = answering.verify(shared);
  ASSERT_TRUE(agreement);
  EXPECT_EQ(hex_of(agreement->send), "0e8832a8e763403c5a7ec9cf89a45406dfc1de0d834bad4235496d0e45280bd5");
  EXPECT_EQ(hex_of(agreement->receive), "f75ed1b814b457904eb244ae8d5c3fabf02f2a4fd723dd32c79c82e70de0dc07");
  EXPECT_EQ(hex_of(Sealer(agreement->send, Protection::encrypted).seal({})), "5be82a48fb528783");
  const auto hello = as_bytes("hello");
  EXPECT_EQ(hex_of(Sealer(agreement->receive, Protection::encrypted).seal({hello.begin(), hello.end()})),
            "0ed43b2ddc69759dd9a0cc65b7");
}

TEST(Terms, AreWrittenAsDocumented) {
  EXPECT_EQ(hex_of(encode_terms({})), "0202010000");
  EXPECT_EQ(hex_of(encode_terms({.oldest = 1,
                                 .version = 9,
                                 .encrypted = false,
                                 .reliable = true,
                                 .half_duplex = true,
                                 .dictionaries = 0x81,
                                 .lost = 0xFFFFFFFF})),
            "01090681ffffffff0f");
}

TEST(Terms, ComeBackAsTheyWere) {
  const Terms terms{.oldest = 2,
                    .version = 3,
                    .encrypted = false,
                    .reliable = true,
                    .half_duplex = true,
                    .dictionaries = 6,
                    .lost = 0x12345678};
  EXPECT_EQ(decode_terms(encode_terms(terms)), terms);
  EXPECT_EQ(decode_terms(encode_terms({})), Terms());
}

TEST(Terms, IgnoreWhatALaterVersionAdds) {
  auto later = encode_terms({.lost = 300});
  later.insert(later.end(), {1, 2, 3});
  later[2] = static_cast<std::uint8_t>(later[2] | 0xF8);
  EXPECT_EQ(decode_terms(later), Terms{.lost = 300});
}

TEST(Terms, RefuseWhatIsCutOrImpossible) {
  const auto whole = encode_terms({.lost = 300});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_terms(ByteView(whole).first(size)));
  EXPECT_FALSE(decode_terms(encode_terms({.oldest = 3, .version = 2})));
  EXPECT_FALSE(decode_terms(from_hex("02020100ffffffff10")));
}

TEST(Refusal, SaysWhy) {
  for (const auto error : {Error::wrong_credentials, Error::wrong_address, Error::wrong_version, Error::busy,
                           Error::encryption, Error::protocol}) {
    const auto refusal = decode_refusal(encode_refusal(error));
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->why, error);
    EXPECT_EQ(refusal->text, make_error_code(error).message());
  }
  EXPECT_EQ(encode_refusal(Error::encryption)[0], 5);
  EXPECT_EQ(decode_refusal(encode_refusal(asio::error::timed_out))->why, Error::protocol);
}

TEST(Refusal, ToleratesWhatItDoesNotKnow) {
  EXPECT_FALSE(decode_refusal({}));
  EXPECT_EQ(decode_refusal(Bytes{77})->why, Error::protocol);
  EXPECT_EQ(decode_refusal(Bytes(5000, 1))->text.size(), longest_refusal_text);
}

}  // namespace
}  // namespace external::link::handshake_test
