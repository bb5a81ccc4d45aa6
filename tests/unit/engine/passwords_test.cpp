#include <external/engine/passwords.h>
#include <external/postoffice/address.h>

#include <gmock/gmock.h>

#include <filesystem>

#include <temp_folder.h>

namespace external::engine::passwords_test {
namespace {

using namespace testing;
namespace fs = std::filesystem;

class PasswordsTest : public Test {
 protected:
  test::TempFolder folder_;
  fs::path file_ = folder_ / "passwords";
  Passwords passwords_{file_, "NORTH/CLINIC"};
};

TEST_F(PasswordsTest, AMailboxHasNoneUntilOneIsSet) {
  EXPECT_EQ(passwords_.key_of("ANNA"), std::nullopt);
  EXPECT_FALSE(passwords_.matches("ANNA", ""));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(PasswordsTest, TheKeyIsThatOfPostOfficeAndMailbox) {
  passwords_.set("anna", "any characters; even these");
  EXPECT_EQ(passwords_.key_of("Anna"),
            link::derive_key("any characters; even these", "NORTH/CLINIC", "NORTH/CLINIC/ANNA"));
  EXPECT_EQ(passwords_.key_of("BERT"), std::nullopt);
}

TEST_F(PasswordsTest, MatchesThatPasswordAndNoOther) {
  passwords_.set("ANNA", "one");
  EXPECT_TRUE(passwords_.matches("anna", "one"));
  EXPECT_FALSE(passwords_.matches("anna", "One"));
  EXPECT_FALSE(passwords_.matches("bert", "one"));
  EXPECT_FALSE(passwords_.matches("../anna", "one"));
}

TEST_F(PasswordsTest, ANewOneTakesThePlaceOfTheOld) {
  passwords_.set("ANNA", "one");
  passwords_.set("BERT", "two");
  passwords_.set("anna", "three");
  EXPECT_FALSE(passwords_.matches("ANNA", "one"));
  EXPECT_TRUE(passwords_.matches("ANNA", "three"));
  EXPECT_TRUE(passwords_.matches("BERT", "two"));
}

TEST_F(PasswordsTest, IsRemovedOnce) {
  passwords_.set("ANNA", "one");
  EXPECT_TRUE(passwords_.remove("anna"));
  EXPECT_FALSE(passwords_.remove("anna"));
  EXPECT_EQ(passwords_.key_of("ANNA"), std::nullopt);
}

TEST_F(PasswordsTest, TheFileIsForItsOwnerAndHoldsNoPassword) {
  passwords_.set("ANNA", "sesame");
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms(0600));
  EXPECT_THAT(test::read_file(file_), AllOf(HasSubstr(" ANNA\n"), Not(HasSubstr("sesame"))));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1) << "a draft was left behind";
}

TEST_F(PasswordsTest, AFileThatOthersCanReadIsRefusedWithTheCure) {
  passwords_.set("ANNA", "one");
  fs::permissions(file_, fs::perms(0640));
  EXPECT_THAT([&] { passwords_.key_of("ANNA"); }, ThrowsMessage<std::runtime_error>(HasSubstr("chmod 600")));
}

TEST_F(PasswordsTest, ADamagedLineIsNamed) {
  passwords_.set("ANNA", "one");
  test::write_file(file_, test::read_file(file_) + "what is this\n");
  EXPECT_THAT([&] { passwords_.key_of("ANNA"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("passwords:3:")));
}

TEST_F(PasswordsTest, RefusesWhatIsNoPasswordOrNoMailbox) {
  EXPECT_THROW(passwords_.set("ANNA", ""), std::invalid_argument);
  EXPECT_THROW(passwords_.set("ANNA", std::string(1025, 'x')), std::invalid_argument);
  EXPECT_THROW(passwords_.set("AN NA", "one"), postoffice::BadAddress);
  EXPECT_THROW(passwords_.remove("AN/NA"), postoffice::BadAddress);
}

}  // namespace
}  // namespace external::engine::passwords_test
