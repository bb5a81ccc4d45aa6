#include "conversation.h"

namespace external::smtp::dialogue_test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string hello = "EHLO laptop\r\n";
const std::string envelope = hello + "MAIL FROM:<anna@clinic.north>\r\nRCPT TO:<ben@hub.south>\r\n";

TEST_F(Conversation, TakesAMessage) {
  const auto said = play(envelope + "DATA\r\nSubject: hi\r\n\r\nText\r\n.\r\nQUIT\r\n");
  EXPECT_THAT(codes(said), ElementsAre(220, 250, 250, 250, 354, 250, 221));
  ASSERT_THAT(office.messages, SizeIs(1));
  const auto& message = office.messages[0];
  EXPECT_TRUE(message.complete);
  EXPECT_EQ(message.sender.address, "anna@clinic.north");
  ASSERT_THAT(message.recipients, SizeIs(1));
  EXPECT_EQ(message.recipients[0].address, "ben@hub.south");
  EXPECT_EQ(message.content, "Subject: hi\n\nText\n");
}

TEST_F(Conversation, ComesOutTheSameInPiecesOfAnySize) {
  const auto text = envelope + "DATA\r\n..dot\r\nText\r\n.\r\n" +
                    "MAIL FROM:<>\r\nRCPT TO:<ben@hub.south>\r\n" +
                    "BDAT 5\r\na\r\nb\rBDAT 3 LAST\r\n\nc\nQUIT\r\n";
  const auto whole = play(text);
  const auto messages = std::exchange(office.messages, {});
  for (std::size_t piece = 1; piece < 40; ++piece) {
    office.messages.clear();
    EXPECT_EQ(play(text, piece), whole) << piece;
    ASSERT_THAT(office.messages, SizeIs(messages.size())) << piece;
    for (std::size_t at = 0; at < messages.size(); ++at)
      EXPECT_EQ(office.messages[at].content, messages[at].content) << piece;
  }
}

TEST_F(Conversation, AnswersPipelinedCommandsTogether) {
  play(envelope + "DATA\r\nx\r\n.\r\nQUIT\r\n");
  EXPECT_EQ(writes, 2u);  // the banner when it first waits, and all the rest
}

TEST_F(Conversation, OffersWhatItCan) {
  options.largest = 1000;
  EXPECT_EQ(play(hello),
            "220 clinic.north ESMTP External\r\n250-clinic.north\r\n250-PIPELINING\r\n250-SIZE 1000\r\n"
            "250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-CHUNKING\r\n250 ENHANCEDSTATUSCODES\r\n");
}

TEST_F(Conversation, HeloGetsOneLine) {
  EXPECT_THAT(play("HELO laptop\r\n"), EndsWith("250 clinic.north\r\n"));
}

TEST_F(Conversation, DotsAtTheBeginningOfLinesAreTheProtocols) {
  play(envelope + "DATA\r\n..\r\n..x\r\n. y\r\na.\r\n.\r\n");
  EXPECT_EQ(office.messages.at(0).content, ".\n.x\n y\na.\n");
}

TEST_F(Conversation, ALoneLineEndIsRefusedAndEndsNothing) {
  for (const std::string trick :
       {"a\n.\nb", "a\n.\r\nb", "a\r.\r\nb", "a\r\n.\nb", "a\r\n.\rb", "a\rb", "a\nb"}) {
    office.messages.clear();
    const auto said = play(envelope + "DATA\r\n" + trick +
                           "\r\nMAIL FROM:<evil@there>\r\nRCPT TO:<ben@hub.south>\r\n.\r\nQUIT\r\n");
    EXPECT_THAT(codes(said), ElementsAre(220, 250, 250, 250, 354, 554, 221)) << testing::PrintToString(trick);
    EXPECT_THAT(office.messages, SizeIs(1));
    EXPECT_FALSE(office.messages[0].complete);
    EXPECT_THAT(said, HasSubstr("554 5.6.0 a CR or LF by itself"));
  }
}

TEST_F(Conversation, AnyOtherByteArrives) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != '\r' && byte != '\n') all.push_back(static_cast<char>(byte));
  }
  play(envelope + "DATA\r\n" + all + "\r\n.\r\n");
  EXPECT_EQ(office.messages.at(0).content, all + "\n");
  EXPECT_TRUE(office.messages.at(0).complete);
}

TEST_F(Conversation, EmptyMessage) {
  play(envelope + "DATA\r\n.\r\n");
  EXPECT_TRUE(office.messages.at(0).complete);
  EXPECT_THAT(office.messages.at(0).content, IsEmpty());
}

TEST_F(Conversation, ChunksMakeOneMessage) {
  const auto said = play(envelope + "BDAT 4\r\n.\r\nxBDAT 3\r\n\r\nyBDAT 2 LAST\r\n\r\nNOOP\r\n");
  EXPECT_THAT(codes(said), ElementsAre(220, 250, 250, 250, 250, 250, 250, 250));
  EXPECT_EQ(office.messages.at(0).content, ".\nx\ny\n");
  EXPECT_TRUE(office.messages.at(0).complete);
}

TEST_F(Conversation, ChunksForNobodyAreReadAndRefused) {
  const auto said = play(hello + "MAIL FROM:<a@b>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
  EXPECT_THAT(codes(said), ElementsAre(220, 250, 250, 554, 250));
}

TEST_F(Conversation, ABrokenChunkSizeEndsTheConnection) {
  EXPECT_THAT(codes(play(envelope + "BDAT x\r\nNOOP\r\n")), ElementsAre(220, 250, 250, 250, 501));
}

TEST_F(Conversation, ABrokenOffMessageIsDropped) {
  play(envelope + "DATA\r\nText\r\n");
  EXPECT_FALSE(office.messages.at(0).complete);
}

TEST_F(Conversation, SizeIsCheckedBeforeAndWhileItComes) {
  options.largest = 10;
  const auto said = play(hello + "MAIL FROM:<a@b> SIZE=11\r\nMAIL FROM:<a@b> SIZE=10\r\nRCPT TO:<c@d>\r\n" +
                         "DATA\r\n12345678901\r\n.\r\nNOOP\r\n");
  EXPECT_THAT(codes(said), ElementsAre(220, 250, 552, 250, 250, 354, 552, 250));
  EXPECT_FALSE(office.messages.at(0).complete);
}

TEST_F(Conversation, RecipientsAreAnsweredOneByOne) {
  const auto said =
      play(hello + "MAIL FROM:<a@b>\r\nRCPT TO:<nobody@d>\r\nRCPT TO:<ben@d>\r\nDATA\r\nx\r\n.\r\n");
  EXPECT_THAT(codes(said), ElementsAre(220, 250, 250, 550, 250, 354, 250));
  EXPECT_THAT(office.messages.at(0).recipients, SizeIs(1));
}

TEST_F(Conversation, LmtpAnswersForEachRecipient) {
  options.dialect = Dialect::lmtp;
  const auto said = play(
      "LHLO postfix\r\nMAIL FROM:<a@b>\r\nRCPT TO:<ben@d>\r\nRCPT TO:<full@d>\r\nRCPT TO:<eve@d>\r\n"
      "DATA\r\nx\r\n.\r\nQUIT\r\n");
  EXPECT_THAT(codes(said), ElementsAre(220, 250, 250, 250, 250, 250, 354, 250, 452, 250, 221));
}

TEST_F(Conversation, SmtpTakesAMessageThatOneRecipientCanGet) {
  const auto said =
      play(hello + "MAIL FROM:<a@b>\r\nRCPT TO:<full@d>\r\nRCPT TO:<ben@d>\r\nDATA\r\nx\r\n.\r\n");
  EXPECT_THAT(codes(said), ElementsAre(220, 250, 250, 250, 250, 354, 250));
}

TEST_F(Conversation, EachDialectHasItsGreeting) {
  EXPECT_THAT(codes(play("LHLO x\r\n")), ElementsAre(220, 500));
  options.dialect = Dialect::lmtp;
  EXPECT_THAT(codes(play("EHLO x\r\nHELO x\r\n")), ElementsAre(220, 500, 500));
}

TEST_F(Conversation, CommandsInTheWrongOrderAreRefused) {
  EXPECT_THAT(
      codes(
          play("MAIL FROM:<a@b>\r\nEHLO x\r\nRCPT TO:<a@b>\r\nDATA\r\nMAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n"
               "DATA\r\nRSET\r\nRCPT TO:<a@b>\r\n")),
      ElementsAre(220, 503, 250, 503, 503, 250, 503, 554, 250, 503));
}

TEST_F(Conversation, WishesForNoticesArrive) {
  play(hello + "MAIL FROM:<a@b> RET=HDRS ENVID=x+2By BODY=8BITMIME\r\n" +
       "RCPT TO:<c@d> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;c+40d\r\nDATA\r\n.\r\n");
  const auto& message = office.messages.at(0);
  EXPECT_EQ(message.sender.return_wish, Return::headers);
  EXPECT_EQ(message.sender.envelope_id, "x+y");
  const Notify wished{false, true, false, true};
  EXPECT_EQ(message.recipients.at(0).notify, wished);
  EXPECT_EQ(message.recipients.at(0).original, "rfc822;c@d");
}

TEST_F(Conversation, BadParametersAreNamed) {
  const auto said =
      play(hello + "MAIL FROM:<a@b> SIZE=many\r\nMAIL FROM:<a@b> FOO=1\r\nMAIL FROM:<a@b> RET=SOME\r\n" +
           "MAIL FROM:<a@b>\r\nRCPT TO:<c@d> NOTIFY=NEVER,DELAY\r\nRCPT TO:<c@d> ORCPT=c\r\nRCPT TO:<>\r\n");
  EXPECT_THAT(codes(said), ElementsAre(220, 250, 501, 555, 501, 250, 501, 501, 501));
  EXPECT_THAT(said, HasSubstr("SIZE wants a number of bytes"));
  EXPECT_THAT(said, HasSubstr("unknown parameter FOO"));
}

TEST_F(Conversation, AddressesBeyondAsciiNeedTheirExtension) {
  EXPECT_THAT(codes(play(hello + "MAIL FROM:<j\xC3\xB6rg@b>\r\nMAIL FROM:<j\xC3\xB6rg@b> SMTPUTF8\r\n"
                                 "RCPT TO:<\xC3\xA9va@b>\r\n")),
              ElementsAre(220, 250, 553, 250, 250));
}

TEST_F(Conversation, PathsOfOldAndStrangeForms) {
  play(hello + "MAIL FROM: <@relay,@other:\"a > b\"@c>\r\nRCPT TO:<NORTH/CLINIC/ANNA>\r\nDATA\r\n.\r\n");
  EXPECT_EQ(office.messages.at(0).sender.address, "\"a > b\"@c");
  EXPECT_EQ(office.messages.at(0).recipients.at(0).address, "NORTH/CLINIC/ANNA");
}

TEST_F(Conversation, ControlCharactersInAddressesAreRefused) {
  EXPECT_THAT(codes(play(hello + "MAIL FROM:<a\tb@c>\r\nMAIL FROM:<a@c>\r\nRCPT TO:<b\x1b@c>\r\n")),
              ElementsAre(220, 250, 501, 250, 501));
}

TEST_F(Conversation, ALineWithoutEndCostsBoundedMemory) {
  EXPECT_THAT(codes(play("EHLO " + std::string(1'000'000, 'x') + "\r\nNOOP\r\n", 1000)),
              ElementsAre(220, 500, 250));
}

TEST_F(Conversation, TooManyMistakesEndTheConnection) {
  options.most_mistakes = 3;
  EXPECT_THAT(codes(play("GET / HTTP/1.1\r\nHost: x\r\n\r\nNOOP\r\n")), ElementsAre(220, 500, 500, 500, 421));
}

TEST_F(Conversation, ASilentClientIsSentAway) {
  const auto start = clock.now();
  EXPECT_THAT(play(hello, 1000, true), EndsWith("421 4.4.2 you were silent for too long\r\n"));
  EXPECT_EQ(clock.now() - start, options.patience);
}

TEST_F(Conversation, StoppingSaysSo) {
  ScriptedStream stream(io.get_executor(), hello, 1000, true);
  asio::cancellation_signal stop;
  std::exception_ptr ended;
  asio::co_spawn(io, serve(stream, client, clock, office, options),
                 asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error) { ended = error; }));
  clock.advance(std::chrono::seconds(1));
  stop.emit(asio::cancellation_type::terminal);
  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(ended);
  EXPECT_THAT(stream.heard, EndsWith("421 4.3.2 closing down; try again later\r\n"));
}

TEST_F(Conversation, TroubleIsForLaterAndTold) {
  EXPECT_THAT(codes(play(hello + "MAIL FROM:<throws@there>\r\nNOOP\r\n")), ElementsAre(220, 250, 451, 250));
  EXPECT_THAT(office.troubles, ElementsAre("the disk is on fire"));
}

TEST_F(Conversation, AuthPlainAndLogin) {
  options.auth = true;
  options.auth_needs_tls = false;
  EXPECT_THAT(codes(play(hello + "AUTH PLAIN AGFubmEAc2VjcmV0\r\n")), ElementsAre(220, 250, 235));
  EXPECT_THAT(codes(play(hello + "AUTH PLAIN\r\nAGFubmEAc2VjcmV0\r\n")), ElementsAre(220, 250, 334, 235));
  EXPECT_THAT(codes(play(hello + "AUTH LOGIN\r\nYW5uYQ==\r\nc2VjcmV0\r\n")),
              ElementsAre(220, 250, 334, 334, 235));
  EXPECT_THAT(codes(play(hello + "AUTH PLAIN AGFubmEAd3Jvbmc=\r\n")), ElementsAre(220, 250, 535));
  EXPECT_THAT(codes(play(hello + "AUTH PLAIN *\r\nAUTH PLAIN\r\n*\r\nAUTH GUESS x\r\n")),
              ElementsAre(220, 250, 501, 334, 501, 504));
}

TEST_F(Conversation, GuessesOfPasswordsTakeTimeAndAreFew) {
  options.auth = true;
  options.auth_needs_tls = false;
  const std::string guess = "AUTH PLAIN AGFubmEAd3Jvbmc=\r\n";
  const auto before = clock.now();
  EXPECT_THAT(codes(play(hello + guess + guess + guess + "NOOP\r\n")),
              ElementsAre(220, 250, 535, 535, 535, 421));
  EXPECT_EQ(clock.now() - before, std::chrono::seconds(1 + 2 + 4));
}

TEST_F(Conversation, WhoGuessedTooOftenIsSentAway) {
  options.auth = true;
  options.auth_needs_tls = false;
  EXPECT_THAT(codes(play(hello + "AUTH PLAIN AGxvY2tlZAB4\r\nNOOP\r\n")), ElementsAre(220, 250, 421));
}

TEST_F(Conversation, AuthWaitsForTlsAndMailForAuth) {
  options.auth = true;
  options.auth_required = true;
  tls = true;
  const auto said = play(hello + "AUTH PLAIN AGFubmEAc2VjcmV0\r\nMAIL FROM:<a@b>\r\nSTARTTLS\r\n");
  EXPECT_THAT(codes(said), ElementsAre(220, 250, 538, 530, 220));
  EXPECT_THAT(said, HasSubstr("250 STARTTLS\r\n"));
  client.encrypted = true;
  const auto encrypted = play(hello + "AUTH PLAIN AGFubmEAc2VjcmV0\r\nMAIL FROM:<a@b>\r\n");
  EXPECT_THAT(codes(encrypted), ElementsAre(220, 250, 235, 250));
  EXPECT_THAT(encrypted, HasSubstr("250 AUTH PLAIN LOGIN\r\n"));
  EXPECT_THAT(encrypted, Not(HasSubstr("STARTTLS")));
}

TEST_F(Conversation, WhatIsSaidBeforeTlsIsForgotten) {
  tls = true;
  const auto said = play(envelope + "STARTTLS\r\nDATA\r\n", 1000);
  EXPECT_THAT(codes(said), ElementsAre(220, 250, 250, 250, 220));
}

TEST_F(Conversation, TooManyRecipientsAreForAnotherMessage) {
  options.most_recipients = 2;
  EXPECT_THAT(codes(play(hello + "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@d>\r\nRCPT TO:<f@d>\r\n")),
              ElementsAre(220, 250, 250, 250, 250, 452));
}

}  // namespace
}  // namespace external::smtp::dialogue_test
