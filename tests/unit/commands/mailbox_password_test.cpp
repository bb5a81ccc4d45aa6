#include "support.h"

#include <external/engine/passwords.h>

namespace external::commands::mailbox_password_test {
namespace {

using namespace testing;
using test::PostOffice;

engine::Passwords passwords_of(const PostOffice& office) {
  return {office.folder() / "passwords", "NORTH/CLINIC"};
}

TEST(MailboxPassword, IsOneLineOfStandardInputWithoutATerminal) {
  PostOffice office;
  const auto used = office.use({"mailbox", "password", "anna"}, "any; \"characters\"\r\nmore\n");
  EXPECT_EQ(used.err, "");
  EXPECT_EQ(used.out, "");
  EXPECT_TRUE(passwords_of(office).matches("ANNA", "any; \"characters\""));
}

TEST(MailboxPassword, IsRemoved) {
  PostOffice office;
  office.use({"mailbox", "password", "anna"}, "one\n");
  EXPECT_EQ(office.use({"mailbox", "password", "--remove", "anna"}).exit, Exit::ok);
  EXPECT_EQ(passwords_of(office).key_of("ANNA"), std::nullopt);
  EXPECT_THAT(office.use({"mailbox", "password", "--remove", "anna"}).err, HasSubstr("has no password"));
}

TEST(MailboxPassword, GoesWithItsMailbox) {
  PostOffice office;
  office.use({"mailbox", "password", "anna"}, "one\n");
  EXPECT_EQ(office.use({"mailbox", "remove", "anna"}).exit, Exit::ok);
  EXPECT_EQ(passwords_of(office).key_of("ANNA"), std::nullopt);
}

TEST(MailboxPassword, RefusesWhatItCannotUse) {
  PostOffice office;
  EXPECT_EQ(office.use({"mailbox", "password", "carl"}, "one\n").exit, Exit::no_user);
  EXPECT_EQ(office.use({"mailbox", "password", "anna"}, "\n").exit, Exit::data);
  EXPECT_EQ(office.use({"mailbox", "password", "anna"}, "").exit, Exit::no_input);
  EXPECT_EQ(office.use({"mailbox", "password"}, "one\n").exit, Exit::usage);
  EXPECT_EQ(office.use({"mailbox", "password", "anna", "bert"}, "one\n").exit, Exit::usage);
}

}  // namespace
}  // namespace external::commands::mailbox_password_test
