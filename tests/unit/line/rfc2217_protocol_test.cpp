// The conversation without a socket: what a server sends, in any pieces, and what becomes of it.

#include "../../../src/line/rfc2217_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace external::line::rfc2217_protocol_test {
namespace {

using testing::ElementsAre;

constexpr std::uint8_t iac = 255, dont = 254, do_ = 253, wont = 252, will = 251, sb = 250, se = 240;
constexpr std::uint8_t com = com_port::option, binary = 0;

Bytes from_server(std::uint8_t command, const Bytes& value = {}) {
  Bytes bytes{iac, sb, com, static_cast<std::uint8_t>(command + com_port::from_server)};
  for (const auto byte : value) {
    bytes.push_back(byte);
    if (byte == iac) bytes.push_back(byte);
  }
  bytes.insert(bytes.end(), {iac, se});
  return bytes;
}

Bytes sent(Rfc2217Protocol& protocol) {
  Bytes all;
  while (!protocol.outgoing().empty()) {
    const auto front = protocol.outgoing().front();
    all.insert(all.end(), front.begin(), front.end());
    protocol.outgoing().sent(front.size());
  }
  return all;
}

Bytes taken(Rfc2217Protocol& protocol) {
  Bytes all(protocol.received());
  protocol.take(all);
  return all;
}

TEST(Rfc2217Protocol, OffersItsOptionsAndSeesWhatIsAgreed) {
  Rfc2217Protocol protocol;
  protocol.offer_options();
  EXPECT_THAT(sent(protocol),
              ElementsAre(iac, will, com, iac, will, 0, iac, do_, 0, iac, will, 3, iac, do_, 3));
  EXPECT_EQ(protocol.com_port_option(), Rfc2217Protocol::Agreement::pending);
  EXPECT_TRUE(protocol.feed(Bytes{iac, do_, com, iac, do_, binary}));
  EXPECT_EQ(protocol.com_port_option(), Rfc2217Protocol::Agreement::yes);
  EXPECT_EQ(protocol.binary(), Rfc2217Protocol::Agreement::pending);
  EXPECT_TRUE(protocol.feed(Bytes{iac, will, binary}));
  EXPECT_EQ(protocol.binary(), Rfc2217Protocol::Agreement::yes);
  EXPECT_THAT(sent(protocol), ElementsAre());
}

TEST(Rfc2217Protocol, HearsARefusal) {
  Rfc2217Protocol protocol;
  protocol.offer_options();
  protocol.feed(Bytes{iac, dont, com, iac, wont, binary});
  EXPECT_EQ(protocol.com_port_option(), Rfc2217Protocol::Agreement::no);
  EXPECT_EQ(protocol.binary(), Rfc2217Protocol::Agreement::no);
}

TEST(Rfc2217Protocol, RefusesWhatItDoesNotKnow) {
  Rfc2217Protocol protocol;
  protocol.feed(Bytes{iac, will, 1, iac, do_, 24});
  EXPECT_THAT(sent(protocol), ElementsAre(iac, dont, 1, iac, wont, 24));
}

TEST(Rfc2217Protocol, TakesByteByByteWhatIsOneMessage) {
  Rfc2217Protocol protocol;
  Bytes stream{'a', iac, iac, 'b'};
  for (const auto byte : from_server(com_port::notify_modem_state, {0xB0})) stream.push_back(byte);
  stream.push_back('c');
  for (const auto byte : stream) EXPECT_TRUE(protocol.feed(ByteView(&byte, 1)));
  EXPECT_THAT(taken(protocol), ElementsAre('a', 255, 'b', 'c'));
  const auto lines = protocol.take_control_lines();
  ASSERT_TRUE(lines);
  EXPECT_TRUE(lines->carrier && lines->data_set_ready && lines->clear_to_send && !lines->ring);
}

TEST(Rfc2217Protocol, EscapesInDataAndInCommands) {
  Rfc2217Protocol protocol;
  protocol.send_data(Bytes{1, 255, 2});
  EXPECT_THAT(sent(protocol), ElementsAre(1, 255, 255, 2));
  protocol.ask_speed(0x0000FF00);
  EXPECT_THAT(sent(protocol), ElementsAre(iac, sb, com, 1, 0, 0, 255, 255, 0, iac, se));
}

TEST(Rfc2217Protocol, KeepsCommandsInOrderWithDataAndDropsOnlyData) {
  Rfc2217Protocol protocol;
  protocol.send_data(as_bytes("old"));
  protocol.control(com_port::dtr_off);
  protocol.send_data(as_bytes("older"));
  protocol.outgoing().sent(1);  // of "old"
  protocol.outgoing().drop_data();
  EXPECT_THAT(sent(protocol), ElementsAre('l', 'd', iac, sb, com, 5, 9, iac, se));
  EXPECT_EQ(protocol.outgoing().size(), 0U);
}

TEST(Rfc2217Protocol, RemembersARingUntilItIsAskedFor) {
  Rfc2217Protocol protocol;
  EXPECT_EQ(protocol.take_control_lines().error(), Error::unsupported);
  protocol.feed(from_server(com_port::notify_modem_state, {0x20}));
  EXPECT_FALSE(protocol.take_control_lines()->ring);
  EXPECT_FALSE(protocol.lines_changed());
  protocol.feed(from_server(com_port::notify_modem_state, {0x60}));
  protocol.feed(from_server(com_port::notify_modem_state, {0x20}));
  EXPECT_TRUE(protocol.lines_changed());
  EXPECT_TRUE(protocol.take_control_lines()->ring);
  EXPECT_FALSE(protocol.take_control_lines()->ring);
  // A server that is too slow for the level tells of the trailing edge.
  protocol.feed(from_server(com_port::notify_modem_state, {0x24}));
  EXPECT_TRUE(protocol.take_control_lines()->ring);
}

TEST(Rfc2217Protocol, CountsTheErrorsOfTheLine) {
  Rfc2217Protocol protocol;
  EXPECT_EQ(protocol.port_errors().error(), Error::unsupported);
  protocol.feed(from_server(com_port::notify_line_state, {0x02}));
  protocol.feed(from_server(com_port::notify_line_state, {0x0A}));
  protocol.feed(from_server(com_port::notify_line_state, {0x14}));
  const auto errors = protocol.port_errors();
  ASSERT_TRUE(errors);
  EXPECT_EQ(errors->overruns, 2U);
  EXPECT_EQ(errors->framing, 1U);
  EXPECT_EQ(errors->parity, 1U);
  EXPECT_EQ(errors->breaks, 1U);
}

TEST(Rfc2217Protocol, DtrAndRtsAreWhatTheServerConfirms) {
  Rfc2217Protocol protocol;
  protocol.feed(from_server(com_port::notify_modem_state, {0}));
  protocol.control(com_port::dtr_on);
  EXPECT_TRUE(protocol.take_control_lines()->terminal_ready);
  protocol.feed(from_server(com_port::set_control, {com_port::dtr_on}));
  protocol.control(com_port::dtr_off);
  EXPECT_TRUE(protocol.take_control_lines()->terminal_ready) << "not confirmed yet";
  protocol.feed(from_server(com_port::set_control, {com_port::dtr_off}));
  EXPECT_TRUE(protocol.lines_changed());
  EXPECT_FALSE(protocol.take_control_lines()->terminal_ready);
}

TEST(Rfc2217Protocol, OnlyTheAnswerToTheLastSpeedCounts) {
  Rfc2217Protocol protocol;
  protocol.ask_speed(9600);
  protocol.ask_speed(19200);
  protocol.feed(from_server(com_port::set_baud_rate, {0, 0, 0x25, 0x80}));
  EXPECT_TRUE(protocol.speed_pending());
  EXPECT_FALSE(protocol.take_speed_refused());
  protocol.feed(from_server(com_port::set_baud_rate, {0, 0, 0x25, 0x80}));
  EXPECT_FALSE(protocol.speed_pending());
  EXPECT_EQ(protocol.speed(), 9600U);
  EXPECT_TRUE(protocol.take_speed_refused());
  EXPECT_FALSE(protocol.take_speed_refused());
}

TEST(Rfc2217Protocol, DropsWhatComesBeforeAPurgeIsConfirmed) {
  Rfc2217Protocol protocol;
  protocol.feed(as_bytes("seen"));
  EXPECT_EQ(protocol.purge_input(), 4U);
  protocol.feed(as_bytes("kept: this server may not confirm"));
  EXPECT_GT(taken(protocol).size(), 0U);
  protocol.feed(from_server(com_port::purge_data, {com_port::received}));
  protocol.purge_input();
  EXPECT_TRUE(protocol.purging());
  protocol.feed(as_bytes("on its way"));
  protocol.feed(from_server(com_port::purge_data, {com_port::received}));
  protocol.feed(as_bytes("new"));
  EXPECT_EQ(as_text(taken(protocol)), "new");
}

TEST(Rfc2217Protocol, PausesWhenAsked) {
  Rfc2217Protocol protocol;
  protocol.feed(from_server(com_port::suspend_flow));
  EXPECT_TRUE(protocol.suspended());
  protocol.feed(from_server(com_port::resume_flow));
  EXPECT_FALSE(protocol.suspended());
}

TEST(Rfc2217Protocol, EndsTheTrustAtAMessageWithoutEnd) {
  Rfc2217Protocol protocol;
  Bytes endless{iac, sb, com};
  endless.resize(Rfc2217Gate::longest_subnegotiation + 10, 'x');
  EXPECT_FALSE(protocol.feed(endless));
  EXPECT_FALSE(protocol.feed(as_bytes("fine again")));
  EXPECT_EQ(protocol.received(), 0U);
}

TEST(Rfc2217Protocol, EndsTheTrustInAPeerThatAsksAndNeverReads) {
  Rfc2217Protocol protocol;
  Bytes nagging;
  for (int round = 0; round < 1000; ++round) nagging.insert(nagging.end(), {iac, do_, 99});
  bool trusted = true;
  for (int round = 0; round < 200 && trusted; ++round) trusted = protocol.feed(nagging);
  EXPECT_FALSE(trusted);
}

// Sub-negotiations that the Telnet library would act upon although nobody agreed to them.
class Unasked : public testing::TestWithParam<Bytes> {};

TEST_P(Unasked, SubnegotiationIsWithoutEffect) {
  Rfc2217Protocol protocol;
  Bytes stream{iac, sb};
  stream.insert(stream.end(), GetParam().begin(), GetParam().end());
  stream.insert(stream.end(), {iac, se, 'o', 'k'});
  EXPECT_TRUE(protocol.feed(stream));
  EXPECT_EQ(as_text(taken(protocol)), "ok");
  EXPECT_TRUE(protocol.outgoing().empty());
}

INSTANTIATE_TEST_SUITE_P(Options, Unasked,
                         testing::Values(Bytes{86},                        // start to decompress
                                         Bytes{93, 'a', 0, 'b', 0},        // ZMP: frees what is not its own
                                         Bytes{24, 0, 'v', 't'},           // terminal type
                                         Bytes{39, 1, 0, 'x', 1, 'y', 2},  // variables
                                         Bytes{36, 0, 'x'},                // variables, the old way
                                         Bytes{70, 1, 'x', 2, 'y', 1, 1, 2},  // MSSP
                                         Bytes{255, 'x'}, Bytes{com}, Bytes{com, 101, 0, 0}, Bytes{com, 107},
                                         Bytes{com, 250, 1}));

}  // namespace
}  // namespace external::line::rfc2217_protocol_test
