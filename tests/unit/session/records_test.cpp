#include "../../../src/session/records.h"

#include "../../../src/session/segment.h"

#include <gtest/gtest.h>

#include <random>

namespace external::session::records_test {
namespace {

using namespace std::chrono_literals;

OfferRecord example() {
  OfferRecord record;
  record.coming = Coming::asked;
  auto& offer = record.offer;
  offer.envelope.key = "00112233445566778899aabbccddeeff@NORTH/CLINIC";
  offer.envelope.sender = "NORTH/CLINIC/ANNA";
  offer.envelope.recipients = {"SOUTH/LAB/BOB", "SOUTH/LAB/EVE"};
  offer.envelope.hops = {"NORTH/CLINIC"};
  offer.envelope.priority = Priority::low;
  offer.envelope.accepted = std::chrono::sys_seconds(1234567890s);
  offer.envelope.useful_life = 24h;
  offer.envelope.wishes = {{{true, true, true}, {}}, {{true, true, true}, {}}};
  offer.size = 1ULL << 40;
  for (std::size_t i = 0; i < offer.digest.size(); ++i) offer.digest[i] = static_cast<std::uint8_t>(i + 1);
  return record;
}

OfferRecord there_and_back(const OfferRecord& record, LastOffer& out, LastOffer& in) {
  const auto bytes = encode(record, out);
  const auto back = decode_record(bytes, in);
  EXPECT_TRUE(back);
  return back ? std::get<OfferRecord>(*back) : OfferRecord();
}

void expect_same(const Envelope& a, const Envelope& b) {
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.sender, b.sender);
  EXPECT_EQ(a.recipients, b.recipients);
  EXPECT_EQ(a.hops, b.hops);
  EXPECT_EQ(a.priority, b.priority);
  EXPECT_EQ(a.accepted, b.accepted);
  EXPECT_EQ(a.useful_life, b.useful_life);
  EXPECT_EQ(a.wishes, b.wishes);
  EXPECT_EQ(a.envelope_id, b.envelope_id);
  EXPECT_EQ(a.headers_only, b.headers_only);
}

TEST(Records, AnOfferComesBackWhole) {
  LastOffer out;
  LastOffer in;
  const auto record = example();
  const auto same = there_and_back(record, out, in);
  expect_same(same.offer.envelope, record.offer.envelope);
  EXPECT_EQ(same.offer.size, record.offer.size);
  EXPECT_EQ(same.offer.digest, record.offer.digest);
  EXPECT_EQ(same.coming, Coming::asked);
}

TEST(Records, EachRecipientHasItsWishes) {
  auto record = example();
  auto& envelope = record.offer.envelope;
  envelope.wishes = {{{false, false, false}, {}}, {{true, false, true}, "rfc822;eve@lab.example"}};
  envelope.envelope_id = "QQ314159";
  envelope.headers_only = true;
  LastOffer out;
  LastOffer in;
  const auto all = encode(record, out);
  const auto back = decode_record(all, in);
  ASSERT_TRUE(back);
  expect_same(std::get<OfferRecord>(*back).offer.envelope, envelope);
  auto only_one = record;
  only_one.offer.envelope.wishes[1] = {};
  only_one.offer.envelope.envelope_id.clear();
  only_one.offer.envelope.headers_only = false;
  out = in = {};
  expect_same(there_and_back(only_one, out, in).offer.envelope, only_one.offer.envelope);
}

TEST(Records, OnlyWhatIsOutOfTheOrdinaryTakesRoom) {
  auto record = example();
  LastOffer last;
  const auto receipts = encode(record, last);
  record.offer.envelope.wishes.clear();
  last = {};
  const auto nothing = encode(record, last);
  EXPECT_EQ(receipts.size(), nothing.size());
  EXPECT_EQ(receipts[1] & 0x10, 0x10);
  EXPECT_EQ(nothing[1] & 0x10, 0);
}

TEST(Records, AnEndThatDoesNotKnowWishesStillSeesThatAReceiptIsWanted) {
  auto record = example();
  auto plain = record;
  plain.offer.envelope.wishes.clear();
  record.offer.envelope.wishes[1].notify.success = false;
  LastOffer last;
  auto with = encode(record, last);
  last = {};
  const auto without = encode(plain, last);
  ASSERT_GT(with.size(), without.size());
  EXPECT_EQ(with[1] & 0x10, 0x10);
  // It reads as far as it knows, and that is the same offer.
  with.resize(without.size());
  LastOffer in;
  const auto back = decode_record(with, in);
  ASSERT_TRUE(back);
  expect_same(std::get<OfferRecord>(*back).offer.envelope, example().offer.envelope);
}

TEST(Records, WishesThatAreCutShortAreRefused) {
  auto record = example();
  record.offer.envelope.wishes = {{{true, false, true}, "rfc822;bob"}, {{}, "rfc822;eve"}};
  record.offer.envelope.envelope_id = "id";
  LastOffer last;
  const auto good = encode(record, last);
  auto plain = record;
  plain.offer.envelope.wishes.clear();
  plain.offer.envelope.envelope_id.clear();
  last = {};
  const auto known = encode(plain, last).size();
  for (auto size = known + 1; size < good.size(); ++size) {
    LastOffer in;
    EXPECT_FALSE(decode_record(ByteView(good).first(size), in)) << size;
  }
}

TEST(Records, OffersLeaveOutWhatIsAsInTheOneBefore) {
  LastOffer out;
  LastOffer in;
  auto record = example();
  const auto first = encode(record, out).size();
  decode_record(encode(record, in), in);
  in = {};
  out = {};
  const auto whole = there_and_back(record, out, in);
  record.offer.envelope.accepted -= 5s;
  const auto second = encode(record, out);
  EXPECT_LT(second.size() + 6, first);
  const auto back = decode_record(second, in);
  ASSERT_TRUE(back);
  expect_same(std::get<OfferRecord>(*back).offer.envelope, record.offer.envelope);
}

TEST(Records, AnyKeyComesBackAsItWas) {
  for (const std::string key :
       {"k", "@", "ab@", "@x", "abc@x", "ab@x", "AB@x", "ab@NORTH/CLINIC", "zz@NORTH/CLINIC", "0a@b@c",
        "00112233445566778899aabbccddeeff@SOUTH/LAB", "00112233445566778899aabbccddeeff@"}) {
    LastOffer out;
    LastOffer in;
    auto record = example();
    record.offer.envelope.key = key;
    EXPECT_EQ(there_and_back(record, out, in).offer.envelope.key, key);
    record.offer.envelope.hops.clear();
    EXPECT_EQ(there_and_back(record, out, in).offer.envelope.key, key);
  }
  const std::string longest(1022, 'a');
  LastOffer out;
  LastOffer in;
  auto record = example();
  record.offer.envelope.key = longest + "@x";
  EXPECT_EQ(there_and_back(record, out, in).offer.envelope.key, longest + "@x");
}

TEST(Records, AnUnaskedOfferOfANewMailCostsNoMoreThanItsRandomBits) {
  LastOffer last;
  auto record = example();
  record.coming = Coming::unasked;
  record.offer.size = 3000;
  encode(record, last);
  const auto bytes = encode(record, last);
  // type, flags, size 2, time; digest 8; key 1 + 16 and its home, which is the first hop; sender, hop,
  // recipients: what repeats from offer to offer
  EXPECT_EQ(bytes.size(), 5u + 8 + 18 + 18 + 14 + 1 + 14 + 14);
}

TEST(Records, TheTestVectorOfTheDocument) {
  LastOffer last;
  OfferRecord record;
  record.coming = Coming::unasked;
  auto& offer = record.offer;
  offer.envelope.key = "00112233445566778899aabbccddeeff@N/P";
  offer.envelope.sender = "N/P/A";
  offer.envelope.recipients = {"S/Q/B"};
  offer.envelope.hops = {"N/P"};
  offer.envelope.accepted = std::chrono::sys_seconds(1000s);
  offer.envelope.useful_life = 86400s;
  offer.size = 300;
  offer.digest = {1, 2, 3, 4, 5, 6, 7, 8};
  const Bytes expected = {0x0A, 0x64, 0xAC, 0x02, 0xD0, 0x0F, 0x80, 0xA3, 0x05, 0x01, 0x02, 0x03, 0x04, 0x05,
                          0x06, 0x07, 0x08, 0x10, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99,
                          0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x00, 0x05, 'N',  '/',  'P',  '/',  'A',  0x01,
                          0x03, 'N',  '/',  'P',  0x01, 0x05, 'S',  '/',  'Q',  '/',  'B'};
  EXPECT_EQ(encode(record, last), expected);
  EXPECT_EQ(encode(DoneRecord{{0, 1, 2, 7}}, last), (Bytes{0x0E, 0x00, 0x02, 0x04, 0x00}));
}

TEST(Records, ListsComeBack) {
  LastOffer last;
  for (const auto& numbers : {Numbers{0}, Numbers{5}, Numbers{0, 1, 2, 3}, Numbers{3, 4, 9, 300, 301, 70000},
                              Numbers{1, 3, 5, 7}}) {
    const auto have = decode_record(encode(HaveRecord{numbers}, last), last);
    ASSERT_TRUE(have);
    EXPECT_EQ(std::get<HaveRecord>(*have).transfers, numbers);
  }
}

TEST(Records, AListCannotFillTheMemory) {
  LastOffer last;
  EXPECT_FALSE(decode_record(Bytes{14, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, last));
  EXPECT_FALSE(decode_record(Bytes{14}, last));
  Bytes many{14};
  for (int i = 0; i < 5000; ++i) {
    many.push_back(1);
    many.push_back(0);
  }
  EXPECT_FALSE(decode_record(many, last));
}

TEST(Records, LaterVersionsMayAddRecordsAndFields) {
  LastOffer last;
  ASSERT_TRUE(decode_record(Bytes{66, 1, 2, 3}, last));
  EXPECT_TRUE(std::holds_alternative<UnknownRecord>(*decode_record(Bytes{127}, last)));
  EXPECT_FALSE(decode_record(Bytes{19}, last));
  EXPECT_FALSE(decode_record(Bytes{63}, last));
  EXPECT_FALSE(decode_record(Bytes{128}, last));
  auto bytes = encode(example(), last);
  bytes.insert(bytes.end(), {0x80, 1, 2, 3});
  LastOffer in;
  EXPECT_TRUE(decode_record(bytes, in));
}

TEST(Records, RandomAndTruncatedBytesNeverCrash) {
  std::mt19937 random(1);
  LastOffer last;
  const Bytes good = encode(example(), last);
  for (std::size_t size = 0; size < good.size(); ++size) {
    LastOffer in;
    EXPECT_FALSE(decode_record(ByteView(good).first(size), in)) << size;
  }
  for (int round = 0; round < 50000; ++round) {
    Bytes noise(random() % 80);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    if (!noise.empty()) noise[0] = static_cast<std::uint8_t>(10 + random() % 9);
    decode_record(noise, last);
  }
}

TEST(Segments, ComeBackHoweverTheyAreCut) {
  Bytes stream;
  const Bytes first(300, 'a');
  const Bytes second(1, 'b');
  put_segment(stream, {5, 1000000, first});
  put_segment(stream, {70000, 0, second});
  for (std::size_t step = 1; step < stream.size(); ++step) {
    SegmentReader reader;
    Bytes came[2];
    for (std::size_t at = 0; at < stream.size(); at += step) {
      std::vector<Content> found;
      ASSERT_TRUE(reader.feed(ByteView(stream).subspan(at, std::min(step, stream.size() - at)), found));
      for (const auto& content : found) {
        auto& to = came[content.transfer == 5 ? 0 : 1];
        EXPECT_EQ(content.offset, (content.transfer == 5 ? 1000000 : 0) + to.size());
        to.insert(to.end(), content.bytes.begin(), content.bytes.end());
      }
    }
    EXPECT_EQ(came[0], first);
    EXPECT_EQ(came[1], second);
  }
}

TEST(Segments, NonsenseIsRefused) {
  std::vector<Content> found;
  EXPECT_FALSE(SegmentReader().feed(Bytes{1, 1, 0}, found)) << "no content";
  EXPECT_FALSE(SegmentReader().feed(Bytes{1, 1, 0x81, 0x80, 0x40}, found)) << "more than 1 MB";
  EXPECT_FALSE(SegmentReader().feed(Bytes(27, 0xFF), found)) << "a number without end";
}

Wish a_wish() {
  Wish wish;
  wish.what = Wish::What::chosen;
  wish.headers = wish.unread = wish.newest_first = true;
  wish.largest_item = 100'000;
  wish.most_bytes = 1ULL << 40;
  wish.series = (1ULL << 48) - 1;
  wish.whole.add(1, 4000);
  wish.whole.add(4002);
  wish.header.add(4001);
  wish.chosen.add(NumberSet::limit - 1);
  wish.changes = {{12, "S", "F", false}, {13, {}, {}, true}};
  return wish;
}

TEST(Records, AWishComesBackWhole) {
  LastOffer last;
  const WishRecord record{a_wish()};
  const auto bytes = encode(record, last);
  EXPECT_LT(bytes.size(), 80u) << "a mailbox that is known costs next to nothing";
  const auto back = decode_record(bytes, last);
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<WishRecord>(*back).wish, record.wish);
}

TEST(Records, AStockComesBackWhole) {
  LastOffer last;
  StockRecord record;
  record.stock.series = 7;
  record.stock.left = 3;
  record.stock.left_bytes = 1ULL << 33;
  record.stock.present.add(1, 999);
  record.stock.read.add(500);
  const auto back = decode_record(encode(record, last), last);
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<StockRecord>(*back).stock, record.stock);
}

TEST(Records, WishesAndStocksThatAreCutShortAreNone) {
  LastOffer last;
  const WishRecord wish{a_wish()};
  for (const auto& whole : {encode(wish, last), encode(StockRecord{{7, 3, 9, {}, {}}}, last)}) {
    for (std::size_t size = 1; size < whole.size(); ++size)
      EXPECT_FALSE(decode_record(ByteView(whole).first(size), last)) << size;
    auto later = whole;
    later.push_back(42);
    EXPECT_TRUE(decode_record(later, last)) << "a later version may add to it";
  }
}

TEST(Records, ARunOfAllNumbersTakesNoRoom) {
  LastOffer last;
  // The set `whole`: one run, of more numbers than there are.
  const Bytes hostile = {64,   1,    0,    0,    0,    0,    1,    5, 0xFF, 0xFF,
                         0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0,    0};
  const auto back = decode_record(hostile, last);
  ASSERT_TRUE(back);
  const auto& whole = std::get<WishRecord>(*back).wish.whole;
  EXPECT_EQ(whole.runs().size(), 1u);
  EXPECT_FALSE(whole.contains(4));
  EXPECT_TRUE(whole.contains(NumberSet::limit - 1));
  EXPECT_FALSE(whole.contains(NumberSet::limit));
}

TEST(Records, AnItemOfAMailboxSaysSo) {
  LastOffer out;
  LastOffer in;
  auto record = example();
  record.offer.envelope.item = Item{12, "FS", 1ULL << 31, true};
  EXPECT_EQ(there_and_back(record, out, in).offer.envelope.item, record.offer.envelope.item);
  record.offer.envelope.item.reset();
  EXPECT_EQ(there_and_back(record, out, in).offer.envelope.item, std::nullopt);
}

}  // namespace
}  // namespace external::session::records_test
