// The client against the server of this layer, and against others that are not as they should be.

#include "conversation.h"
#include "piped_stream.h"

#include <external/base/async.h>
#include <external/smtp/client.h>

namespace external::smtp::client_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

using test::PipedStream;

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    near.other = &far;
    far.other = &near;
    options.host = "hub.south";
    server_options.host = "clinic.north";
  }

  void serve_here() {
    asio::co_spawn(io, serve(far, {"local", {}, {}, false}, clock, office, server_options), asio::detached);
  }

  static Sender from(std::string address) {
    Sender sender;
    sender.address = std::move(address);
    return sender;
  }

  static ContentSource pieces(std::vector<std::string> all) {
    return [all = std::move(all), at = std::size_t{0}]() mutable -> Task<std::string> {
      return next(at < all.size() ? all[at++] : "");
    };
  }

  static Task<std::string> next(std::string piece) { co_return piece; }

  /// Opens, sends to `to` and says good bye.
  std::vector<Reply> send(std::vector<std::string> to, std::vector<std::string> content,
                          Sender sender = from("a@b")) {
    std::vector<Recipient> recipients;
    for (auto& address : to) recipients.push_back({std::move(address), {}, {}});
    std::vector<Reply> replies;
    const auto job = [&]() -> Task<> {
      ClientSession client(near, clock, options);
      opened = co_await client.open();
      if (opened) co_return;
      replies = co_await client.send(sender, recipients, pieces(content));
      usable = client.is_usable();
      co_await client.quit();
    };
    bool done = false;
    asio::co_spawn(io, job(), [&](std::exception_ptr) { done = true; });
    clock.run_until([&] { return done; });
    EXPECT_TRUE(done);
    return replies;
  }

  static std::vector<int> codes(const std::vector<Reply>& replies) {
    std::vector<int> found;
    for (const auto& reply : replies) found.push_back(reply.code);
    return found;
  }

  asio::io_context io;
  VirtualClock clock{io};
  PipedStream near{io.get_executor()};
  PipedStream far{io.get_executor()};
  Office office;
  DialogueOptions server_options;
  ClientOptions options;
  std::optional<Reply> opened;
  bool usable = false;
};

TEST_F(ClientTest, ContentArrivesAsItIs) {
  serve_here();
  const std::vector<std::string> content = {".\n..x\r", "\n\n", "no end"};
  EXPECT_THAT(codes(send({"c@d"}, content)), ElementsAre(250));
  ASSERT_THAT(office.messages, SizeIs(1));
  EXPECT_EQ(office.messages[0].content, ".\n..x\n\nno end\n");
  EXPECT_TRUE(usable);
}

TEST_F(ClientTest, EachRecipientHasItsAnswer) {
  serve_here();
  EXPECT_THAT(codes(send({"nobody@d", "c@d"}, {"x\n"})), ElementsAre(550, 250));
}

TEST_F(ClientTest, LmtpAnswersForEach) {
  options.dialect = server_options.dialect = Dialect::lmtp;
  serve_here();
  const auto replies = send({"c@d", "nobody@d", "full@d"}, {"x\n"});
  EXPECT_THAT(codes(replies), ElementsAre(250, 550, 452));
  EXPECT_EQ(replies[2].status, "4.2.2");
  EXPECT_THAT(replies[2].lines, ElementsAre("the mailbox is full"));
}

TEST_F(ClientTest, NobodyLeftMeansNoData) {
  serve_here();
  EXPECT_THAT(codes(send({"nobody@d"}, {"x\n"})), ElementsAre(550));
  EXPECT_THAT(office.messages, SizeIs(0));
  EXPECT_TRUE(usable);
}

TEST_F(ClientTest, ALoneCrIsNotSent) {
  serve_here();
  const auto replies = send({"c@d"}, {"a\rb\n"});
  EXPECT_THAT(codes(replies), ElementsAre(554));
  EXPECT_FALSE(usable);
  far.close();
  clock.run();
  EXPECT_FALSE(office.messages.at(0).complete);
}

TEST_F(ClientTest, WishesForNoticesGoAlong) {
  serve_here();
  Sender sender = from("a@b");
  sender.return_wish = Return::headers;
  sender.envelope_id = "x+y z";
  sender.size = 2;
  send({"c@d"}, {"x\n"}, sender);
  EXPECT_EQ(office.messages.at(0).sender.envelope_id, "x+y z");
  EXPECT_EQ(office.messages.at(0).sender.return_wish, Return::headers);
  EXPECT_THAT(near.said, HasSubstr("MAIL FROM:<a@b> SIZE=2 BODY=8BITMIME RET=HDRS ENVID=x+2By+20z\r\n"));
}

TEST_F(ClientTest, AnOldServerIsGreetedTheOldWay) {
  far.other = nullptr;
  near.hear("220 old\r\n502 what?\r\n250 old\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n");
  EXPECT_THAT(codes(send({"c@d"}, {"x\n"})), ElementsAre(250));
  EXPECT_THAT(near.said, HasSubstr("HELO hub.south\r\nMAIL FROM:<a@b>\r\n"));
}

TEST_F(ClientTest, AddressesBeyondAsciiNeedAServerThatTakesThem) {
  near.hear("220 old\r\n250 old\r\n");
  EXPECT_THAT(codes(send({"\xC3\xA9va@d"}, {"x\n"})), ElementsAre(550));
}

TEST_F(ClientTest, ASilentServerIsLeft) {
  near.hear("220 hello\r\n");
  send({"c@d"}, {"x\n"});
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->code, 421);
}

TEST_F(ClientTest, WhatIsNoReplyIsNotUnderstood) {
  near.hear("SSH-2.0-dropbear\r\n");
  send({"c@d"}, {"x\n"});
  ASSERT_TRUE(opened);
  EXPECT_THAT(opened->lines.at(0), HasSubstr("SSH-2.0-dropbear"));
}

TEST_F(ClientTest, ThePasswordIsNotSaidInTheClear) {
  options.user = "anna";
  options.password = "secret";
  serve_here();
  send({"c@d"}, {"x\n"});
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->code, 454);
  EXPECT_EQ(near.said.find("AUTH"), std::string::npos);
}

TEST_F(ClientTest, WithoutTlsNothingIsSentIfItMustBe) {
  options.tls = ClientOptions::Tls::always;
  serve_here();
  send({"c@d"}, {"x\n"});
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->code, 454);
  EXPECT_THAT(office.messages, SizeIs(0));
}

}  // namespace
}  // namespace external::smtp::client_test
