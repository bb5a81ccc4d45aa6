#include "run.h"

#include <external/line/tcp.h>

namespace external::line::tcp_test {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

/// Two ends of a connection.
struct TcpLines : test::RealWorld {
  TcpLines() {
    tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
    tcp::socket near(io);
    near.connect(acceptor.local_endpoint());
    far = acceptor.accept();
    line = make_tcp_line(std::move(near), clock);
  }
  tcp::socket far{io};
  std::unique_ptr<Line> line;
};

TEST(TcpLine, ThrowsAwayWhatCameWithoutWaitingForMore) {
  TcpLines lines;
  EXPECT_EQ(lines.line->discard_input(), 0u);
  asio::write(lines.far, asio::buffer("rubbish", 7));
  std::array<std::uint8_t, 1> first;
  ASSERT_TRUE(lines.run(lines.line->read(first, never)));
  EXPECT_EQ(lines.line->discard_input(), 6u);
}

TEST(TcpLine, NoticesThatTheOtherEndHasGone) {
  TcpLines lines;
  lines.far.close();
  std::array<std::uint8_t, 1> byte;
  const auto count = lines.run(lines.line->read(byte, never));
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error(), Error::hung_up);
}

}  // namespace
}  // namespace external::line::tcp_test
