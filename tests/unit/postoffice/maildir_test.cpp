#include <external/base/descriptor.h>
#include <external/postoffice/address.h>
#include <external/postoffice/mailbox.h>
#include <external/postoffice/maildir.h>

#include <gmock/gmock.h>

#include <csignal>
#include <random>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <temp_folder.h>

namespace external::postoffice::maildir_test {
namespace {

namespace fs = std::filesystem;
using test::read_file;
using test::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

struct MaildirTest : ::testing::Test {
  MaildirTest() { Maildir(anna).create(); }
  TempFolder root;
  fs::path anna = root / "anna";
};

TEST_F(MaildirTest, PutsTheMessageDownByteForByte) {
  std::mt19937 random(5);
  Maildir maildir(anna);
  for (const std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 300000u}) {
    std::string text(size, '\0');
    for (auto& c : text) c = static_cast<char>(random());
    const auto name = "m" + std::to_string(size);
    EXPECT_EQ(maildir.deliver(name, "Head: 1\n", content_of(text)), Maildir::Outcome::delivered);
    EXPECT_EQ(read_file(anna / "new" / name), "Head: 1\n" + text);
  }
  EXPECT_THAT(names_in(anna / "tmp"), IsEmpty());
}

TEST_F(MaildirTest, DeliversOnceEvenIfTheMessageWasReadMeanwhile) {
  EXPECT_EQ(Maildir(anna).deliver("m", "", content_of("1")), Maildir::Outcome::delivered);
  EXPECT_EQ(Maildir(anna).deliver("m", "", content_of("2")), Maildir::Outcome::already_there);
  fs::rename(anna / "new/m", anna / "cur/m:2,RS");
  EXPECT_EQ(Maildir(anna).deliver("m", "", content_of("3")), Maildir::Outcome::already_there);
  EXPECT_EQ(read_file(anna / "cur/m:2,RS"), "1");
  EXPECT_THAT(names_in(anna / "new"), IsEmpty());
}

TEST_F(MaildirTest, RemembersWhatItDeliveredItself) {
  Maildir maildir(anna);
  maildir.deliver("m", "", content_of("1"));
  EXPECT_EQ(maildir.deliver("m", "", content_of("2")), Maildir::Outcome::already_there);
  EXPECT_EQ(read_file(anna / "new/m"), "1");
}

TEST_F(MaildirTest, ShowsWhatIsPutDownWhenItIsCommitted) {
  for (const std::size_t count : {1u, 20u}) {
    Maildir maildir(anna);
    for (std::size_t i = 0; i < count; ++i)
      maildir.put(std::to_string(count + i), "Head: 1\n", content_of(std::to_string(i)));
    EXPECT_EQ(maildir.put(std::to_string(count), "", content_of("twice")), Maildir::Outcome::already_there);
    EXPECT_THAT(names_in(anna / "new"), IsEmpty());
    maildir.commit();
    EXPECT_EQ(names_in(anna / "new").size(), count);
    EXPECT_EQ(read_file(anna / "new" / std::to_string(count)), "Head: 1\n0");
    EXPECT_THAT(names_in(anna / "tmp"), IsEmpty());
    fs::remove_all(anna / "new");
    fs::create_directory(anna / "new");
  }
}

TEST_F(MaildirTest, KeepsNothingThatIsNotCommitted) {
  { Maildir(anna).put("m", "", content_of("1")); }
  EXPECT_THAT(names_in(anna / "tmp"), IsEmpty());
  EXPECT_THAT(names_in(anna / "new"), IsEmpty());
}

TEST_F(MaildirTest, DeliversAgainWhatCouldNotBeCommitted) {
  Maildir maildir(anna);
  maildir.put("m", "", content_of("1"));
  fs::remove(anna / "new");
  EXPECT_THROW(maildir.commit(), DeliveryError);
  fs::create_directory(anna / "new");
  EXPECT_EQ(maildir.deliver("m", "", content_of("1")), Maildir::Outcome::delivered);
  EXPECT_EQ(read_file(anna / "new/m"), "1");
}

TEST_F(MaildirTest, WritesAnewWhatADeadProgramLeft) {
  test::write_file(anna / "tmp/m", "a longer beginning of the message");
  EXPECT_EQ(Maildir(anna).deliver("m", "", content_of("short")), Maildir::Outcome::delivered);
  EXPECT_EQ(read_file(anna / "new/m"), "short");
}

TEST_F(MaildirTest, LeavesNothingBehindWhenTheContentFails) {
  const Content broken = [](std::uint64_t offset, std::size_t) -> std::string {
    if (offset > 0) throw std::runtime_error("the queue is gone");
    return "start";
  };
  EXPECT_THROW(Maildir(anna).deliver("m", "", broken), std::runtime_error);
  EXPECT_THAT(names_in(anna / "tmp"), IsEmpty());
  EXPECT_THAT(names_in(anna / "new"), IsEmpty());
}

// Stands in for a full disk: the system refuses to let files grow.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

TEST_F(MaildirTest, LeavesNothingBehindWhenTheDiskRefuses) {
  {
    const FileSizeLimit limit(100000);
    try {
      Maildir(anna).deliver("m", "", content_of(std::string(200000, 'x')));
      FAIL() << "delivered";
    } catch (const DeliveryError& error) {
      EXPECT_EQ(error.error(), EFBIG);
      EXPECT_THAT(error.what(), HasSubstr((anna / "tmp/m").string() + ": File too large"));
    }
    EXPECT_THAT(names_in(anna / "tmp"), IsEmpty());
  }
  EXPECT_EQ(Maildir(anna).deliver("m", "", content_of(std::string(200000, 'x'))),
            Maildir::Outcome::delivered);
}

TEST_F(MaildirTest, LeavesADeliveryOfAnotherProgramAlone) {
  test::write_file(anna / "tmp/m", "theirs");
  const Descriptor theirs(::open((anna / "tmp/m").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(theirs.get(), LOCK_EX), 0);
  EXPECT_THROW(Maildir(anna).deliver("m", "", content_of("ours")), DeliveryError);
  EXPECT_EQ(read_file(anna / "tmp/m"), "theirs");
}

TEST_F(MaildirTest, MakesFoldersThatAreMissing) {
  fs::remove(anna / "tmp");
  fs::remove(anna / "cur");
  EXPECT_EQ(Maildir(anna).deliver("m", "", content_of("1")), Maildir::Outcome::delivered);
}

TEST_F(MaildirTest, NamesWhatIsInTheWay) {
  fs::remove(anna / "new");
  test::write_file(anna / "new", "");
  try {
    Maildir(anna).deliver("m", "", content_of("1"));
    FAIL() << "delivered";
  } catch (const DeliveryError& error) {
    EXPECT_THAT(error.what(), HasSubstr((anna / "new").string() + ": Not a directory"));
  }
}

TEST_F(MaildirTest, SweepsOnlyWhatIsOld) {
  const auto now = std::chrono::system_clock::now();
  test::write_file(anna / "tmp/old", "");
  test::write_file(anna / "new/mail", "");
  EXPECT_EQ(Maildir(anna).sweep(now - std::chrono::hours(1)), 0u);
  EXPECT_EQ(Maildir(anna).sweep(now + std::chrono::hours(1)), 1u);
  EXPECT_THAT(names_in(anna / "tmp"), IsEmpty());
  EXPECT_THAT(names_in(anna / "new"), ElementsAre("mail"));
}

TEST(DeliveryName, DiffersByMessageAndRecipient) {
  const auto name = delivery_name("k@N/P", "N/P/ANNA");
  EXPECT_EQ(name, delivery_name("k@N/P", "N/P/ANNA"));
  EXPECT_NE(name, delivery_name("k@N/P", "N/P/BOB"));
  EXPECT_NE(name, delivery_name("l@N/P", "N/P/ANNA"));
  EXPECT_EQ(name.find_first_of(":/"), std::string::npos);
}

TEST(Mailboxes, AreAddedListedAndRemoved) {
  const TempFolder root;
  const Mailboxes mailboxes(root.path());
  EXPECT_TRUE(mailboxes.add("anna"));
  EXPECT_TRUE(mailboxes.add("Bob"));
  EXPECT_FALSE(mailboxes.add("ANNA"));
  EXPECT_THAT(mailboxes.list(), ElementsAre("Bob", "anna"));
  EXPECT_EQ(mailboxes.find("BOB"), root / "Bob");
  EXPECT_EQ(mailboxes.find("carl"), std::nullopt);
  EXPECT_EQ(mailboxes.remove("carl", false), Mailboxes::Removed::unknown);
  EXPECT_EQ(mailboxes.remove("BOB", false), Mailboxes::Removed::yes);
  EXPECT_FALSE(fs::exists(root / "Bob"));
}

TEST(Mailboxes, AreRemovedWithMailOnlyOnRequest) {
  const TempFolder root;
  const Mailboxes mailboxes(root.path());
  mailboxes.add("anna");
  test::write_file(root / "anna/cur/mail:2,S", "");
  EXPECT_EQ(mailboxes.remove("anna", false), Mailboxes::Removed::not_empty);
  EXPECT_EQ(mailboxes.remove("anna", true), Mailboxes::Removed::yes);
}

TEST(Mailboxes, AlwaysHaveAPostmaster) {
  const TempFolder root;
  const Mailboxes mailboxes(root.path());
  EXPECT_EQ(mailboxes.find("postmaster"), root / "POSTMASTER");
  EXPECT_TRUE(fs::is_directory(root / "POSTMASTER/new"));
  EXPECT_EQ(mailboxes.remove("Postmaster", true), Mailboxes::Removed::needed);
}

TEST(Mailboxes, LeaveOtherThingsInTheFolderAlone) {
  const TempFolder root;
  fs::create_directory(root / "lost+found");
  fs::create_directories(root / ".hidden/new");
  test::write_file(root / "file", "");
  EXPECT_THAT(Mailboxes(root.path()).list(), IsEmpty());
  EXPECT_THAT(Mailboxes(root / "nowhere").list(), IsEmpty());
}

TEST(Mailboxes, RefuseUnsafeNames) {
  const TempFolder root;
  for (const auto* name : {"..", "", "a/b", "/etc", ".ssh"}) {
    EXPECT_THROW(Mailboxes(root.path()).add(name), BadAddress) << name;
    EXPECT_THROW(Mailboxes(root.path()).remove(name, true), BadAddress) << name;
  }
}

}  // namespace
}  // namespace external::postoffice::maildir_test
