// Telnet and RFC 2217 byte for byte, without sockets.

#include <external/line/com_port_server.h>

#include <gtest/gtest.h>

namespace external::line::com_port_server_test {
namespace {

class ComPort : public testing::Test {
 protected:
  ComPort() { sent_.clear(); }

  /// What the server answers to these bytes, in hexadecimal; what it noted is in noted_.
  std::string answer_to(const Bytes& bytes) {
    sent_.clear();
    server_.receive(bytes);
    return hex();
  }
  std::string command(Bytes body) {
    Bytes bytes{255, 250, 44};
    bytes.insert(bytes.end(), body.begin(), body.end());
    bytes.insert(bytes.end(), {255, 240});
    return answer_to(bytes);
  }
  std::string agree() { return answer_to({255, 251, 44}); }
  std::string hex() const {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : sent_) {
      text += digits[byte / 16];
      text += digits[byte % 16];
    }
    return text;
  }
  void note(const std::string& what, unsigned value) { noted_ += what + std::to_string(value) + " "; }

  Bytes sent_;
  std::string noted_;
  std::string data_;
  ControlLines lines_{false, false, true, true};
  ComPortServer server_{
      {.to_client = [this](ByteView bytes) { sent_.insert(sent_.end(), bytes.begin(), bytes.end()); },
       .data = [this](ByteView bytes) { data_ += as_text(bytes); },
       .speed =
           [this](unsigned speed) {
             note("speed", speed);
             return std::min(speed, 115200U);
           },
       .dtr = [this](bool high) { note("dtr", high); },
       .rts = [this](bool high) { note("rts", high); },
       .line_break = [this](bool on) { note("break", on); },
       .purge_input = [this] { noted_ += "input "; },
       .purge_output = [this] { noted_ += "output "; },
       .suspend = [this](bool suspend) { note("suspend", suspend); },
       .lines = [this] { return lines_; }},
      "a test"};
};

TEST_F(ComPort, AgreesAndTellsTheLines) {
  EXPECT_EQ(agree(),
            "fffd2c"
            "fffa2c6b33fff0");
}

TEST_F(ComPort, TellsEachChangeOnceAndWhichLineItWas) {
  server_.notify();
  EXPECT_EQ(hex(), "") << "not before the client knows the protocol";
  agree();
  sent_.clear();
  lines_.carrier = true;
  server_.notify();
  EXPECT_EQ(hex(), "fffa2c6bb8fff0");
  server_.notify();
  EXPECT_EQ(hex(), "fffa2c6bb8fff0");
  sent_.clear();
  lines_.ring = true;
  server_.notify();
  EXPECT_EQ(hex(), "fffa2c6bf0fff0") << "the delta of RI is its trailing edge";
  sent_.clear();
  lines_.ring = false;
  server_.notify();
  EXPECT_EQ(hex(), "fffa2c6bb4fff0");
}

TEST_F(ComPort, ObeysTheMaskOfLines) {
  agree();
  EXPECT_EQ(command({11, 0x80}), "fffa2c6f80fff0");
  sent_.clear();
  lines_.clear_to_send = false;
  server_.notify();
  EXPECT_EQ(hex(), "");
  lines_.carrier = true;
  server_.notify();
  EXPECT_EQ(hex(), "fffa2c6b80fff0");
}

TEST_F(ComPort, NotesAndConfirmsWhatIsSet) {
  agree();
  EXPECT_EQ(command({1, 0, 0, 0x96, 0}), "fffa2c6500009600fff0");
  EXPECT_EQ(command({1, 0, 0, 0, 0}), "fffa2c6500009600fff0") << "a question";
  EXPECT_EQ(command({5, 9}), "fffa2c6909fff0");
  EXPECT_EQ(command({5, 7}), "fffa2c6909fff0") << "DTR is low";
  EXPECT_EQ(command({5, 12}), "fffa2c690cfff0");
  EXPECT_EQ(command({5, 5}), "fffa2c6905fff0");
  EXPECT_EQ(command({5, 6}), "fffa2c6906fff0");
  EXPECT_EQ(command({12, 3}), "fffa2c7003fff0");
  EXPECT_EQ(command({12, 1}), "fffa2c7001fff0");
  command({8});
  command({9});
  EXPECT_EQ(noted_, "speed38400 dtr0 rts0 break1 break0 input output input suspend1 suspend0 ");
}

TEST_F(ComPort, SurvivesCommandsThatMakeNoSense) {
  agree();
  EXPECT_EQ(command({}) + command({1, 2}) + command({77}), "");
  EXPECT_EQ(noted_, "");
}

TEST_F(ComPort, DataGoThroughWithTheirEscapes) {
  EXPECT_EQ(answer_to({'a', 255, 255, '\r', 0, '\n'}), "");
  EXPECT_EQ(data_, std::string("a\xFF\r\0\n", 5));
  server_.send(Bytes{'b', 255, '\r'});
  EXPECT_EQ(hex(), "62ffff0d");
}

TEST_F(ComPort, TellsTheSpeedThatThePortHasAfterAll) {
  agree();
  EXPECT_EQ(command({1, 0, 3, 132, 0}), "fffa2c650001c200fff0");  // 230400 asked for, 115200 told
}

TEST_F(ComPort, WhatCannotBeTelnetEndsTheTrust) {
  Bytes endless{255, 250, 44};
  endless.resize(2000, 1);
  EXPECT_FALSE(server_.receive(endless));
  EXPECT_FALSE(server_.receive(as_bytes("AT\r")));
  EXPECT_EQ(data_, "");
}

}  // namespace
}  // namespace external::line::com_port_server_test
