#include "../../../src/link/seal.h"

#include "from_hex.h"

#include <external/base/text.h>

#include <gtest/gtest.h>

namespace external::link::seal_test {
namespace {

using test::array_from_hex;
using test::from_hex;

Key counting_key() {
  Key key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  return key;
}

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string hex_of(const Bytes& bytes) {
  return hex(as_text(bytes));
}

constexpr std::array both{Protection::encrypted, Protection::authenticated};

struct CcmVector {
  std::string_view key, nonce, associated, plain, cipher, tag;
};

// Project Wycheproof, aes_ccm_test, keys of 256 bits, nonces of 96, tags of 64: tests 455 to 462.
constexpr CcmVector published[] = {
    {"d2a41cd9ce5e917d16b9ab55819ef8501e06aa78ef132fd3ebe6fecd91beb39b", "f71bf6bc21c6d6354e4b4cdf", "", "",
     "", "23928a009d21a10f"},
    {"882107ab29053d4b44c87b5bb94937211c20528da9ac490f6c574caecdcd2f17", "e6a13537bb7f2af749b31823",
     "e9ee32e6f197e40204682dac42dd4c75", "", "", "5773c725f2f94617"},
    {"b967091c98bb64922430833d1b553326b8e91b6ef7141971cc8e8cc5f6ef6170", "a5dd076d8a9dc3d7ec43d04f", "",
     "c8a331b554e6c7b0783c53fee6f1618e", "99b5c22225e5325f9aa9599a34deec59", "e9c93619d33d268d"},
    {"7160434720504dce28845625a3423166d9b5025d975c6ee47299bb5bd677dbeb", "0296c95b44c17463434c7e19",
     "19082bf57b6c4130eac58c0526a044ee", "c66a48615b62d2d85ea82ee4d528a03a",
     "8934ea7afb44fdca4027ed9bbb247358", "b333f0e1383cf3e8"},
    {"1dd5a092949b67635db0c48a03740da806dbe97aad5b8412300d685cecfe8407", "3f9ea39362c8d8e492ea8b41", "",
     "84408d8bccb4288e622bf7c631401d9908", "4f19d27e0a40e4835ebc3b89ce8b51941b", "44d9e50dca915c2e"},
    {"47f664e6790f3e25bc410d847f38662f045f0aa3641429edf8099f4b4df32f06", "f092a357b5ef0c975ee169c4",
     "338b4cc60ec151fa283c1cb10e722d9d", "b01dfe724166a2bc98cbb96cf540028a0e",
     "d7746f186aabfa36685481ec8a7f0022e8", "41158292a1d87cfd"},
    {"a47abe6e867fbc16c46a6fd7f10b77929baa129369c898d25265b0170056f9d0", "650b12687ca85a50e6509884", "",
     "200914571dd03827f07c2bd9382e7d19d62f1ea4a7c7269d86733e43e45a4d",
     "bc2314a589dbdd95b358cdad30b15e867dcd8dbde428b47e390ac43762f634", "881fa5fecb514ccf"},
    {"110480ea9c9f4c5e6b5be01a2aafc861d1370c243aff9faafd0a92a9d18e5845", "0e5cf683e13204cf91a2d4b6",
     "c490a5fa19b97c3e3adf20bc4df51140", "c92ec3d6a2c2fa19c45be7107a48a9ea0fe46a92978b5dabb3f94b457b5fbd",
     "bb5110dd12bd3d12144c8de55b3b2677fc7084d56afcc6a76a5228fff8dbd3", "e39b0d1174f7609b"},
};

TEST(Ccm, MeetsThePublishedVectors) {
  for (const auto& vector : published) {
    const auto key = array_from_hex<32>(vector.key);
    const auto nonce = array_from_hex<12>(vector.nonce);
    const auto associated = from_hex(vector.associated);
    auto text = from_hex(vector.plain);

    Ccm sealing(key, Ccm::Use::seal);
    const auto tag = sealing.seal(nonce, associated, text);
    EXPECT_EQ(hex_of(text), vector.cipher);
    EXPECT_EQ(hex(as_text(tag)), vector.tag);

    Ccm opening(key, Ccm::Use::open);
    EXPECT_TRUE(opening.open(nonce, associated, text, tag));
    EXPECT_EQ(hex_of(text), vector.plain);
    auto wrong = tag;
    wrong[0] ^= 1;
    EXPECT_FALSE(opening.open(nonce, associated, text, wrong));
  }
}

struct ChunkVector {
  std::uint64_t number;
  std::string_view encrypted, authenticated, empty;
};

// Of "hello" and of nothing, under the key 00 01 02 ... 1F; computed with another implementation than
// OpenSSL's EVP interface as used here (Python's cryptography).
constexpr ChunkVector chunks[] = {
    {0, "1ee0167152a4de3204b804c46e", "68656c6c6fd5c1bd9bfa358aa0", "065cb5315b1f33ac"},
    {1, "d93545cad1212afde38aafe9d9", "68656c6c6f320f254caad333e7", "ec9ebc7e6b0c8257"},
    {0x0102030405060708, "860a40b2f21e05b3cd62788d5e", "68656c6c6fee92e4fca2fc52aa", "6415781a232f53ae"},
    {0xFFFFFFFFFFFFFFFF, "b863826244c706d7d436db17ee", "68656c6c6f6005e40bc45c61af", "5997517dffb46a02"},
};

TEST(Seal, PutsTheNumberOfTheChunkIntoTheNonce) {
  for (const auto& vector : chunks) {
    const auto seal = [&](Protection protection, std::string_view text) {
      return hex_of(Sealer(counting_key(), protection, vector.number).seal(bytes_of(text)));
    };
    EXPECT_EQ(seal(Protection::encrypted, "hello"), vector.encrypted);
    EXPECT_EQ(seal(Protection::authenticated, "hello"), vector.authenticated);
    for (const auto protection : both) EXPECT_EQ(seal(protection, ""), vector.empty);
  }
  Sealer counting(counting_key(), Protection::encrypted);
  EXPECT_EQ(hex_of(counting.seal(bytes_of("hello"))), chunks[0].encrypted);
  EXPECT_EQ(hex_of(counting.seal(bytes_of("hello"))), chunks[1].encrypted);
}

// CCM writes the size of associated data in two bytes below 65,280 and in six above.
TEST(Seal, KnowsTheSizesWhereItsFormsChange) {
  struct Form {
    std::size_t size;
    std::string_view encrypted_tag, authenticated_tag;
  };
  constexpr Form forms[] = {
      {15, "dd86547e97278aa6", "46cf872953c89195"},    {16, "cffffd25948d9043", "5fe5e6e510c793a4"},
      {17, "a693d6cafc7d7731", "c58dbddc60e2d1f4"},    {65279, "c21b321e644fcf20", "d876efcba68cf85b"},
      {65280, "31143269f1420275", "6972b7e225458133"}, {65281, "037700793180341c", "a11c9e98de2e2d8c"},
      {70000, "78f07ee9e7b5d088", "9a75669bab172db4"},
  };
  for (const auto& form : forms) {
    Bytes plain(form.size);
    for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<std::uint8_t>(i * 7);
    for (const auto protection : both) {
      const auto sealed = Sealer(counting_key(), protection).seal(plain);
      EXPECT_EQ(sealed.size(), plain.size() + seal_size);
      EXPECT_EQ(hex(as_text(ByteView(sealed).last(seal_size))),
                protection == Protection::encrypted ? form.encrypted_tag : form.authenticated_tag);
      EXPECT_EQ(Opener(counting_key(), protection).open(sealed), plain);
    }
  }
}

TEST(Seal, OpensChunksInOrderAlsoEmptyOnes) {
  for (const auto protection : both) {
    Sealer sealer(counting_key(), protection);
    Opener opener(counting_key(), protection);
    for (const std::string_view text : {"first", "", "third", "", ""})
      EXPECT_EQ(opener.open(sealer.seal(bytes_of(text))), bytes_of(text));
  }
}

TEST(Seal, EncryptsUnlessItOnlyAuthenticates) {
  const auto plain = bytes_of("a text that is long enough to be found again");
  const auto holds_text = [&](const Bytes& sealed) {
    return std::search(sealed.begin(), sealed.end(), plain.begin(), plain.end()) != sealed.end();
  };
  EXPECT_FALSE(holds_text(Sealer(counting_key(), Protection::encrypted).seal(plain)));
  EXPECT_TRUE(holds_text(Sealer(counting_key(), Protection::authenticated).seal(plain)));
}

TEST(Seal, RefusesAFlippedBitInAnyByte) {
  for (const auto protection : both) {
    const auto sealed = Sealer(counting_key(), protection).seal(bytes_of("a chunk of mail"));
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      auto damaged = sealed;
      damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1 << bit % 8);
      EXPECT_FALSE(Opener(counting_key(), protection).open(damaged)) << "bit " << bit;
    }
    EXPECT_TRUE(Opener(counting_key(), protection).open(sealed));
  }
}

TEST(Seal, RefusesWhatIsCutOrLengthened) {
  for (const auto protection : both) {
    const auto sealed = Sealer(counting_key(), protection).seal(bytes_of("a chunk of mail"));
    for (std::size_t size = 0; size < sealed.size(); ++size)
      EXPECT_FALSE(Opener(counting_key(), protection).open(Bytes(sealed.begin(), sealed.begin() + size)));
    auto longer = sealed;
    longer.push_back(0);
    EXPECT_FALSE(Opener(counting_key(), protection).open(longer));
  }
}

TEST(Seal, RefusesAWrongKeyAndTheOtherWayOfProtecting) {
  auto other = counting_key();
  other[31] ^= 1;
  const auto plain = bytes_of("a chunk of mail");
  for (const auto protection : both)
    EXPECT_FALSE(Opener(other, protection).open(Sealer(counting_key(), protection).seal(plain)));
  EXPECT_FALSE(Opener(counting_key(), Protection::encrypted)
                   .open(Sealer(counting_key(), Protection::authenticated).seal(plain)));
  EXPECT_FALSE(Opener(counting_key(), Protection::authenticated)
                   .open(Sealer(counting_key(), Protection::encrypted).seal(plain)));
}

TEST(Seal, RefusesWhatIsRepeatedLeftOutOrOutOfOrder) {
  for (const auto protection : both) {
    Sealer sealer(counting_key(), protection);
    const auto first = sealer.seal(bytes_of("same"));
    const auto second = sealer.seal(bytes_of("same"));
    EXPECT_FALSE(Opener(counting_key(), protection).open(second));
    Opener repeated(counting_key(), protection);
    EXPECT_TRUE(repeated.open(first));
    EXPECT_FALSE(repeated.open(first));
  }
}

TEST(Seal, GivesAForgerOneTry) {
  for (const auto protection : both) {
    Sealer sealer(counting_key(), protection);
    const auto first = sealer.seal(bytes_of("first"));
    const auto second = sealer.seal(bytes_of("second"));
    auto forged = first;
    forged.back() ^= 1;
    for (const auto& wrong : {forged, Bytes(), Bytes(seal_size - 1)}) {
      Opener tries_again(counting_key(), protection);
      EXPECT_FALSE(tries_again.open(wrong));
      EXPECT_FALSE(tries_again.open(first));
      Opener goes_on(counting_key(), protection);
      EXPECT_FALSE(goes_on.open(wrong));
      EXPECT_FALSE(goes_on.open(second));
    }
  }
}

TEST(Seal, WorksInTheBytesItIsGiven) {
  for (const auto protection : both) {
    auto plain = bytes_of("room for the seal");
    plain.reserve(10000);
    const auto* const place = plain.data();
    auto sealed = Sealer(counting_key(), protection).seal(std::move(plain));
    EXPECT_EQ(sealed.data(), place);
    const auto opened = Opener(counting_key(), protection).open(std::move(sealed));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->data(), place);
    EXPECT_EQ(opened->capacity(), 10000U);
  }
}

TEST(Seal, HasALargestChunk) {
  for (const auto protection : both) {
    EXPECT_THROW(Sealer(counting_key(), protection).seal(Bytes(largest_chunk + 1)), std::length_error);
    EXPECT_FALSE(Opener(counting_key(), protection).open(Bytes(largest_chunk + 1 + seal_size)));
    const auto sealed = Sealer(counting_key(), protection).seal(Bytes(largest_chunk));
    EXPECT_TRUE(Opener(counting_key(), protection).open(sealed));
  }
}

}  // namespace
}  // namespace external::link::seal_test
