#include <external/config/values.h>
#include <external/config/way.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace external::config::way_test {
namespace {

using testing::ElementsAre;

TEST(Ways, AreRead) {
  EXPECT_EQ(std::get<LmtpSocket>(parse_way("lmtp:/run/dovecot/lmtp")).path, "/run/dovecot/lmtp");
  const auto lmtp = std::get<MailHost>(parse_way("lmtp://[::1]:24"));
  EXPECT_TRUE(lmtp.lmtp);
  EXPECT_EQ(lmtp.host, "::1");
  EXPECT_EQ(lmtp.port, "24");
  const auto smtp = std::get<MailHost>(parse_way("smtp+tls://anna:a:b@c@mail.example:587"));
  EXPECT_EQ(smtp.user, "anna");
  EXPECT_EQ(smtp.password, "a:b@c");
  EXPECT_EQ(smtp.host, "mail.example");
  EXPECT_EQ(smtp.tls, MailHost::Tls::always);
  const auto program = std::get<Program>(parse_way("| /bin/deliver -a \"two words\" {mailbox}"));
  EXPECT_THAT(program.arguments, ElementsAre("/bin/deliver", "-a", "two words", "{mailbox}"));
}

TEST(Ways, OthersAreRefused) {
  for (const char* bad :
       {"", "maildir", "smtp://host", "smtp://:25", "smtp://host:port", "smtp://user:x@host:25",
        "smtp://host:99999", "lmtp:x", "|", "|deliver", "|/bin/x \"y"})
    EXPECT_THROW(parse_way(bad), BadValue) << bad;
}

TEST(Ways, AreDescribedWithoutPasswords) {
  for (const auto& [text, description] : std::map<std::string, std::string>{
           {"lmtp:/run/dovecot/lmtp", "LMTP at /run/dovecot/lmtp"},
           {"lmtp://host:24", "LMTP at host:24"},
           {"smtp://host:25", "SMTP at host:25"},
           {"smtp+tls://anna:secret@host:587", "SMTP with TLS at host:587 as anna"},
           {"|/bin/deliver {mailbox}", "program /bin/deliver {mailbox}"}})
    EXPECT_EQ(describe(parse_way(text)), description);
}

TEST(Ways, NothingAndMaildirMeanMaildirs) {
  for (const char* yes : {"", " ", "Maildir", "maildir"}) EXPECT_TRUE(is_maildir(yes)) << yes;
  for (const char* no : {"lmtp:/x", "Maildirs"}) EXPECT_FALSE(is_maildir(no)) << no;
}

}  // namespace
}  // namespace external::config::way_test
