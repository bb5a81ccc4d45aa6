// What a person gets who dials in, and what the post office takes.

#include "../../../src/engine/item_numbers.h"
#include "remote_pair.h"

namespace external::engine::remote::remote_test {
namespace {

using namespace testing;

class RemoteTest : public Test {
 protected:
  test::VirtualWorld world_;
  PostOffice office_{world_};
  Machine machine_{world_};
};

TEST_F(RemoteTest, AllMailComesOnceAsItIsAndStaysAtThePostOffice) {
  office_.add("one");
  office_.add("two", 100'000, "S");
  EXPECT_THAT(call(machine_, office_).items(), UnorderedElementsAre(1, 2));
  for (const auto* subject : {"one", "two"}) {
    EXPECT_EQ(machine_.content(subject), office_.content(subject));
    EXPECT_EQ(machine_.flags()[subject], office_.flags()[subject]);
  }
  EXPECT_THAT(call(machine_, office_).items(), IsEmpty());
  office_.add("three");
  EXPECT_THAT(call(machine_, office_).items(), ElementsAre(3));
  EXPECT_THAT(machine_.subjects(), ElementsAre("one", "three", "two"));
  EXPECT_THAT(office_.subjects(), ElementsAre("one", "three", "two"));
}

TEST(Defect, Q97890_OneCallBringsMoreThanFiftyItems) {
  test::VirtualWorld world;
  PostOffice office(world);
  Machine machine(world);
  office.add_many(700);
  EXPECT_EQ(call(machine, office).received.size(), 700u);
  EXPECT_EQ(machine.subjects(), office.subjects());
}

TEST_F(RemoteTest, HeadersComeWithNumberAndSizeAndMakeWayForTheWhole) {
  office_.add("short");
  office_.add("long", 50'000);
  const auto told = call(machine_, office_, {{.headers = true}});
  EXPECT_THAT(told.items(), ElementsAre(1, 2));
  const auto size = std::to_string(office_.content("long").size());
  EXPECT_EQ(machine_.content("long"),
            "X-External-Remote: 2; size=" + size + "\nFrom: Bert <bert@clinic.north>\nSubject: long\n\n");
  EXPECT_THAT(call(machine_, office_, {{.headers = true}}).items(), IsEmpty()) << "they are here";
  machine_.set("long", "S");
  EXPECT_THAT(call(machine_, office_, chosen({2})).items(), ElementsAre(2));
  EXPECT_EQ(machine_.content("long"), office_.content("long"));
  EXPECT_EQ(machine_.flags()["long"], "S") << "that it was read as a header is kept";
  EXPECT_THAT(machine_.subjects(), ElementsAre("long", "short"));
  EXPECT_THAT(call(machine_, office_).items(), ElementsAre(1))
      << "a call for all gets the rest of what is a header";
  EXPECT_EQ(machine_.content("short"), office_.content("short"));
}

TEST(Defect, Q97025_HeadersComeWholeWithFriendlyNames) {
  test::VirtualWorld world;
  PostOffice office(world);
  Machine machine(world);
  const std::string subject(300, 's');
  office.add(subject);
  call(machine, office, {{.headers = true}});
  EXPECT_THAT(machine.content(subject),
              HasSubstr("From: Bert <bert@clinic.north>\nSubject: " + subject + "\n"));
}

TEST(Defect, Q99107_OnlyUnreadItemsCanBeAskedFor) {
  test::VirtualWorld world;
  PostOffice office(world);
  Machine machine(world);
  office.add("read", 0, "S");
  office.add("flagged", 0, "F");
  office.add("new");
  EXPECT_THAT(call(machine, office, {{.unread = true}}).items(), ElementsAre(2, 3));
  EXPECT_THAT(call(machine, office).items(), ElementsAre(1));
}

TEST_F(RemoteTest, TheNewestComeFirstIfTheyAreToAndALimitLeavesTheRest) {
  for (const auto* subject : {"a", "b", "c", "d"}) office_.add(subject, 10'000);
  CollectionWish wish{{.newest_first = true, .most_bytes = 25'000}};
  EXPECT_THAT(call(machine_, office_, wish).items(), UnorderedElementsAre(4, 3));
  const HeldItems held(machine_.maildir());
  EXPECT_EQ(held.left, 2u);
  EXPECT_GT(held.left_bytes, 20'000u);
  EXPECT_THAT(call(machine_, office_, wish).items(), UnorderedElementsAre(2, 1));
  EXPECT_EQ(HeldItems(machine_.maildir()).left, 0u);
}

TEST_F(RemoteTest, OfItemsOverTheSizeOnlyTheHeaderComes) {
  office_.add("small", 100);
  office_.add("large", 100'000);
  const auto told = call(machine_, office_, {{.largest_item = 50'000}});
  EXPECT_THAT(told.items(), UnorderedElementsAre(1, 2));
  EXPECT_THAT(machine_.content("large"), StartsWith("X-External-Remote: 2; size="));
  EXPECT_EQ(machine_.content("small"), office_.content("small"));
  EXPECT_THAT(call(machine_, office_, {{.largest_item = 50'000}}).items(), IsEmpty());
}

TEST_F(RemoteTest, ChosenItemsComeAndNoOthers) {
  office_.add_many(20);
  call(machine_, office_, {{.headers = true}});
  EXPECT_THAT(call(machine_, office_, chosen({3, 17, 99})).items(), UnorderedElementsAre(3, 17));
  EXPECT_EQ(machine_.content("Letter 17"), office_.content("Letter 17"));
  EXPECT_THAT(call(machine_, office_, chosen({3})).items(), IsEmpty()) << "that one is here";
}

TEST_F(RemoteTest, WhatWasReadHereIsToldAndWhatWasDeletedOnlyIfThatIsWanted) {
  for (const auto* subject : {"a", "b", "c"}) office_.add(subject);
  call(machine_, office_);
  machine_.set("a", "FS");
  machine_.remove("b");
  EXPECT_THAT(call(machine_, office_).items(), IsEmpty()) << "what was deleted here does not come back";
  EXPECT_EQ(office_.flags()["a"], "FS");
  EXPECT_THAT(office_.subjects(), ElementsAre("a", "b", "c"));
  machine_.set("a", "F");
  EXPECT_THAT(call(machine_, office_, {{}, true}).items(), IsEmpty());
  EXPECT_EQ(office_.flags()["a"], "F");
  EXPECT_THAT(office_.subjects(), ElementsAre("a", "c"));
}

TEST_F(RemoteTest, WhatWasDeletedHereComesAgainIfItIsChosen) {
  office_.add("a");
  call(machine_, office_);
  machine_.remove("a");
  EXPECT_THAT(call(machine_, office_).items(), IsEmpty());
  EXPECT_THAT(call(machine_, office_, chosen({1})).items(), ElementsAre(1));
  EXPECT_EQ(machine_.content("a"), office_.content("a"));
}

TEST_F(RemoteTest, WhatWasDeletedAtThePostOfficeStaysHere) {
  office_.add("a");
  office_.add("b");
  call(machine_, office_);
  office_.remove("a");
  EXPECT_THAT(call(machine_, office_, {{}, true}).items(), IsEmpty());
  EXPECT_THAT(machine_.subjects(), ElementsAre("a", "b"));
}

TEST_F(RemoteTest, EachMachineOfAPersonGetsAllAndLearnsWhatWasRead) {
  Machine other(world_);
  office_.add_many(3);
  EXPECT_EQ(call(machine_, office_).received.size(), 3u);
  machine_.set("Letter 2", "S");
  call(machine_, office_);
  EXPECT_EQ(call(other, office_).received.size(), 3u);
  EXPECT_EQ(other.flags()["Letter 2"], "S");
  other.set("Letter 1", "S");
  call(other, office_);
  call(machine_, office_);
  EXPECT_EQ(machine_.flags()["Letter 1"], "S");
  EXPECT_EQ(machine_.flags()["Letter 3"], "");
}

TEST(Defect, Q97889_ADroppedCallSendsNothingAgainThatHasArrived) {
  test::VirtualWorld world;
  for (auto cut = 200ms; cut < 24s; cut += 2900ms) {
    PostOffice office(world);
    Machine machine(world);
    office.add_many(30, 1500);
    office.add("large", 60'000);
    std::uint64_t bytes = 0;
    std::size_t stored = 0;
    {
      Call broken(machine, office);
      world.clock.advance(cut);
      broken.hang_up();
      world.clock.advance(5s);
      bytes = broken.progress().bytes_received;
      stored = broken.told.received.size();
    }
    EXPECT_EQ(machine.subjects().size(), stored) << cut.count();
    Call rest(machine, office);
    ASSERT_TRUE(rest.finish());
    EXPECT_EQ(machine.subjects(), office.subjects()) << cut.count();
    EXPECT_EQ(machine.content("large"), office.content("large"));
    std::uint64_t all = 0;
    for (const auto& item : items_in(office.maildir())) all += item.size;
    // Small ones that were under way come again from their start; of the large one what came stays.
    EXPECT_LT(bytes + rest.progress().bytes_received, all + 8000) << cut.count();
  }
}

TEST_F(RemoteTest, AMachineThatIsKilledHasWhatItAnsweredForAndDoublesNothing) {
  office_.add_many(40, 2000);
  office_.add("large", 50'000);
  for (auto moment = 500ms; moment < 20s; moment += 3300ms) {
    Machine machine(world_);
    std::optional<Machine> risen;
    std::size_t answered = 0;
    {
      Call broken(machine, office_);
      world_.clock.advance(moment);
      answered = broken.office_told.sent.size();
      risen.emplace(world_, machine);
    }
    EXPECT_GE(risen->subjects().size(), answered);
    call(*risen, office_);
    EXPECT_EQ(risen->subjects(), office_.subjects());
  }
}

TEST_F(RemoteTest, WhatWasNotNotedIsKnownByItsName) {
  office_.add_many(5);
  call(machine_, office_);
  fs::remove(machine_.maildir() / "external-held");
  EXPECT_THAT(call(machine_, office_).items(), IsEmpty()) << "it is answered with HAVE";
  EXPECT_EQ(machine_.subjects().size(), 5u);
  EXPECT_EQ(HeldItems(machine_.maildir()).items.size(), 5u);
}

TEST_F(RemoteTest, LostNumbersBeginAnewAndDoubleNothing) {
  office_.add_many(5);
  call(machine_, office_);
  fs::remove(office_.maildir() / "external-numbers");
  machine_.set("Letter 3", "S");
  EXPECT_THAT(call(machine_, office_, chosen({1, 2})).items(), IsEmpty())
      << "numbers of another series mean nothing";
  EXPECT_THAT(call(machine_, office_).items(), IsEmpty());
  EXPECT_EQ(machine_.subjects().size(), 5u);
  call(machine_, office_);
  EXPECT_EQ(office_.flags()["Letter 3"], "S");
}

TEST_F(RemoteTest, NumbersAreNeverGivenTwice) {
  office_.add_many(3);
  call(machine_, office_);
  office_.remove("Letter 3");
  call(machine_, office_);
  office_.add("next");
  EXPECT_THAT(call(machine_, office_).items(), ElementsAre(4));
}

TEST_F(RemoteTest, AFileThatAMailProgramRenamesDuringTheCallComesAllTheSame) {
  office_.add("large", 60'000);
  Call one(machine_, office_);
  world_.clock.advance(3s);
  office_.set("large", "S");
  ASSERT_TRUE(one.finish());
  EXPECT_EQ(machine_.content("large"), office_.content("large"));
}

TEST_F(RemoteTest, AFullDiskStopsTheCallAndLosesNothing) {
  office_.add_many(10);
  machine_.disk_room = 0;
  {
    Call one(machine_, office_);
    ASSERT_TRUE(one.finish());
    EXPECT_THAT(one.told.troubles, Contains(HasSubstr("Disk storage full")));
  }
  EXPECT_THAT(machine_.subjects(), IsEmpty());
  machine_.disk_room = 1ULL << 40;
  EXPECT_EQ(call(machine_, office_).received.size(), 10u);
}

TEST_F(RemoteTest, WhatIsNoProperMessageComesAsItIs) {
  for (const std::string& content : {std::string(), std::string("no header at all"), std::string("A: b\n"),
                                     std::string("Subject: x\r\n\r\n\0\xFF", 16)}) {
    PostOffice office(world_);
    Machine machine(world_);
    test::write_file(office.maildir() / "new" / "one", content);
    call(machine, office, {{.headers = true}});
    call(machine, office);
    ASSERT_EQ(items_in(machine.maildir()).size(), 1u);
    EXPECT_EQ(test::read_file(items_in(machine.maildir()).at(0).file), content);
  }
}

TEST(ItemNumbersTest, ADamagedFileBeginsANewSeries) {
  const test::TempFolder folder;
  fs::create_directories(folder / "new");
  test::write_file(folder / "new/a", "x");
  auto items = items_in(folder.path());
  ItemNumbers numbers(folder.path());
  numbers.number(items);
  EXPECT_EQ(items.at(0).number, 1u);
  EXPECT_EQ(ItemNumbers(folder.path()).series(), numbers.series());
  const auto text = test::read_file(folder / "external-numbers");
  for (const auto& damaged : {std::string("x"), text.substr(0, text.size() / 2), text + "7 b\n"}) {
    test::write_file(folder / "external-numbers", damaged);
    EXPECT_NE(ItemNumbers(folder.path()).series(), numbers.series()) << damaged;
  }
}

TEST(MailboxItems, FlagsAreThoseOfMaildirsInOrderAndOnce) {
  EXPECT_EQ(change_flags("S", "FFa/", ""), "FS");
  EXPECT_EQ(change_flags("DFPRST", "", "FSx"), "DPRT");
}

// ---- mail up

TEST_F(RemoteTest, MailThatWasWrittenGoesUpOnceAndGroupsExpandThere) {
  machine_.write("bert");
  machine_.write("staff");
  call(machine_, office_);
  office_.survey();
  std::size_t for_bert = 0;
  for (const auto& entry : fs::directory_iterator(office_.folder / "mail" / "BERT" / "new"))
    for_bert += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(for_bert, 2u);
  EXPECT_THAT(machine_.queue().waiting(), IsEmpty());
  EXPECT_THAT(call(machine_, office_).items(), ElementsAre(1)) << "the group has ANNA in it";
}

TEST_F(RemoteTest, AnyAddressGoesUpAndThePostOfficeKnowsWhatItMeans) {
  machine_.write("carl@hub.south");
  machine_.write("SOUTH/HUB/EVE");
  call(machine_, office_);
  std::set<std::string> recipients;
  for (const auto& message : office_.queue().list())
    recipients.insert(message.envelope.recipients.at(0).address);
  EXPECT_THAT(recipients, ElementsAre("SOUTH/HUB/CARL", "SOUTH/HUB/EVE"));
  EXPECT_THAT(machine_.queue().waiting(), IsEmpty());
}

TEST_F(RemoteTest, OnlyWhatIsFromThatMailboxIsTakenAndTheNoticeStaysAtTheMachine) {
  machine_.write("bert", letter("forged"), "NORTH/CLINIC/BERT");
  machine_.write("bert", letter("good"));
  const auto told = call(machine_, office_);
  EXPECT_THAT(told.refusals,
              ElementsAre("who dials in as NORTH/CLINIC/ANNA may not send as NORTH/CLINIC/BERT"));
  EXPECT_EQ(told.sent.size(), 1u);
}

TEST_F(RemoteTest, ANoticeOfThePostOfficesRefusalIsPutDownHere) {
  machine_.write("NOWHERE/LAND/EVE");
  const auto told = call(machine_, office_);
  EXPECT_THAT(told.refusals, ElementsAre(HasSubstr("no route to post office NOWHERE/LAND")));
  machine_.survey();
  ASSERT_EQ(items_in(machine_.maildir()).size(), 1u);
  EXPECT_THAT(test::read_file(items_in(machine_.maildir()).at(0).file), HasSubstr("NOWHERE/LAND/EVE"));
  EXPECT_THAT(call(machine_, office_).items(), IsEmpty());
  EXPECT_THAT(office_.subjects(), IsEmpty());
}

// ---- names and wishes that are up to no good

TEST(LocalName, IsSafeAsTheNameOfAFile) {
  EXPECT_EQ(local_name("1700000000.M1P2.host,S=12,W=13"), "1700000000.M1P2.host,S=12,W=13");
  for (const auto& bad : {std::string(), std::string("../up"), std::string(".hidden"), std::string("a:2,S"),
                          std::string("a\nb"), std::string(201, 'x'), std::string("a.header")}) {
    const auto name = local_name(bad);
    EXPECT_THAT(name, MatchesRegex("[0-9a-f]{32}\\.external")) << bad;
    EXPECT_EQ(name, local_name(bad));
  }
}

TEST_F(RemoteTest, HostileWishesChangeNothingOfOthers) {
  office_.add("a");
  call(machine_, office_);
  const auto before = office_.flags();
  CollectionWish wish;
  wish.wish.chosen.add(0, session::NumberSet::limit);
  wish.wish.changes = {{1, "../../x", "\n:/", false}, {0, "S", {}, true}, {99, {}, {}, true}};
  call(machine_, office_, wish);
  EXPECT_EQ(office_.flags(), before);
  EXPECT_THAT(office_.subjects(), ElementsAre("a"));
}

}  // namespace
}  // namespace external::engine::remote::remote_test
