// Where clients come in, on real sockets.

#include "offices.h"

#include <external/base/async.h>
#include <external/sharing/pools.h>
#include <external/stream/connect.h>

#include <boost/asio/ssl.hpp>
#include <gmock/gmock.h>

#include <cstdlib>

namespace external::sharing::doors_test {
namespace {

using asio::ip::tcp;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

class DoorsTest : public testing::Test {
 protected:
  DoorsTest() {
    office.name = "OFFICE";
    office.instances = {"Modem1"};
    office.listen_raw = {{"127.0.0.1", "0"}};
    office.queue_limit = 0;
  }

  void open() {
    pools.emplace(io.get_executor(), clock, log, std::vector<config::Share>{office});
    Lines lines;
    lines.is_free = [](const std::string&) { return false; };
    lines.wake = [](const std::string&) {};
    lines.activity = [](const std::string&) { return std::string("is answering"); };
    pools->serve(std::move(lines));
  }

  tcp::endpoint address() const { return pools->addresses().front(); }

  /// Runs `client` with the pools beside it, then stops them.
  void run(Task<> client) {
    std::exception_ptr failed;
    asio::co_spawn(io, both(std::move(client)), [&](std::exception_ptr error) { failed = error; });
    io.run();
    if (failed) std::rethrow_exception(failed);
  }

  /// Until the other end has closed the connection.
  template <class Socket>
  static Task<std::string> hear_all(Socket& socket) {
    std::string text;
    for (;;) {
      char buffer[1000];
      const auto [error, size] =
          co_await socket.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
      if (error) co_return text;
      text.append(buffer, size);
    }
  }

  Task<> hear_plainly() {
    tcp::socket socket(io);
    co_await socket.async_connect(address(), asio::use_awaitable);
    heard = co_await hear_all(socket);
  }

  Task<> hear_by_tls() {
    asio::ssl::context anyone(asio::ssl::context::tls_client);
    asio::ssl::stream<tcp::socket> socket(io, anyone);
    co_await socket.next_layer().async_connect(address(), asio::use_awaitable);
    co_await socket.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    heard = co_await hear_all(socket);
  }

  /// Like somebody who knows of no TLS.
  Task<> speak_in_the_open() {
    tcp::socket socket(io);
    co_await socket.async_connect(address(), asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer("ATZ\r\nATZ\r\n", 10), asio::use_awaitable);
    heard = co_await hear_all(socket);
  }

  /// A reload while clients may come, and one that comes behind it.
  Task<> change_and_hear(std::vector<config::Share> shares) {
    change(shares);
    co_await hear_plainly();
  }

  /// The same with one that stands at the door meanwhile.
  Task<> change_and_hear(std::vector<config::Share> shares, tcp::socket& early) {
    change(shares);
    heard = co_await hear_all(early);
  }

  void change(const std::vector<config::Share>& shares) {
    const auto plan = pools->prepare(read_pools(shares));
    told = pools->use(*plan);
    places = pools->places();
  }

  asio::io_context io;
  SystemClock clock;
  test::MemoryLog log;
  test::TempFolder folder;
  config::Share office;
  std::optional<Pools> pools;
  std::string heard;
  std::vector<std::string> told;
  std::vector<std::string> places;

 private:
  Task<> both(Task<> client) { co_await first_of(std::move(client), pools->run()); }
};

TEST_F(DoorsTest, ThisComputerComesIn) {
  open();
  EXPECT_THAT(pools->places(),
              testing::ElementsAre(AllOf(HasSubstr("OFFICE at 127.0.0.1:"), HasSubstr(" without Telnet"))));
  run(hear_plainly());
  EXPECT_EQ(heard, "OFFICE: no modem: all modems are in use: Modem1 is answering.\r\n");
}

TEST_F(DoorsTest, WhoIsNotAllowedHearsNothing) {
  office.allow = {"192.0.2.0/24"};
  open();
  run(hear_plainly());
  EXPECT_EQ(heard, "");
  EXPECT_THAT(log.all(),
              AllOf(HasSubstr("Lease refused to 127.0.0.1:"), HasSubstr(" of OFFICE: it is not in Allow.")));
  EXPECT_EQ(pools->report()[0].tally.refused.at("address"), 1u);
}

TEST_F(DoorsTest, WhoIsAllowedComesIn) {
  office.allow = {"192.0.2.0/24", "127.0.0.0/8"};
  open();
  run(hear_plainly());
  EXPECT_THAT(heard, HasSubstr("all modems are in use"));
}

TEST_F(DoorsTest, TlsFromTheFirstByte) {
  office.certificate = folder.path() / "share.crt";
  office.key = folder.path() / "share.key";
  const auto make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=office -days 1 -out " +
      office.certificate.string() + " -keyout " + office.key.string() + " 2>/dev/null";
  ASSERT_EQ(std::system(make.c_str()), 0);
  open();
  run(hear_by_tls());
  EXPECT_THAT(heard, HasSubstr("all modems are in use"));
  io.restart();
  open();
  run(speak_in_the_open());
  EXPECT_THAT(heard, testing::Not(HasSubstr("modem")));
}

TEST_F(DoorsTest, AnAddressThatIsTakenIsNamed) {
  tcp::acceptor other(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto port = std::to_string(other.local_endpoint().port());
  office.listen_raw = {{"", port}};
  try {
    open();
    FAIL() << "opened a door twice";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("cannot lend modems of OFFICE at 127.0.0.1:" + port + ": "),
                                    HasSubstr("end the other program, or change Listen of [Share OFFICE]")));
  }
}

/// A port that is free at all addresses, most likely.
std::string free_port() {
  asio::io_context io;
  return std::to_string(tcp::acceptor(io, tcp::endpoint(tcp::v4(), 0)).local_endpoint().port());
}

TEST_F(DoorsTest, ADoorThatStaysIsNeverClosedWhicheverPoolItLeadsTo) {
  const auto port = free_port();
  office.listen_raw = {{"", port}};
  open();
  auto lab = office;
  lab.name = "LAB";
  lab.listen = std::exchange(lab.listen_raw, {});
  tcp::socket early(io);
  early.connect(address());
  run(change_and_hear({lab}, early));
  EXPECT_THAT(heard, HasSubstr("LAB: no modem"));
  EXPECT_THAT(places, testing::ElementsAre("LAB at 127.0.0.1:" + port));
}

TEST_F(DoorsTest, ADoorMovesWhereOneOfOursIsInItsWay) {
  const auto port = free_port();
  office.listen_raw = {{"127.0.0.1", port}};
  open();
  office.listen_raw = {{"0.0.0.0", port}};
  run(change_and_hear({office}));
  EXPECT_THAT(told, testing::IsEmpty());
  EXPECT_THAT(heard, HasSubstr("OFFICE: no modem"));
  EXPECT_THAT(places, testing::ElementsAre("OFFICE at 0.0.0.0:" + port + " without Telnet"));
}

TEST_F(DoorsTest, OrStaysWhereItWasIfItCannot) {
  const auto port = free_port();
  tcp::acceptor other(
      io, tcp::endpoint(asio::ip::make_address("127.0.0.2"), static_cast<std::uint16_t>(std::stoul(port))));
  office.listen_raw = {{"127.0.0.1", port}};
  open();
  office.listen_raw = {{"0.0.0.0", port}};
  run(change_and_hear({office}));
  EXPECT_THAT(told,
              testing::ElementsAre(AllOf(HasSubstr("cannot lend modems of OFFICE at 0.0.0.0:" + port + ": "),
                                         HasSubstr("; until then 127.0.0.1:" + port + " stays open"))));
  EXPECT_THAT(heard, HasSubstr("OFFICE: no modem"));
}

TEST_F(DoorsTest, APlaceOfAnotherProgramChangesNothing) {
  open();
  tcp::acceptor other(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto before = pools->places();
  auto lab = office;
  lab.name = "LAB";
  lab.listen_raw = {{"", free_port()}};
  office.listen_raw = {{"", std::to_string(other.local_endpoint().port())}};
  EXPECT_THROW(pools->prepare(read_pools({lab, office})), std::runtime_error);
  EXPECT_EQ(pools->places(), before);
  run(hear_plainly());
  EXPECT_THAT(heard, HasSubstr("OFFICE: no modem"));
}

TEST_F(DoorsTest, APlanThatIsNotUsedLeavesNothingOpen) {
  open();
  auto lab = office;
  lab.name = "LAB";
  lab.listen_raw = {{"", free_port()}};
  pools->prepare(read_pools({office, lab}));
  EXPECT_NO_THROW(pools->prepare(read_pools({office, lab})));
}

TEST_F(DoorsTest, ACertificateThatIsNoneIsNamed) {
  office.certificate = folder.path() / "none.crt";
  office.key = folder.path() / "none.key";
  EXPECT_THROW(open(), std::runtime_error);
}

}  // namespace
}  // namespace external::sharing::doors_test
